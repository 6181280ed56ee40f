/**
 * Operations along axes as TensorFlow.js has them.
 * @module
 */
import type { ArgAttributes } from "../../../ops/argmax.ts";
import type { CumSumAttributes } from "../../../ops/cumsum.ts";
import type { DimAttributes } from "../../../ops/softmax_lines.ts";
import type { ReduceAttributes } from "../../../ops/reduce.ts";
import type { Reference } from "../references.ts";
import { tf } from "./tensorflow.ts";

type Reducer = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;

const reducer = (reduce: Reducer): Reference => ([x], { axes, keepdim }: ReduceAttributes) =>
  reduce(x, [...axes], keepdim);

const placed =
  (find: (x: tf.Tensor, axis: number) => tf.Tensor): Reference => ([x], { dim, keepdim }: ArgAttributes) => {
    const found = tf.cast(find(x, dim), "float32");
    return keepdim ? tf.expandDims(found, dim) : found;
  };

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
  ReduceProd: reducer(tf.prod),
  ArgMax: placed(tf.argMax),
  ArgMin: placed(tf.argMin),
  CumSum: (inputs, attributes: CumSumAttributes) =>
    along((x) => tf.cumsum(x, x.rank - 1, attributes.exclusive, attributes.reverse))(inputs, attributes),
  Softmax: along((x) => tf.softmax(x)),
  LogSoftmax: along((x) => tf.logSoftmax(x)),
};
