/**
 * The operations: one file each, with formula, kernels, gradient, ONNX mapping and
 * layer. {@linkcode operations} lists the ones that stand for an ONNX operator.
 *
 * @example A network from functions
 * ```ts
 * import { avgPool2d, Conv2d, nn, sigmoid, type Tensor, trace } from "@zkgrad/zkgrad";
 *
 * class Net extends nn.Module {
 *   conv = new Conv2d(1, 6, 5);
 *   override forward(x: Tensor): Tensor {
 *     return avgPool2d(sigmoid(this.conv.forward(x)), 2);
 *   }
 * }
 * console.log(trace(new Net(), [1, 1, 28, 28]).output.shape); // [1, 6, 12, 12]
 * ```
 * @module
 */
import type { OpDefinition } from "../core/graph/op.ts";
import { AddOp } from "./add.ts";
import { DivOp } from "./div.ts";
import { MulOp } from "./mul.ts";
import { NegOp } from "./neg.ts";
import { SubOp } from "./sub.ts";
import { AvgPool2dOp } from "./avg_pool2d.ts";
import { Conv2dOp } from "./conv2d.ts";
import { EmbeddingOp } from "./embedding.ts";
import { FlattenOp } from "./flatten.ts";
import { LinearOp } from "./linear.ts";
import { MatMulOp } from "./matmul.ts";
import { MaxPool2dOp } from "./max_pool2d.ts";
import { ReLUOp } from "./relu.ts";
import { SigmoidOp } from "./sigmoid.ts";
import { TanhOp } from "./tanh.ts";

export * as nn from "./nn.ts";
export { Adam, type AdamOptions } from "./adam.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export type { LayerOptions } from "./layer.ts";
export {
  Conv2d,
  conv2d,
  type Conv2dAttributes,
  type Conv2dLayerOptions,
  Conv2dOp,
  type Conv2dOptions,
} from "./conv2d.ts";
export { matmul, type MatMulAttributes, MatMulOp } from "./matmul.ts";
export { Dropout, dropout, type DropoutAttributes } from "./dropout.ts";
export { Embedding, embedding, type EmbeddingAttributes, EmbeddingOp, type EmbeddingOptions } from "./embedding.ts";
export { Linear, linear, type LinearAttributes, LinearOp } from "./linear.ts";
export { Sigmoid, sigmoid, SigmoidOp } from "./sigmoid.ts";
export { Tanh, tanh, TanhOp } from "./tanh.ts";
export { ReLU, relu, ReLUOp } from "./relu.ts";
export { AvgPool2d, avgPool2d, AvgPool2dOp } from "./avg_pool2d.ts";
export { MaxPool2d, maxPool2d, MaxPool2dOp } from "./max_pool2d.ts";
export { Flatten, flatten, FlattenOp } from "./flatten.ts";
export { CrossEntropyLoss, CrossEntropyOp } from "./cross_entropy.ts";
export { MSELoss, MSEOp } from "./mse.ts";
export { add, AddOp } from "./add.ts";
export { sub, SubOp } from "./sub.ts";
export { mul, MulOp } from "./mul.ts";
export { div, DivOp } from "./div.ts";
export { neg, NegOp } from "./neg.ts";
export type { Pair } from "./pair.ts";
export type { Pool2dAttributes, Pool2dOptions } from "./pool2d.ts";

/** The operations that stand for an ONNX operator. */
export const operations: readonly OpDefinition[] = [
  Conv2dOp,
  LinearOp,
  MatMulOp,
  EmbeddingOp,
  SigmoidOp,
  TanhOp,
  ReLUOp,
  AvgPool2dOp,
  MaxPool2dOp,
  FlattenOp,
  AddOp,
  SubOp,
  MulOp,
  DivOp,
  NegOp,
];
