/**
 * Every operation that a circuit may hold, one line each.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import { comparison } from "./comparison.ts";
import { conv } from "./conv.ts";
import { deconv } from "./deconv.ts";
import { division } from "./division.ts";
import { einsum } from "./einsum.ts";
import { gather, gatherElements, gatherNd } from "./gather.ts";
import { iff } from "./iff.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { logic, negation } from "./logic.ts";
import { broadcast, concat, downsample, identity, moveAxis, pad, reshape, resize, slice, trilu } from "./moves.ts";
import { oneHot } from "./one_hot.ts";
import type { CircuitOperation } from "./operation.ts";
import { optimum } from "./optimum.ts";
import { pairwise } from "./pairwise.ts";
import { maxPool, sumPool } from "./pools.ts";
import { pow } from "./pow.ts";
import { argExtremes, extremes, meanOfSquares, prod, sum } from "./reductions.ts";
import { recip, rsqrt, sqrt } from "./roots.ts";
import { rounding } from "./rounding.ts";
import { scatterElements, scatterNd } from "./scatter.ts";
import { abs, neg, signOf } from "./signs.ts";
import { softmax } from "./softmax.ts";
import { topK } from "./top_k.ts";

// deno-lint-ignore no-explicit-any
type AnyOperation = CircuitOperation<any>;

/** By name; null where a circuit may hold it and nothing here makes one. */
export const OPERATIONS: Readonly<Record<(PolyOp | HybridOp)["name"], AnyOperation | null>> = {
  Abs: abs,
  Add: pairwise,
  And: logic,
  Ceil: rounding,
  Concat: concat,
  Conv: conv,
  DeConv: deconv,
  Div: division,
  Downsample: downsample,
  Einsum: einsum,
  Equals: comparison,
  Flatten: reshape,
  Floor: rounding,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Greater: comparison,
  GreaterEqual: comparison,
  Identity: identity,
  Iff: iff,
  LeakyReLU: leakyRelu,
  Less: comparison,
  LessEqual: comparison,
  Ln: null,
  Max: optimum,
  MaxPool: maxPool,
  MeanOfSquares: meanOfSquares,
  Min: optimum,
  MoveAxis: moveAxis,
  Mult: pairwise,
  MultiBroadcastTo: broadcast,
  Neg: neg,
  Not: negation,
  OneHot: oneHot,
  Or: logic,
  Output: null,
  Pad: pad,
  Pow: pow,
  Prod: prod,
  Recip: recip,
  ReduceArgMax: argExtremes,
  ReduceArgMin: argExtremes,
  ReduceMax: extremes,
  ReduceMin: extremes,
  Reshape: reshape,
  Resize: resize,
  Round: rounding,
  RoundHalfToEven: rounding,
  Rsqrt: rsqrt,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  Sign: signOf,
  Slice: slice,
  Softmax: softmax,
  Sqrt: sqrt,
  Sub: pairwise,
  Sum: sum,
  SumPool: sumPool,
  TopK: topK,
  Trilu: trilu,
  Xor: logic,
};
