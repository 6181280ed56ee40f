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
import { PowOp } from "./pow.ts";
import { ExpOp } from "./exp.ts";
import { LogOp } from "./log.ts";
import { SqrtOp } from "./sqrt.ts";
import { AbsOp } from "./abs.ts";
import { ReciprocalOp } from "./reciprocal.ts";
import { ReduceSumOp } from "./sum.ts";
import { ReduceMeanOp } from "./mean.ts";
import { ReduceMaxOp, ReduceMinOp } from "./extremes.ts";
import { SoftmaxOp } from "./softmax.ts";
import { LogSoftmaxOp } from "./log_softmax.ts";
import { LeakyReLUOp } from "./leaky_relu.ts";
import { PReLUOp } from "./prelu.ts";
import { ELUOp } from "./elu.ts";
import { SELUOp } from "./selu.ts";
import { CELUOp } from "./celu.ts";
import { GELUOp } from "./gelu.ts";
import { SiLUOp } from "./silu.ts";
import { MishOp } from "./mish.ts";
import { HardsigmoidOp } from "./hardsigmoid.ts";
import { HardswishOp } from "./hardswish.ts";
import { ClampOp } from "./clamp.ts";
import { SoftplusOp } from "./softplus.ts";
import { SoftsignOp } from "./softsign.ts";
import { ErfOp } from "./erf.ts";
import { MaxOp, MinOp } from "./maximum.ts";
import { WhereOp } from "./where.ts";
import { EqualOp, GreaterOp, GreaterOrEqualOp, LessOp, LessOrEqualOp } from "./compare.ts";
import { AndOp, NotOp, OrOp, XorOp } from "./logic.ts";
import { CeilOp, FloorOp, RoundOp, SignOp, TruncOp } from "./rounding.ts";
import { IsInfOp, IsNaNOp } from "./special.ts";
import { ModOp, RemainderOp } from "./remainder.ts";
import { AcosOp, AsinOp, AtanOp, CosOp, SinOp, TanOp } from "./circular.ts";
import { AcoshOp, AsinhOp, AtanhOp, CoshOp, SinhOp } from "./hyperbolic.ts";
import { ThresholdOp } from "./threshold.ts";
import { CumSumOp } from "./cumsum.ts";
import { ArgMaxOp, ArgMinOp } from "./argmax.ts";
import { ReduceProdOp } from "./prod.ts";
import { AvgPool2dOp } from "./avg_pool2d.ts";
import { Conv2dOp } from "./conv2d.ts";
import { EmbeddingOp } from "./embedding.ts";
import { FlattenOp } from "./flatten.ts";
import { GRUOp } from "./gru.ts";
import { LinearOp } from "./linear.ts";
import { LSTMOp } from "./lstm.ts";
import { MatMulOp } from "./matmul.ts";
import { MaxPool2dOp } from "./max_pool2d.ts";
import { ReLUOp } from "./relu.ts";
import { RNNOp, RNNReluOp } from "./rnn.ts";
import { SigmoidOp } from "./sigmoid.ts";
import { TanhOp } from "./tanh.ts";
import { BatchNormOp } from "./batch_norm_op.ts";
import { ConvOp } from "./conv.ts";
import { ConvTransposeOp } from "./conv_transpose_op.ts";
import { GroupNormOp } from "./group_norm.ts";
import { ExpandOp } from "./broadcast.ts";
import { ConcatOp } from "./concat.ts";
import { GatherOp } from "./gather.ts";
import { PadOp } from "./pad.ts";
import { ReshapeOp } from "./reshape.ts";
import { SliceOp } from "./slice.ts";
import { TransposeOp } from "./transpose.ts";

