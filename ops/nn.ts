/**
 * The layers and losses under the names that PyTorch's `torch.nn` has for them.
 * @module
 */
export { Buffer, Module, Parameter, Sequential, type Tensor } from "../core/graph/module.ts";
export { Conv1d, Conv2d } from "./conv_layers.ts";
export { ConvTranspose1d, ConvTranspose2d } from "./conv_transpose.ts";
export { Dropout } from "./dropout.ts";
export { FakeQuantize } from "./fake_quantize.ts";
export { Embedding } from "./embedding.ts";
export { GRU } from "./gru.ts";
export { LSTM } from "./lstm.ts";
export { RNN } from "./rnn.ts";
export { MultiheadAttention } from "./attention.ts";
export { TransformerEncoderLayer } from "./transformer.ts";
export { Linear } from "./linear.ts";
export { Sigmoid } from "./sigmoid.ts";
export { Tanh } from "./tanh.ts";
export { ReLU } from "./relu.ts";
export { Softmax } from "./softmax.ts";
export { LogSoftmax } from "./log_softmax.ts";
export { LeakyReLU } from "./leaky_relu.ts";
export { PReLU } from "./prelu.ts";
export { ELU } from "./elu.ts";
export { SELU } from "./selu.ts";
export { CELU } from "./celu.ts";
export { GELU } from "./gelu.ts";
export { SiLU } from "./silu.ts";
export { Mish } from "./mish.ts";
export { Hardsigmoid } from "./hardsigmoid.ts";
export { Hardswish } from "./hardswish.ts";
export { Hardtanh, ReLU6 } from "./clamp.ts";
export { Softplus } from "./softplus.ts";
export { Softsign } from "./softsign.ts";
export { Threshold } from "./threshold.ts";
export { AvgPool2d } from "./avg_pool2d.ts";
export { MaxPool2d } from "./max_pool2d.ts";
export { AvgPool1d, MaxPool1d } from "./pool1d.ts";
export { AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool2d } from "./adaptive_pool.ts";
export { Flatten } from "./flatten.ts";
export { CrossEntropyLoss } from "./cross_entropy.ts";
export { NLLLoss } from "./nll.ts";
export { MSELoss } from "./mse.ts";
export { HuberLoss, L1Loss, SmoothL1Loss } from "./l1.ts";
export { BCELoss, BCEWithLogitsLoss } from "./bce.ts";
export { SumLoss } from "./sum_loss.ts";
export { BatchNorm1d, BatchNorm2d } from "./batch_norm.ts";
export { GroupNorm, InstanceNorm1d, InstanceNorm2d, LayerNorm } from "./norm_layers.ts";
export { Upsample } from "./resize.ts";
