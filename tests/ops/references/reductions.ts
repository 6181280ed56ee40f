/**
 * Operations along axes as TensorFlow.js has them.
 * @module
 */
import type { DimAttributes } from "../../../ops/softmax_lines.ts";
import type { ReduceAttributes } from "../../../ops/reduce.ts";
import type { Reference } from "../references.ts";
import { tf } from "./tensorflow.ts";

type Reducer = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;

const reducer = (reduce: Reducer): Reference => ([x], { axes, keepdim }: ReduceAttributes) =>
  reduce(x, [...axes], keepdim);

/** Along an axis that is moved to the end, since TensorFlow.js has it there alone. */
const along = (apply: (x: tf.Tensor) => tf.Tensor): Reference => ([x], { dim }: DimAttributes) => {
  const order = x.shape.map((_, axis) => axis === dim ? x.rank - 1 : axis === x.rank - 1 ? dim : axis);
  return tf.transpose(apply(tf.transpose(x, order)), order);
};

/** By the name of the operation. */
export const reductions: Readonly<Record<string, Reference>> = {
  ReduceSum: reducer(tf.sum),
  ReduceMean: reducer(tf.mean),
  ReduceMax: reducer(tf.max),
  ReduceMin: reducer(tf.min),
  Softmax: along((x) => tf.softmax(x)),
  LogSoftmax: along((x) => tf.logSoftmax(x)),
};