export * as nn from "./nn.ts";
export { Adam, type AdamGroup, type AdamGroupOptions, AdamKind, type AdamOptions, AdamW } from "./adam.ts";
export { RMSprop, type RMSpropGroup, type RMSpropGroupOptions, type RMSpropOptions } from "./rmsprop.ts";
export { ExponentialLR, LinearLR, type LinearLROptions, MultiStepLR, StepLR, type StepLROptions } from "./step_lr.ts";
export { CosineAnnealingLR, type CosineAnnealingLROptions, OneCycleLR, type OneCycleLROptions } from "./cosine_lr.ts";
export { LambdaLR, SequentialLR } from "./sequential_lr.ts";
export { SGD, type SGDGroup, type SGDGroupOptions, type SGDOptions } from "./sgd.ts";
export type { LayerOptions } from "./layer.ts";
export { type Conv2dAttributes, Conv2dOp } from "./conv2d.ts";
export {
  Conv1d,
  conv1d,
  type Conv1dLayerOptions,
  type Conv1dOptions,
  Conv2d,
  conv2d,
  type Conv2dLayerOptions,
  type Conv2dOptions,
  ConvLayer,
  type ConvPadding,
} from "./conv_layers.ts";
export { ConvOp } from "./conv.ts";
export type { ConvAttributes } from "./conv_geometry.ts";
export {
  ConvTranspose1d,
  convTranspose1d,
  type ConvTranspose1dLayerOptions,
  type ConvTranspose1dOptions,
  ConvTranspose2d,
  convTranspose2d,
  type ConvTranspose2dLayerOptions,
  type ConvTranspose2dOptions,
  ConvTransposeLayer,
} from "./conv_transpose.ts";
export { type ConvTransposeAttributes, ConvTransposeOp } from "./conv_transpose_op.ts";
export { matmul, type MatMulAttributes, MatMulOp } from "./matmul.ts";
export {
  FakeQuantize,
  fakeQuantize,
  type FakeQuantizeAttributes,
  FakeQuantizeOp,
  type FakeQuantizeOptions,
} from "./fake_quantize.ts";
export { Dropout, dropout, type DropoutAttributes } from "./dropout.ts";
export { Embedding, embedding, type EmbeddingAttributes, EmbeddingOp, type EmbeddingOptions } from "./embedding.ts";
export { GRU, GRUOp } from "./gru.ts";
export { LSTM, LSTMOp } from "./lstm.ts";
export { RNN, RNNOp, type RNNOptions, RNNReluOp } from "./rnn.ts";
export type { RecurrenceAttributes } from "./recurrence.ts";
export { RecurrentLayer, type RecurrentOptions, type RecurrentOutput } from "./recurrent_layer.ts";
export {
  type AttentionMask,
  type AttentionOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from "./attention.ts";
export { TransformerEncoderLayer, type TransformerEncoderLayerOptions } from "./transformer.ts";
export { Linear, linear, type LinearAttributes, LinearOp } from "./linear.ts";
export { Sigmoid, sigmoid, SigmoidOp } from "./sigmoid.ts";
export { Tanh, tanh, TanhOp } from "./tanh.ts";
export { ReLU, relu, ReLUOp } from "./relu.ts";
export { AvgPool2d, avgPool2d, AvgPool2dOp } from "./avg_pool2d.ts";
export { MaxPool2d, maxPool2d, MaxPool2dOp } from "./max_pool2d.ts";
export { Flatten, flatten, FlattenOp } from "./flatten.ts";
export { ClassLoss, type ClassLossAttributes, type ClassLossOptions } from "./class_loss.ts";
export { type ElementFormula, ElementLoss, elementLossOp } from "./element_loss.ts";
export {
  type CrossEntropyAttributes,
  CrossEntropyLoss,
  type CrossEntropyLossOptions,
  CrossEntropyOp,
} from "./cross_entropy.ts";
export { NLLLoss, NLLOp } from "./nll.ts";
export { MSELoss, MSEOp } from "./mse.ts";
export {
  type HuberAttributes,
  HuberLoss,
  type HuberLossOptions,
  HuberOp,
  L1Loss,
  L1Op,
  SmoothL1Loss,
  type SmoothL1LossOptions,
} from "./l1.ts";
export { BCELoss, BCEOp, BCEWithLogitsLoss, type BCEWithLogitsLossOptions, BCEWithLogitsOp } from "./bce.ts";
export { type LossPlace, SumLoss, type WeightedLoss } from "./sum_loss.ts";
export { add, AddOp } from "./add.ts";
export { sub, SubOp } from "./sub.ts";
export { mul, MulOp } from "./mul.ts";
export { div, DivOp } from "./div.ts";
export { neg, NegOp } from "./neg.ts";
export { pow, PowOp } from "./pow.ts";
export { exp, ExpOp } from "./exp.ts";
export { log, LogOp } from "./log.ts";
export { sqrt, SqrtOp } from "./sqrt.ts";
export { abs, AbsOp } from "./abs.ts";
export { reciprocal, ReciprocalOp } from "./reciprocal.ts";
export type { ReduceAttributes, ReduceOptions } from "./reduce.ts";
export { ReduceSumOp, sum } from "./sum.ts";
export { mean, ReduceMeanOp } from "./mean.ts";
export { amax, amin, ReduceMaxOp, ReduceMinOp } from "./extremes.ts";
export type { DimAttributes } from "./softmax_lines.ts";
export { Softmax, softmax, SoftmaxOp } from "./softmax.ts";
export { LogSoftmax, logSoftmax, LogSoftmaxOp } from "./log_softmax.ts";
export { LeakyReLU, leakyRelu, type LeakyReLUAttributes, LeakyReLUOp } from "./leaky_relu.ts";
export { PReLU, prelu, PReLUOp } from "./prelu.ts";
export { ELU, elu, type ELUAttributes, ELUOp } from "./elu.ts";
export { SELU, selu, type SELUAttributes, SELUOp } from "./selu.ts";
export { CELU, celu, type CELUAttributes, CELUOp } from "./celu.ts";
export { GELU, gelu, type GELUAttributes, GELUOp, type GELUOptions } from "./gelu.ts";
export { SiLU, silu, SiLUOp } from "./silu.ts";
export { Mish, mish, MishOp } from "./mish.ts";
export { Hardsigmoid, hardsigmoid, type HardsigmoidAttributes, HardsigmoidOp } from "./hardsigmoid.ts";
export { Hardswish, hardswish, HardswishOp } from "./hardswish.ts";
export { clamp, type ClampAttributes, ClampOp, Hardtanh, hardtanh, ReLU6, relu6 } from "./clamp.ts";
export { Softplus, softplus, type SoftplusAttributes, SoftplusOp } from "./softplus.ts";
export { Softsign, softsign, SoftsignOp } from "./softsign.ts";
export { erf, ErfOp } from "./erf.ts";
export { maximum, MaxOp, minimum, MinOp } from "./maximum.ts";
export { where, WhereOp } from "./where.ts";
export { eq, EqualOp, ge, GreaterOp, GreaterOrEqualOp, gt, le, LessOp, LessOrEqualOp, lt, ne } from "./compare.ts";
export { AndOp, logicalAnd, logicalNot, logicalOr, logicalXor, NotOp, OrOp, XorOp } from "./logic.ts";
export { ceil, CeilOp, floor, FloorOp, round, RoundOp, sign, SignOp, trunc, TruncOp } from "./rounding.ts";
export { isinf, IsInfOp, isnan, IsNaNOp } from "./special.ts";
export { fmod, ModOp, remainder, RemainderOp } from "./remainder.ts";
export { acos, AcosOp, asin, AsinOp, atan, AtanOp, cos, CosOp, sin, SinOp, tan, TanOp } from "./circular.ts";
export { acosh, AcoshOp, asinh, AsinhOp, atanh, AtanhOp, cosh, CoshOp, sinh, SinhOp } from "./hyperbolic.ts";
export { Threshold, threshold, type ThresholdAttributes, ThresholdOp } from "./threshold.ts";
export { cumsum, type CumSumAttributes, CumSumOp } from "./cumsum.ts";
export { type ArgAttributes, argmax, ArgMaxOp, argmin, ArgMinOp } from "./argmax.ts";
export { prod, ReduceProdOp } from "./prod.ts";
export { logsumexp, norm } from "./vector_norm.ts";
export { reshape, type ReshapeAttributes, ReshapeOp, squeeze, unsqueeze } from "./reshape.ts";
export { permute, transpose, type TransposeAttributes, TransposeOp } from "./transpose.ts";
export { slice, type SliceAttributes, SliceOp } from "./slice.ts";
export { chunk, flip, narrow, select, split } from "./split.ts";
export { cat, type ConcatAttributes, ConcatOp, stack } from "./concat.ts";
export { type GatherAttributes, GatherOp, indexSelect } from "./gather.ts";
export { ExpandOp } from "./broadcast.ts";
export { expand, repeat } from "./expand.ts";
export { pad, type PadMode, PadOp, type PadOptions } from "./pad.ts";
export type { PutAttributes } from "./slice.ts";
export { batchNorm, BatchNorm1d, BatchNorm2d, BatchNormLayer, type BatchNormOptions } from "./batch_norm.ts";
export { type BatchNormAttributes, BatchNormOp } from "./batch_norm_op.ts";
export { type GroupNormAttributes, GroupNormOp } from "./group_norm.ts";
export {
  GroupNorm,
  groupNorm,
  type GroupNormOptions,
  instanceNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNormLayer,
  LayerNorm,
  layerNorm,
  type LayerNormOptions,
} from "./norm_layers.ts";
export { interpolate, type InterpolateOptions, type ResizeMode, Upsample } from "./resize.ts";
export type { Pair } from "./pair.ts";
export type { AvgPool2dOptions, MaxPool2dOptions, Pool2dAttributes, Pool2dOptions } from "./pool2d.ts";
export { AvgPool1d, avgPool1d, type AvgPool1dOptions, MaxPool1d, maxPool1d, type MaxPool1dOptions } from "./pool1d.ts";
export {
  AdaptiveAvgPool1d,
  adaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  adaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  adaptiveMaxPool2d,
  type OutputSize,
} from "./adaptive_pool.ts";

/** The operations that stand for an ONNX operator. */
export const operations: readonly OpDefinition[] = [
  Conv2dOp,
  LinearOp,
  MatMulOp,
  EmbeddingOp,
  LSTMOp,
  GRUOp,
  RNNOp,
  RNNReluOp,
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
  PowOp,
  ExpOp,
  LogOp,
  SqrtOp,
  AbsOp,
  ReciprocalOp,
  ReduceSumOp,
  ReduceMeanOp,
  ReduceMaxOp,
  ReduceMinOp,
  SoftmaxOp,
  LogSoftmaxOp,
  LeakyReLUOp,
  PReLUOp,
  ELUOp,
  SELUOp,
  CELUOp,
  GELUOp,
  SiLUOp,
  MishOp,
  HardsigmoidOp,
  HardswishOp,
  ClampOp,
  SoftplusOp,
  SoftsignOp,
  ErfOp,
  MaxOp,
  MinOp,
  WhereOp,
  EqualOp,
  GreaterOp,
  GreaterOrEqualOp,
  LessOp,
  LessOrEqualOp,
  AndOp,
  OrOp,
  XorOp,
  NotOp,
  FloorOp,
  CeilOp,
  RoundOp,
  TruncOp,
  SignOp,
  IsNaNOp,
  IsInfOp,
  ModOp,
  RemainderOp,
  SinOp,
  CosOp,
  TanOp,
  AsinOp,
  AcosOp,
  AtanOp,
  SinhOp,
  CoshOp,
  AsinhOp,
  AcoshOp,
  AtanhOp,
  ThresholdOp,
  CumSumOp,
  ArgMaxOp,
  ArgMinOp,
  ReduceProdOp,
  ReshapeOp,
  TransposeOp,
  SliceOp,
  ConcatOp,
  GatherOp,
  ExpandOp,
  PadOp,
  BatchNormOp,
  GroupNormOp,
  ConvOp,
  ConvTransposeOp,
];
