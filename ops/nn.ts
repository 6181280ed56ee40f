/**
 * The layers and losses under the names that PyTorch's `torch.nn` has for them.
 * @module
 */
export { Buffer, Module, Parameter, Sequential, type Tensor } from "../core/graph/module.ts";
export { Conv2d } from "./conv2d.ts";
export { Dropout } from "./dropout.ts";
export { Embedding } from "./embedding.ts";
export { GRU } from "./gru.ts";
export { LSTM } from "./lstm.ts";
export { RNN } from "./rnn.ts";
export { Linear } from "./linear.ts";
export { Sigmoid } from "./sigmoid.ts";
export { Tanh } from "./tanh.ts";
export { ReLU } from "./relu.ts";
export { Softmax } from "./softmax.ts";
export { LogSoftmax } from "./log_softmax.ts";
export { AvgPool2d } from "./avg_pool2d.ts";
export { MaxPool2d } from "./max_pool2d.ts";
export { Flatten } from "./flatten.ts";
export { CrossEntropyLoss } from "./cross_entropy.ts";
export { MSELoss } from "./mse.ts";
