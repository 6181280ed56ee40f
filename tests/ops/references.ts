/**
 * The operations as TensorFlow.js has them, on its plain JavaScript backend. It
 * lays images out as NHWC and counts no padding when it averages, so this
 * transposes, and pads by hand.
 * @module
 */
import type { OpCase } from "../../core/graph/op.ts";
import type { Conv2dAttributes } from "../../ops/conv2d_geometry.ts";
import type { MatMulAttributes } from "../../ops/matmul.ts";
import type { Pool2dAttributes } from "../../ops/pool2d.ts";
import { convolved, transposed } from "./references/conv.ts";
import { averaged, largest } from "./references/pool.ts";
import type { Tensor } from "./harness.ts";
import { activations } from "./references/activations.ts";
import { elements } from "./references/elements.ts";
import { reductions } from "./references/reductions.ts";
import { tf } from "./references/tensorflow.ts";

/** A tensor of TensorFlow.js, and the library itself. */
export { tf };

/** An operation of TensorFlow.js that takes what ours takes. */
// deno-lint-ignore no-explicit-any
export type Reference = (inputs: readonly tf.Tensor[], attributes: any) => tf.Tensor;

/** The references by the name of the operation. */
export const references: Readonly<Record<string, Reference>> = {
  Conv2d: ([x, weight, bias], { stride, padding }: Conv2dAttributes) => {
    const filter = tf.transpose(weight as tf.Tensor4D, [2, 3, 1, 0]);
    const y = tf.conv2d(channelsLast(x, padding, 0), filter, [...stride], "valid");
    return channelsFirst(bias === undefined ? y : tf.add(y, bias));
  },
  Linear: ([x, weight, bias]) => {
    const y = product(x, weight, false, true);
    return bias === undefined ? y : tf.add(y, bias);
  },
  MatMul: ([a, b], { transA, transB }: MatMulAttributes) => product(a, b, transA, transB),
  LSTM: (inputs, { reverse }) =>
    overTime(inputs, 4, reverse, ([i, f, g, o], _, [, c]) => {
      const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next];
    }),
  GRU: (inputs, { reverse }) =>
    overTime(inputs, 3, reverse, (_, [x, s], [h]) => {
      const [r, z] = [0, 1].map((k) => tf.sigmoid(tf.add(x[k], s[k])));
      const n = tf.tanh(tf.add(x[2], tf.mul(r, s[2])));
      return [tf.add(tf.mul(tf.sub(1, z), n), tf.mul(z, h)), h];
    }),
  RNN: (inputs, { reverse }) => overTime(inputs, 1, reverse, ([sum], _, [, c]) => [tf.tanh(sum), c]),
  RNNRelu: (inputs, { reverse }) => overTime(inputs, 1, reverse, ([sum], _, [, c]) => [tf.relu(sum), c]),
  Embedding: ([x, weight]) => tf.gather(weight, tf.cast(x, "int32")),
  Sigmoid: ([x]) => tf.sigmoid(x),
  Tanh: ([x]) => tf.tanh(x),
  Relu: ([x]) => tf.relu(x),
  AvgPool2d: ([x], attributes: Pool2dAttributes) => averaged(x, attributes),
  MaxPool2d: ([x], attributes: Pool2dAttributes) => largest(x, attributes),
  ...activations,
  ...elements,
  ...reductions,
  Reshape: ([x], { shape }) => tf.reshape(x, shape),
  Transpose: ([x], { perm }) => tf.transpose(x, perm),
  Slice: ([x], { starts, steps, sizes }) =>
    x.shape.reduce((y, _, axis) => {
      const places = Array.from({ length: sizes[axis] }, (_, k) => starts[axis] + k * steps[axis]);
      return tf.gather(y, tf.tensor1d(places, "int32"), axis);
    }, x),
  Concat: (inputs, { axis }) => tf.concat([...inputs], axis),
  Gather: ([x, indices], { axis }) => tf.gather(x, tf.cast(indices, "int32"), axis),
  Expand: ([x], { shape }) => tf.broadcastTo(x, shape),
  Pad: ([x], { starts, shape, value }) => {
    const sides = (starts as number[]).map((start, axis) => [start, shape[axis] - x.shape[axis] - start]);
    return tf.pad(x, sides as [number, number][], value);
  },
  BatchNorm: ([x, weight, bias, mean, variance], { eps }) =>
    affine(
      x,
      ofChannels(mean, x),
      tf.sqrt(tf.add(ofChannels(variance, x), eps)),
      ofChannels(weight, x),
      ofChannels(bias, x),
    ),
  GroupNorm: ([x, weight, bias], { groups, eps }) => {
    const shape = groups === null ? [-1, weight.size] : [x.shape[0], groups, -1];
    const { mean, variance } = tf.moments(tf.reshape(x, shape), -1, true);
    const normal = tf.reshape(tf.div(tf.sub(tf.reshape(x, shape), mean), tf.sqrt(tf.add(variance, eps))), x.shape);
    const [factor, offset] = groups === null ? [weight, bias] : [ofChannels(weight, x), ofChannels(bias, x)];
    return tf.add(tf.mul(normal, factor), offset);
  },
  Conv: ([x, weight, bias], attributes) => convolved(x, weight, bias, attributes),
  ConvTranspose: ([x, weight, bias], attributes) => transposed(x, weight, bias, attributes),
  Flatten: ([x]) => tf.reshape(x, [x.shape[0], -1]),
};

