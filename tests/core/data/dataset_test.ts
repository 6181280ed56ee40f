import assert from "node:assert/strict";
import { sampleInput, subset, TensorDataset, type TensorOptions } from "../../../core/data/dataset.ts";

const floats: TensorOptions = { inputs: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2], targets: [0, 2, 1] };

function refuses(options: TensorOptions, message: RegExp): void {
  assert.throws(() => new TensorDataset(options), { name: "ArgumentError", message });
}

Deno.test("TensorDataset keeps arrays of the right type and converts others", () => {
  const set = new TensorDataset(floats);
  assert.equal(set.length, 3);
  assert.equal(set.inputs.data, floats.inputs);
  assert.equal(set.inputs.table, undefined);
  assert.deepEqual(set.targets, { shape: [], data: Uint32Array.of(0, 2, 1) });
  assert.equal(set.classes, 3);
  const numbers = new TensorDataset({ inputs: [0.5, 1.5], shape: [], targets: Float64Array.of(0.1, 0.2) });
  assert.deepEqual(numbers.inputs.data, Float32Array.of(0.5, 1.5));
  assert.deepEqual(numbers.targets.data, Float32Array.of(0.1, 0.2));
  assert.equal(numbers.classes, undefined);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  const copied = new TensorDataset({ inputs: shared, shape: [1], targets: [0, 1], classes: 10 });
  assert.ok(copied.inputs.data.buffer instanceof ArrayBuffer);
  assert.equal(copied.classes, 10);
});

Deno.test("TensorDataset tabulates the transform of bytes and applies that of floats once", () => {
  let calls = 0;
  const bytes = new TensorDataset({
    inputs: new Uint8Array(5000).fill(255, 2500),
    shape: [50, 50],
    targets: [0, 1],
    transform: (value) => (calls++, Math.round(value / 255)),
  });
  assert.equal(calls, 256);
  assert.equal(bytes.inputs.table?.[127], 0);
  assert.equal(bytes.inputs.table?.[128], 1);
  assert.deepEqual(sampleInput(bytes, 1), new Float32Array(2500).fill(1));
  const halved = new TensorDataset({ ...floats, transform: (value) => value / 2 });
  assert.deepEqual(sampleInput(halved, 2), Float32Array.of(2.5, 3));
  assert.deepEqual(floats.inputs, Float32Array.of(1, 2, 3, 4, 5, 6));
  const plain = new TensorDataset({ inputs: Uint8Array.of(0, 200), shape: [], targets: [0, 0] });
  assert.deepEqual(sampleInput(plain, 1), Float32Array.of(200));
});

Deno.test("TensorDataset takes targets of any shape to regress to", () => {
  const set = new TensorDataset({ ...floats, targets: new Float32Array(12), targetShape: [2, 2] });
  assert.deepEqual(set.targets.shape, [2, 2]);
  assert.equal(set.length, 3);
});

Deno.test("TensorDataset refuses counts that do not fit", () => {
  refuses({ ...floats, inputs: new Float32Array(5) }, /inputs has 5 elements.*multiple of 2.*\[2\]/);
  refuses({ ...floats, inputs: [] }, /inputs has 0 elements/);
  refuses({ ...floats, targets: [0, 1] }, /3 inputs of shape \[2\] but 2 targets/);
  refuses({ ...floats, targets: new Float32Array(4), targetShape: [3] }, /targets has 4 elements.*multiple of 3/);
  refuses({ ...floats, shape: [0] }, /shape is \[0\]/);
  refuses({ ...floats, shape: [1.5] }, /shape is \[1.5\]/);
});

Deno.test("TensorDataset refuses values outside their domain", () => {
  refuses({ ...floats, inputs: [1, 2, 3, NaN, 5, 6] }, /element 3 of inputs is NaN/);
  refuses({ ...floats, inputs: [1, 2, 3, 4, 1e39, 6] }, /element 4 of inputs is 1e\+39, expected a finite 32-bit/);
  refuses({ ...floats, transform: Math.log, inputs: [1, 2, 3, 0, 5, 6] }, /element 3 of transformed inputs/);
  refuses(
    { inputs: new Uint8Array(3), shape: [], targets: [0, 1, 2], transform: Math.log },
    /element 0 of the transform/,
  );
  refuses({ ...floats, targets: [0, 1.5, 2] }, /targets\[1\] is 1.5.*Float32Array/);
  refuses({ ...floats, targets: Int32Array.of(0, -1, 2) }, /targets\[1\] is -1/);
  refuses({ ...floats, classes: 2 }, /targets\[1\] is 2, expected a class label from 0 to 1/);
  refuses({ ...floats, classes: 0 }, /classes is 0/);
  refuses({ ...floats, targets: Float32Array.of(0, NaN, 1) }, /element 1 of targets is NaN/);
  refuses({ ...floats, targets: new Float32Array(3), classes: 3 }, /classes is 3 but the targets are floating/);
  refuses(
    { ...floats, targets: [0, 1, 2, 3], targetShape: [2] },
    /3 inputs of shape \[2\] but 2 targets of shape \[2\]/,
  );
});

Deno.test("TensorDataset takes labels at several places of a sample, and -100 for none", () => {
  const { targets, classes } = new TensorDataset({ ...floats, targets: [0, 1, -100, 2, 1, 0], targetShape: [2] });
  assert.deepEqual([targets.shape, classes], [[2], 3]);
  assert.deepEqual(targets.data, Uint32Array.of(0, 1, 2 ** 32 - 100, 2, 1, 0));
  assert.equal(new TensorDataset({ ...floats, targets: [0, -100, 1], classes: 2 }).classes, 2);
});

Deno.test("subset() takes the first samples without a copy, or any by index", () => {
  const set = new TensorDataset(floats);
  const first = subset(set, 2);
  assert.equal(first.length, 2);
  assert.deepEqual(first.inputs.data, Float32Array.of(1, 2, 3, 4));
  assert.equal(first.inputs.data.buffer, set.inputs.data.buffer);
  assert.deepEqual(first.targets.data, Uint32Array.of(0, 2));
  assert.equal(first.classes, 3);
  const chosen = subset(set, [2, 0, 2, 2]);
  assert.deepEqual(chosen.inputs.data, Float32Array.of(5, 6, 1, 2, 5, 6, 5, 6));
  assert.deepEqual(chosen.targets.data, Uint32Array.of(1, 0, 1, 1));
  for (const count of [0, 4, 1.5]) assert.throws(() => subset(set, count), /expected 1 to 3/);
  assert.throws(() => subset(set, [0, 3]), /index 1 is 3, expected an integer from 0 to 2/);
  assert.throws(() => subset(set, []), { name: "ArgumentError" });
});

Deno.test("sampleInput() refuses an index outside the data set", () => {
  const set = new TensorDataset(floats);
  for (const index of [-1, 3, 0.5]) assert.throws(() => sampleInput(set, index), { name: "ArgumentError" });
});
