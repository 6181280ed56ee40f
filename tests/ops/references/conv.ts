/**
 * Convolutions of any kind in TensorFlow.js, whose own know no groups and no gradients of dilated strides: tap by tap,
 * out of what the tap meets.
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import type { ConvAttributes } from "../../../ops/conv_geometry.ts";
import type { ConvTransposeAttributes } from "../../../ops/conv_transpose_op.ts";

/** The convolution. */
export function convolved(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor | undefined, a: ConvAttributes): tf.Tensor {
  const rank = x.shape.length - 2;
  const places = x.shape.slice(2).map((size, k) => {
    const reach = (weight.shape[k + 2] - 1) * a.dilation[k] + 1;
    return Math.floor((size + a.padding[k] + a.padding[k + rank] - reach) / a.stride[k]) + 1;
  });
  const met = (k: number, tap: number): number[] =>
    Array.from({ length: places[k] }, (_, at) => at * a.stride[k] - a.padding[k] + tap * a.dilation[k]);
  return inGroups(x, weight, bias, a.groups, met, false);
}

/** The transposed convolution. */
export function transposed(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  a: ConvTransposeAttributes,
): tf.Tensor {
  const rank = x.shape.length - 2;
  const sizes = x.shape.slice(2).map((size, k) =>
    (size - 1) * a.stride[k] - a.padding[k] - a.padding[k + rank] + a.dilation[k] * (weight.shape[k + 2] - 1) +
    a.outputPadding[k] + 1
  );
  const met = (k: number, tap: number): number[] =>
    Array.from({ length: sizes[k] }, (_, at) => (at + a.padding[k] - tap * a.dilation[k]) / a.stride[k]);
  return inGroups(x, weight, bias, a.groups, met, true);
}

/** The sum over taps of products over channels, group by group. */
function inGroups(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  groups: number,
  met: (axis: number, tap: number) => number[],
  turned: boolean,
): tf.Tensor {
  const parts = groups === 1 ? [x] : tf.split(x, groups, 1);
  const weights = groups === 1 ? [weight] : tf.split(weight, groups, 0);
  const made = parts.map((part, group) => {
    const channels = part.shape[1]!;
    const taps = weight.shape.slice(2).reduce((product, size) => product * size, 1);
    const terms = Array.from({ length: taps }, (_, number) => {
      let rest = number;
      const tap = weight.shape.slice(2).map((_, k, sizes) => {
        const below = sizes.slice(k + 1).reduce((product, size) => product * size, 1);
        const own = Math.floor(rest / below);
        rest %= below;
        return own;
      });
      const seen = tap.reduce((y, own, k) => taken(y, k + 2, met(k, own)), part);
      const flat = tf.reshape(weights[group], [...weights[group].shape.slice(0, 2), -1]);
      const factor = tf.squeeze(tf.slice(flat, [0, 0, number], [-1, -1, 1]), [2]);
      const rows = tf.reshape(tf.transpose(tf.reshape(seen, [x.shape[0], channels, -1]), [1, 0, 2]), [
        channels,
        -1,
      ]);
      const sums = tf.matMul(factor, rows, turned, false);
      const back = tf.transpose(tf.reshape(sums, [sums.shape[0]!, x.shape[0], -1]), [1, 0, 2]);
      return tf.reshape(back, [x.shape[0], sums.shape[0]!, ...seen.shape.slice(2)]);
    });
    return terms.reduce((sum, term) => tf.add(sum, term));
  });
  const all = groups === 1 ? made[0] : tf.concat(made, 1);
  return bias === undefined ? all : tf.add(all, tf.reshape(bias, [-1, ...x.shape.slice(2).map(() => 1)]));
}

/** The elements at these places, `fill` where there is none. */
export function taken(x: tf.Tensor, axis: number, places: readonly number[], fill = 0): tf.Tensor {
  const size = x.shape[axis];
  const sides = x.shape.map((_, k): [number, number] => [0, k === axis ? 1 : 0]);
  const list = places.map((at) => Number.isInteger(at) && at >= 0 && at < size ? at : size);
  return tf.gather(tf.pad(x, sides, fill), tf.tensor1d(list, "int32"), axis);
}