/** Output and gradients of `build`, its output weighed with `coefficients`. */
export async function differentiateByReference(
  inputs: readonly Tensor[],
  coefficients: Float32Array,
  build: (inputs: readonly tf.Tensor[]) => tf.Tensor,
  { whole = {}, flat = [] }: Pick<OpCase<unknown>, "whole" | "flat"> = {},
): Promise<
  { readonly shape: number[]; readonly output: Float32Array; readonly gradients: ReadonlyMap<number, Float32Array> }
> {
  await tf.setBackend("cpu");
  const gradientsByInput = new Map<number, Float32Array>();
  const { shape, output } = tf.tidy(() => {
    const given = inputs.map(({ shape, data }) => tf.tensor(data, [...shape]));
    const output = build(given);
    const weights = tf.tensor(coefficients, output.shape);
    const places = given.map((_, k) => k).filter((k) => whole[k] === undefined && !flat.includes(k));
    const loss = (...values: tf.Tensor[]): tf.Tensor => {
      const all = given.map((tensor, k) => values[places.indexOf(k)] ?? tensor);
      return tf.sum(tf.mul(build(all), weights));
    };
    if (places.length === 0) return { shape: [...output.shape] as number[], output: output.dataSync() as Float32Array };
    // The library spreads the list over the function's arguments; its types hide that.
    const gradients = tf.grads(loss as never)(places.map((k) => given[k]));
    gradients.forEach((gradient, k) => gradientsByInput.set(places[k], gradient.dataSync() as Float32Array));
    return { shape: [...output.shape] as number[], output: output.dataSync() as Float32Array };
  });
  return { shape, output, gradients: gradientsByInput };
}

/**
 * A cell step by step: it is given the sums of its gates, those of the input and those of the state by themselves, and
 * both states of before.
 */
function overTime(
  [x, wIh, wHh, bIh, bHh]: readonly tf.Tensor[],
  gates: number,
  reverse: boolean,
  cell: (sums: tf.Tensor[], parts: tf.Tensor[][], states: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor {
  const [batch, steps] = x.shape;
  const zeros = tf.zeros([batch, wHh.shape[1]!]);
  let states: tf.Tensor[] = [zeros, zeros];
  const inputs = Array.from({ length: steps }, (_, k) => tf.squeeze(tf.slice(x, [0, k, 0], [-1, 1, -1]), [1]));
  const part = (value: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor[] => {
    const product = tf.matMul(value, weight, false, true);
    const all = bias === undefined ? product : tf.add(product, bias);
    // Not split(), whose gradient fails for a single part.
    const size = all.shape[1]! / gates;
    return Array.from({ length: gates }, (_, gate) => tf.slice(all, [0, gate * size], [-1, size]));
  };
  const outputs = Array.from({ length: steps }, (_, k) => {
    const [own, before] = [part(inputs[reverse ? steps - 1 - k : k], wIh, bIh), part(states[0], wHh, bHh)];
    states = cell(own.map((sum, gate) => tf.add(sum, before[gate])), [own, before], states);
    return states[0];
  });
  const rows = (reverse ? outputs.reverse() : outputs).map((output) => tf.expandDims(output, 1));
  return rows.length === 1 ? rows[0] : tf.concat(rows, 1);
}

/** The library broadcasts nothing but batches of one rank, so operands are repeated here. */
function product(a: tf.Tensor, b: tf.Tensor, transA: boolean, transB: boolean): tf.Tensor {
  const rank = Math.max(a.rank, b.rank);
  const shapes = [a, b].map(({ rank: own, shape }) => [...Array(rank - own).fill(1), ...shape]);
  const lead = shapes[0].slice(0, -2).map((size, axis) => Math.max(size, shapes[1][axis]));
  const [left, right] = [a, b].map((x, k) =>
    tf.broadcastTo(tf.reshape(x, shapes[k]), [...lead, ...shapes[k].slice(-2)])
  );
  return tf.matMul(left, right, transA, transB);
}

function channelsLast(x: tf.Tensor, [rows, columns]: readonly [number, number], fill: number): tf.Tensor4D {
  const padded = tf.pad(x, [[0, 0], [0, 0], [rows, rows], [columns, columns]], fill);
  return tf.transpose(padded, [0, 2, 3, 1]) as tf.Tensor4D;
}

/** One number for each channel, as it is spread over x. */
function ofChannels(value: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.reshape(value, [-1, ...x.shape.slice(2).map(() => 1)]);
}

function affine(x: tf.Tensor, mean: tf.Tensor, deviation: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), deviation), weight), bias);
}

function channelsFirst(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [0, 3, 1, 2]);
}
