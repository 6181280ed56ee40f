/**
 * Pooling of any kind in TensorFlow.js, whose own knows neither gaps nor windows beyond the plane: tap by tap.
 * @module
 */
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
import { type Pool2dAttributes, pooledShape } from "../../../ops/pool2d.ts";
import { taken } from "./conv.ts";

/** The elements that each tap meets, and for each output along an axis how many places lie within what counts. */
function seen(x: tf.Tensor, a: Pool2dAttributes, fill: number): { taps: tf.Tensor[]; counts: number[][] } {
  const sizes = pooledShape(x.shape, a).slice(2);
  const { kernel, stride, padding, after = padding, dilation = [1, 1], countIncludePad = true } = a;
  const at = (axis: number, tap: number): number[] =>
    Array.from({ length: sizes[axis] }, (_, i) => i * stride[axis] - padding[axis] + tap * dilation[axis]);
  const taps = Array.from({ length: kernel[0] }, (_, u) =>
    Array.from(
      { length: kernel[1] },
      (_, v) => taken(taken(x, 2, at(0, u), fill), 3, at(1, v), fill),
    )).flat();
  const counts = [0, 1].map((axis) => {
    const size = x.shape[axis + 2];
    const [low, high] = countIncludePad ? [-padding[axis], size + after[axis]] : [0, size];
    return Array.from(
      { length: sizes[axis] },
      (_, i) =>
        Array.from({ length: kernel[axis] }, (_, tap) => at(axis, tap)[i]).filter((place) =>
          place >= low && place < high
        ).length,
    );
  });
  return { taps, counts };
}

/** Average pooling. */
export function averaged(x: tf.Tensor, a: Pool2dAttributes): tf.Tensor {
  const { taps, counts } = seen(x, a, 0);
  const shares = tf.outerProduct(tf.tensor1d(counts[0]), tf.tensor1d(counts[1]));
  return tf.div(taps.reduce((sum, tap) => tf.add(sum, tap)), shares);
}

/** Maximum pooling. */
export function largest(x: tf.Tensor, a: Pool2dAttributes): tf.Tensor {
  return seen(x, a, -1e30).taps.reduce((most, tap) => tf.maximum(most, tap));
}
