import assert from "node:assert/strict";
import { type Evaluation, Examination } from "../../../../hub/ezkl/calibrate/evaluate.ts";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { buildFrugal } from "../../../../hub/ezkl/compile/frugal.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { quantizeInput } from "../../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { random } from "../../../onnx/lenet.ts";
import { MODELS, onnx } from "../compile/models.ts";

const network = lowerOnnx(onnx(MODELS["two layers"])), float = new FloatNetwork(network);
const args = runArgs({ paramVisibility: "Fixed", ignoreRangeCheckInputsOutputs: true });
const model = buildFrugal(network, args, {
  inputScale: 2,
  tableScale: 4,
  dropBits: 2,
  outputScale: 2,
  binaryInputs: false,
});
const count = 600, next = random(6);
const inputs = [Float32Array.from({ length: count * 8 }, () => next() * 2 - 1)];
const largest = (values: ArrayLike<number>, sample: number) => {
  const part = Array.from(values).slice(sample * 3, sample * 3 + 3);
  return part.indexOf(Math.max(...part));
};
const exact = float.run(inputs, count)[network.outputs[0]];
const integers = new Simulator(model, { runArgs: args }).run([quantizeInput(inputs[0], 2)], count);
const unit = 2 ** -model.nodes.get(model.outputs[0][0])!.outScale;
const share = (samples: number, right: (sample: number) => boolean) =>
  Array.from({ length: samples }, (_, sample) => sample).filter(right).length / samples;

Deno.test("Examination counts right answers of the circuit and of the floats, and the largest difference", () => {
  const labels = Uint8Array.from(
    { length: count },
    (_, sample) => sample % 5 === 0 ? sample % 3 : largest(exact, sample),
  );
  const found = new Examination(float, { inputs, count, labels }).evaluate(model, args, 400);
  assert.equal(found.samples, 400);
  assert.equal(found.floatAccuracy, share(400, (sample) => largest(exact, sample) === labels[sample]));
  assert.equal(found.accuracy, share(400, (sample) => largest(integers.outputs[0], sample) === labels[sample]));
  const errors = Array.from(integers.outputs[0].slice(0, 1200), (value, at) => Math.abs(value * unit - exact[at]));
  assert.equal(found.largestError, Math.max(...errors));
});

Deno.test("Examination takes the floats' own answers for right where there are no labels", () => {
  const found = new Examination(float, { inputs, count }).evaluate(model, args, count);
  assert.equal(found.floatAccuracy, 1);
  assert.equal(
    found.accuracy,
    share(count, (sample) => largest(integers.outputs[0], sample) === largest(exact, sample)),
  );
  assert.deepEqual(found.lookupRange, [integers.minLookup, integers.maxLookup]);
  assert.equal(found.maxDecomposed, integers.maxDecomposed);
});

Deno.test("Examination goes on where it has stopped", () => {
  const labels = Array.from({ length: count }, (_, sample) => sample % 3),
    examination = new Examination(float, {
      inputs,
      count,
      labels,
    });
  let part: Evaluation | null = null;
  for (const samples of [1, 250, 251, 599, 600]) part = examination.evaluate(model, args, samples, part);
  assert.deepEqual(part, new Examination(float, { inputs, count, labels }).evaluate(model, args, count));
});

Deno.test("Examination refuses samples that do not fit the network, and too few labels", () => {
  const of = (inputs: Float32Array[], count: number, labels?: number[]) => () =>
    new Examination(float, { inputs, count, labels });
  assert.throws(of([new Float32Array(17)], 2), /input 0 has 17 elements, expected 2 samples of 8$/);
  assert.throws(of([], 2), /input 0 has no elements, expected 2 samples of 8$/);
  assert.throws(of([new Float32Array(0)], 0), /input 0 has 0 elements, expected 0 samples of 8$/);
  assert.throws(of([new Float32Array(16)], 2, [1]), /1 labels were given for 2 samples$/);
});
