/** Pooling of signals, to a size and over all, and as layers; what does not fit is refused. */
import assert from "node:assert/strict";
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  maxPool1d,
  maxPool2d,
  nn,
  trace,
} from "../../mod.ts";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/base/shape.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { apart, assertClose, weigh } from "./harness.ts";
import { differentiateByReference, tf } from "./references.ts";

/** Bins of an adaptive pooling along an axis, each as its elements. */
function bins(x: tf.Tensor, axis: number, size: number): tf.Tensor[] {
  const all = x.shape[axis];
  return Array.from({ length: size }, (_, i) => {
    const [start, end] = [Math.floor(i * all / size), Math.ceil((i + 1) * all / size)];
    return tf.gather(x, tf.range(start, end, 1, "int32"), axis);
  });
}

const binned = (x: tf.Tensor, axis: number, size: number, pool: (x: tf.Tensor, axis: number) => tf.Tensor): tf.Tensor =>
  tf.stack(bins(x, axis, size).map((bin) => pool(bin, axis)), axis);
const mean = (x: tf.Tensor, axis: number): tf.Tensor => tf.mean(x, axis);
const most = (x: tf.Tensor, axis: number): tf.Tensor => tf.max(x, axis);

const CASES: readonly (readonly [string, Shape, (x: Value) => Value, (x: tf.Tensor) => tf.Tensor])[] = [
  ["means of signals", [9, 2, 8], (x) => avgPool1d(x, 4), (x) => binned(x, 2, 2, mean)],
  [
    "the largest of signals, a remainder",
    [2, 2, 7],
    (x) => maxPool1d(x, 3, { ceilMode: true }),
    (x) => tf.stack([0, 3, 6].map((at) => tf.max(tf.slice(x, [0, 0, at], [-1, -1, Math.min(3, 7 - at)]), 2)), 2),
  ],
  [
    "the largest of signals, gaps",
    [2, 2, 7],
    (x) => maxPool1d(x, 2, { stride: 1, dilation: 3 }),
    (x) => tf.maximum(tf.slice(x, [0, 0, 0], [-1, -1, 4]), tf.slice(x, [0, 0, 3], [-1, -1, 4])),
  ],
  ["signals to a size", [9, 3, 7], (x) => adaptiveAvgPool1d(x, 3), (x) => binned(x, 2, 3, mean)],
  ["images to one place", [9, 3, 4, 5], (x) => adaptiveAvgPool2d(x, 1), (x) => tf.mean(x, [2, 3], true)],
  [
    "images to a size that divides theirs",
    [2, 2, 6, 8],
    (x) => adaptiveAvgPool2d(x, [3, 2]),
    (x) => binned(binned(x, 2, 3, mean), 3, 2, mean),
  ],
  [
    "images to a size that does not",
    [2, 2, 7, 5],
    (x) => adaptiveAvgPool2d(x, [3, 4]),
    (x) => binned(binned(x, 2, 3, mean), 3, 4, mean),
  ],
  ["one size stays", [2, 2, 7, 5], (x) => adaptiveAvgPool2d(x, [null, 2]), (x) => binned(x, 3, 2, mean)],
  [
    "the largest to a size",
    [2, 2, 7, 5],
    (x) => adaptiveMaxPool2d(x, [4, 3]),
    (x) => binned(binned(x, 2, 4, most), 3, 3, most),
  ],
  [
    "to a larger size",
    [2, 2, 2, 3],
    (x) => adaptiveAvgPool2d(x, [3, 4]),
    (x) => binned(binned(x, 2, 3, mean), 3, 4, mean),
  ],
];

for (const [name, shape, ours, theirs] of CASES) {
  Deno.test(`pooling: ${name}`, async () => {
    using device = await CpuDevice.request({ threads: 1 });
    const tensors = [apart(shape, 3)];
    const weighed = weigh(tensors, ([x]) => ours(x));
    const expected = await differentiateByReference(tensors, weighed.coefficients, ([x]) => theirs(x));
    assert.deepEqual(weighed.output.shape, expected.shape);
    const { output, gradients } = await evaluateOnCpu(device, weighed);
    assertClose(output, expected.output, 1e-6, "output");
    assertClose(gradients.get("input0")!, expected.gradients.get(0)!, 1e-6, "gradient");
  });
}

Deno.test("pooling layers make what their functions make, and say what they take", () => {
  const shapes: readonly (readonly [nn.Module, Shape, Shape])[] = [
    [new nn.AvgPool1d(2), [2, 3, 7], [2, 3, 3]],
    [new nn.MaxPool1d(3, { stride: 2, padding: 1, ceilMode: true }), [2, 3, 8], [2, 3, 5]],
    [new nn.AdaptiveAvgPool1d(2), [2, 3, 7], [2, 3, 2]],
    [new nn.AdaptiveAvgPool2d([2, null]), [2, 3, 7, 4], [2, 3, 2, 4]],
    [new nn.AdaptiveMaxPool2d(1), [2, 3, 7, 4], [2, 3, 1, 1]],
    [new nn.AvgPool2d(3, { stride: 2, ceilMode: true }), [2, 3, 6, 6], [2, 3, 3, 3]],
    [new nn.MaxPool2d(2, { dilation: 2 }), [2, 3, 7, 7], [2, 3, 3, 3]],
  ];
  for (const [layer, given, made] of shapes) assert.deepEqual(trace(layer, given).output.shape, made);
  const image = new Graph().source("x", [2, 3, 4, 5], "input");
  const refusals: readonly (readonly [() => unknown, RegExp])[] = [
    [() => avgPool1d(image, 2), /^avgPool1d\(\) takes \[N, C, L\] and was given \[2, 3, 4, 5\]/],
    [() => maxPool1d(image, 2.5), /^maxPool1d\(\): kernelSize is 2.5, expected a positive integer/],
    [() => maxPool2d(image, 2, { padding: 2 }), /^maxPool2d\(\): padding 2,2 must be at most half of the kernel 2,2/],
    [() => maxPool2d(image, 2, { dilation: 4 }), /a 2x2 window does not fit into \[2, 3, 4, 5\]/],
    [() => avgPool2d(image, 2, { ceilMode: 1 as unknown as true }), /ceilMode is 1, expected true or false/],
    [() => adaptiveAvgPool2d(image, 0), /^adaptiveAvgPool2d\(\): outputSize is 0, expected a positive integer, or two/],
    [() => adaptiveAvgPool1d(image, 2), /^adaptiveAvgPool1d\(\) takes \[N, C, L\]/],
    [() => new nn.AdaptiveAvgPool2d([1, 2, 3] as unknown as [1, 2]), /outputSize is \[1, 2, 3\], expected/],
  ];
  for (const [call, message] of refusals) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof ArgumentError || error instanceof ShapeError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
