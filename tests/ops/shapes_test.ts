/** What is made of operations that move elements, and what moves the batch, against TensorFlow.js on the CPU back end. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { ArgumentError, ShapeError } from "../../core/base/errors.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/base/shape.ts";
import {
  cat,
  chunk,
  expand,
  flatten,
  flip,
  indexSelect,
  narrow,
  pad,
  permute,
  repeat,
  reshape,
  select,
  sigmoid,
  slice,
  split,
  squeeze,
  stack,
  transpose,
  unsqueeze,
} from "../../ops/mod.ts";
import { evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, uniform, weigh } from "./harness.ts";
import { differentiateByReference, tf } from "./references.ts";

interface Made {
  readonly name: string;
  readonly inputs: readonly Shape[];
  readonly ours: (inputs: readonly Value[]) => Value;
  readonly theirs: (inputs: readonly tf.Tensor[]) => tf.Tensor;
}

const made = (name: string, inputs: readonly Shape[], ours: Made["ours"], theirs: Made["theirs"]): Made => ({
  name,
  inputs,
  ours,
  theirs,
});

const at = (x: tf.Tensor, axis: number, places: readonly number[]): tf.Tensor =>
  tf.gather(x, tf.tensor1d([...places], "int32"), axis);

const CASES: readonly Made[] = [
  made("a size left open", [[3, 4, 5]], ([x]) => reshape(x, [3, -1, 2]), ([x]) => tf.reshape(x, [3, 10, 2])),
  made(
    "rows of all samples",
    [[11, 3, 4]],
    ([x]) => sigmoid(reshape(x, [-1, 4])),
    ([x]) => tf.sigmoid(tf.reshape(x, [33, 4])),
  ),
  made(
    "and back",
    [[33, 4]],
    ([x]) => sigmoid(reshape(sigmoid(x), [11, 3, 4])),
    ([x]) => tf.sigmoid(tf.reshape(tf.sigmoid(x), [11, 3, 4])),
  ),
  made("flatten from a dimension on", [[2, 3, 4, 5]], ([x]) => flatten(x, 2), ([x]) => tf.reshape(x, [2, 3, 20])),
  made("flatten up to one", [[2, 3, 4, 5]], ([x]) => flatten(x, -3, 2), ([x]) => tf.reshape(x, [2, 12, 5])),
  made("flatten with the batch", [[2, 3, 4]], ([x]) => flatten(x, 0), ([x]) => tf.reshape(x, [24])),
  made("squeeze", [[2, 1, 3, 1]], ([x]) => squeeze(x), ([x]) => tf.squeeze(x)),
  made("squeeze one", [[2, 1, 3, 1]], ([x]) => squeeze(x, -1), ([x]) => tf.squeeze(x, [3])),
  made("unsqueeze", [[9, 3]], ([x]) => unsqueeze(x, -2), ([x]) => tf.expandDims(x, 1)),
  made(
    "the batch behind",
    [[9, 3, 4]],
    ([x]) => sigmoid(permute(x, [1, 2, 0])),
    ([x]) => tf.sigmoid(tf.transpose(x, [1, 2, 0])),
  ),
  made(
    "the batch and back",
    [[5, 9, 3]],
    ([x]) => transpose(sigmoid(transpose(x, 0, 1)), 1, 0),
    ([x]) => tf.sigmoid(x),
  ),
  made(
    "some samples",
    [[19, 3]],
    ([x]) => sigmoid(slice(x, 0, 2, -1, 3)),
    ([x]) => tf.sigmoid(at(x, 0, [2, 5, 8, 11, 14, 17])),
  ),
  made("samples backwards", [[10, 3]], ([x]) => slice(x, 0, -2, -20, -3), ([x]) => at(x, 0, [8, 5, 2])),
  made("narrow", [[3, 7]], ([x]) => narrow(x, 1, -4, 2), ([x]) => at(x, 1, [3, 4])),
  made("select", [[3, 4, 5]], ([x]) => select(x, 1, -1), ([x]) => tf.squeeze(at(x, 1, [3]), [1])),
  made("flip", [[9, 3, 4]], ([x]) => flip(x, [0, -1]), ([x]) => tf.reverse(x, [0, 2])),
  made(
    "split and joined anew",
    [[3, 9]],
    ([x]) => cat([...split(x, 4, 1)].reverse(), 1),
    ([x]) => at(x, 1, [8, 4, 5, 6, 7, 0, 1, 2, 3]),
  ),
  made("chunks", [[9, 7]], ([x]) => chunk(x, 3, 1)[2], ([x]) => at(x, 1, [6])),
  made(
    "samples behind samples",
    [[3, 2], [9, 2], [1, 2]],
    (x) => sigmoid(cat(x)),
    (x) => tf.sigmoid(tf.concat([...x], 0)),
  ),
  made("nine tensors", Array.from({ length: 9 }, () => [2, 3]), (x) => cat(x, -1), (x) => tf.concat([...x], 1)),
  made("stack", [[9, 3], [9, 3]], (x) => stack(x, 1), (x) => tf.stack([...x], 1)),
  made("stack in front", [[9, 3], [9, 3]], (x) => stack(x), (x) => tf.stack([...x], 0)),
  made("expand to a new dimension", [[9, 3]], ([x]) => expand(x, [4, -1, 3]), ([x]) => tf.broadcastTo(x, [4, 9, 3])),
  made("repeat", [[9, 3]], ([x]) => repeat(x, [1, 4]), ([x]) => tf.tile(x, [1, 4])),
  made("repeat samples", [[3, 2]], ([x]) => repeat(x, [4, 1]), ([x]) => tf.tile(x, [4, 1])),
  made("repeat everywhere", [[3, 2]], ([x]) => repeat(x, [2, 3, 2]), ([x]) => tf.tile(tf.expandDims(x, 0), [2, 3, 2])),
  made(
    "samples by number",
    [[9, 3]],
    ([x]) => sigmoid(indexSelect(x, 0, [7, 0, 7, 3])),
    ([x]) => tf.sigmoid(at(x, 0, [7, 0, 7, 3])),
  ),
  made("one column", [[9, 3]], ([x]) => indexSelect(x, 1, [-1]), ([x]) => at(x, 1, [2])),
  made("the same column", [[9, 3]], ([x]) => indexSelect(x, 1, [1, 1]), ([x]) => at(x, 1, [1, 1])),
  made("columns backwards", [[9, 3]], ([x]) => indexSelect(x, 1, [2, 1, 0]), ([x]) => at(x, 1, [2, 1, 0])),
  made(
    "padded and cut",
    [[3, 2, 5]],
    ([x]) => pad(x, [-1, 2, 1, 0], { value: 0.5 }),
    ([x]) => tf.pad(at(x, 2, [1, 2, 3, 4]), [[0, 0], [1, 0], [0, 2]], 0.5),
  ),
  made("samples padded", [[3, 2]], ([x]) => pad(x, [0, 0, 2, 1]), ([x]) => tf.pad(x, [[2, 1], [0, 0]])),
  made(
    "mirrored",
    [[9, 1, 4, 5]],
    ([x]) => pad(x, [3, 2, 1, 0], { mode: "reflect" }),
    ([x]) => at(at(x, 3, [3, 2, 1, 0, 1, 2, 3, 4, 3, 2]), 2, [1, 0, 1, 2, 3]),
  ),
  made("edges", [[2, 3, 4]], ([x]) => pad(x, [2, 1], { mode: "replicate" }), ([x]) => at(x, 2, [0, 0, 0, 1, 2, 3, 3])),
  made("around", [[2, 3]], ([x]) => pad(x, [2, 3], { mode: "circular" }), ([x]) => at(x, 1, [1, 2, 0, 1, 2, 0, 1, 2])),
];

for (const { name, inputs, ours, theirs } of CASES) {
  Deno.test(`moving elements: ${name}`, async () => {
    using device = await CpuDevice.request({ threads: 1 });
    const tensors = inputs.map((shape, k) => uniform(shape, k + 1, 2));
    const weighed = weigh(tensors, ours);
    const expected = await differentiateByReference(tensors, weighed.coefficients, theirs);
    assert.deepEqual(weighed.output.shape, expected.shape);
    for (const fusion of [true, false]) {
      const { output, gradients } = await evaluateOnCpu(device, weighed, fusion);
      assertClose(output, expected.output, 1e-6, "output");
      for (const [k, gradient] of expected.gradients) {
        assertClose(gradients.get(`input${k}`)!, gradient, 1e-6, `gradient of input ${k}`);
      }
    }
  });
}

Deno.test("moving elements: what cannot be done is refused with a sentence", () => {
  const graph = new Graph();
  const x = graph.source("x", [2, 3, 4], "input");
  const refusals: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => reshape(x, [5, -1]),
      /^reshape\(\) cannot turn \[2, 3, 4\] into \[5, -1\]; give positive sizes whose product is 24/,
    ],
    [() => reshape(x, [2, 3]), /Reshape: reshape\(\) cannot turn .*24 elements, into \[2, 3\], which has 6;/],
    [() => reshape(x, [-1, -1, 2]), /cannot turn/],
    [() => flatten(x, 3), /^flatten\(\): startDim is 3, expected a whole number from -3 to 2, of 3 dimensions/],
    [() => flatten(x, 2, 1), /^flatten\(\): endDim is 1, expected a dimension from 2 on/],
    [() => permute(x, [0, 1]), /^permute\(\): dims is \[0, 1\], expected the 3 dimensions of \[2, 3, 4\], each once/],
    [() => permute(x, [0, 1, 1]), /named once each/],
    [() => transpose(x, 0, 3), /^transpose\(\): dim1 is 3, expected a whole number from -3 to 2/],
    [() => slice(x, 1, 3), /nothing of \[2, 3, 4\] lies from 3 to Infinity/],
    [() => slice(x, 1, 0, 2, 0), /^slice\(\): step is 0, expected a whole number other than 0/],
    [() => narrow(x, 2, 1, 4), /^narrow\(\): length is 4, expected at most 3, of 4 elements from 1/],
    [() => select(x, 0, 2), /^select\(\): index is 2, expected a whole number from -2 to 1/],
    [() => split(x, [1, 1], 1), /^split\(\): sizes is \[1, 1\], expected sizes that make 3/],
    [() => cat([x, reshape(x, [2, 4, 3])], 0), /cat\(\) cannot join \[2, 3, 4\] and \[2, 4, 3\] along dimension 0/],
    [() => cat([]), /^cat\(\): tensors is \[\], expected a list of tensors/],
    [() => expand(x, [2, 3, 8]), /^expand\(\) cannot make \[2, 3, 8\] of \[2, 3, 4\].* use repeat\(\)/],
    [() => repeat(x, [2]), /^repeat\(\): repeats is \[2\], expected at least 3 numbers/],
    [() => indexSelect(x, 1, [3]), /^indexSelect\(\): indices is \[3\], expected whole numbers from -3 to 2/],
    [
      () => pad(x, [4, 0], { mode: "reflect" }),
      /^pad\(\) got 4 and 0 elements for dimension 2 .* at most 3; pad by less/,
    ],
    [() => pad(x, [1]), /^pad\(\): pads is \[1\], expected two whole numbers for each of at most 3 dimensions/],
    [() => pad(x, [1, 1], { mode: "wrap" as "constant" }), /^pad\(\): mode: there is no "wrap"/],
  ];
  for (const [call, message] of refusals) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof ArgumentError || error instanceof ShapeError, String(error));
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\.$/);
      return true;
    });
  }
});
