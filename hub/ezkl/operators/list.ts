/**
 * Every operator of ONNX that a circuit can express, one line each; Constant, Dropout, Identity and the like are gone
 * before.
 * @module
 */
import { activations } from "./activations.ts";
import { add, multiply, subtract } from "./arithmetic.ts";
import { averagePool } from "./average_pool.ts";
import { cast } from "./cast.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { convTranspose } from "./conv_transpose.ts";
import { div } from "./div.ts";
import { elementwise } from "./elementwise.ts";
import { exp } from "./exp.ts";
import { expand, tile } from "./expand.ts";
import { clip, max, min } from "./extremes.ts";
import { erf, trigonometric } from "./functions.ts";
import { gather, gatherElements, gatherNd } from "./gather.ts";
import { gemm } from "./gemm.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { log } from "./log.ts";
import { logical } from "./logic.ts";
import { matMul } from "./mat_mul.ts";
import { maxPool } from "./max_pool.ts";
import { normalizations } from "./normalizations.ts";
import type { Operator } from "./operator.ts";
import { pad } from "./pad.ts";
import { argMax, argMin, oneHot, topK } from "./places.ts";
import { pow } from "./pow.ts";
import { cells } from "./recurrent.ts";
import { reductions } from "./reductions.ts";
import { relu } from "./relu.ts";
import { reshapes } from "./reshapes.ts";
import { resizing } from "./resize.ts";
import { reciprocal, sqrt } from "./roots.ts";
import { scatterElements, scatterNd } from "./scatter.ts";
import { sigmoid } from "./sigmoid.ts";
import { slice } from "./slice.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import { split } from "./split.ts";
import { several } from "./sums.ts";
import { tanh } from "./tanh.ts";
import { transpose } from "./transpose.ts";
import { trilu } from "./trilu.ts";

/** The operators. */
export const OPERATORS: readonly Operator[] = [
  ...activations,
  add,
  argMax,
  argMin,
  averagePool,
  cast,
  ...cells,
  clip,
  concat,
  conv,
  convTranspose,
  div,
  ...elementwise,
  erf,
  exp,
  expand,
  gather,
  gatherElements,
  gatherNd,
  gemm,
  leakyRelu,
  log,
  ...logical,
  logSoftmax,
  matMul,
  max,
  maxPool,
  min,
  multiply,
  ...normalizations,
  oneHot,
  pad,
  pow,
  reciprocal,
  ...reductions,
  relu,
  ...reshapes,
  ...resizing,
  scatterElements,
  scatterNd,
  ...several,
  sigmoid,
  slice,
  softmax,
  split,
  sqrt,
  subtract,
  tanh,
  tile,
  topK,
  transpose,
  ...trigonometric,
  trilu,
];

/** The operator of a name. */
export const OPERATOR: ReadonlyMap<string, Operator> = new Map(OPERATORS.map((operator) => [operator.name, operator]));
