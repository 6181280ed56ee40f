/** No input is proven as another one without a word. */
import assert from "node:assert/strict";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  decodeCircuit,
  Engine,
  genSettings,
  genWitness,
  inputJson,
  type InputRounding,
  ProvingFolder,
  witnessFromJson,
} from "../../../hub/mod.ts";
import type { FidelityOptions } from "../../../hub/ezkl/calibrate/fidelity.ts";
import { checkInput } from "../../../hub/ezkl/guard/input.ts";
import { DataType } from "../../../onnx/enums.ts";
import { inFolder } from "../../folder.ts";
import { random } from "../../onnx/lenet.ts";
import { node, onnx } from "./compile/models.ts";
import { TINY_ARGS, tinySigmoidOnnx } from "./tiny.ts";

const file = tinySigmoidOnnx(), next = random(5);
const json = (...values: unknown[]) => JSON.stringify({ input_data: [values] });

/** The circuit that a calibration for fidelity makes of samples. */
async function calibrated(make: () => number, asked: Partial<FidelityOptions> = {}): Promise<Uint8Array> {
  const samples = Array.from({ length: 20 }, () => Float32Array.from({ length: 3 }, make));
  const found = await calibrateSettings(file, genSettings(file), calibrationJson(samples), {
    target: "fidelity",
    tolerance: 1,
    ...asked,
  });
  return compileCircuit(found.onnx, found.settings);
}

Deno.test("a circuit that was calibrated on whole numbers takes nothing between them", async () => {
  const bits = await calibrated(() => +(next() < 0.5)), bytes = await calibrated(() => Math.floor(next() * 8));
  for (const compiled of [bits, bytes]) {
    const circuit = decodeCircuit(compiled);
    assert.equal(checkInput(json(1, 0, 1), circuit), null);
    const wrong: [number, number, RegExp][] = [
      [
        1,
        0.7,
        /element 1 of input_data\[0\] in input\.json is 0\.7, and the circuit takes whole numbers there: it would be proven as 1; round/,
      ],
      [2, 1e-6, /element 2 .* is 0\.000001, .* proven as 0;/],
      [0, -0.5, /element 0 .* is -0\.5, .* proven as -1;/],
    ];
    for (const [element, value, message] of wrong) {
      const values = [0, 0, 0];
      values[element] = value;
      await assert.rejects(genWitness(compiled, json(...values)), { name: "FormatError", message });
    }
    const rounded = checkInput(json(0, 0.7, 1), circuit, "input.json", true);
    assert.deepEqual(rounded, { input: 0, element: 1, value: Math.fround(0.7), becomes: 1, rounded: 1 });
    for (const value of [NaN, "x", null, [1]]) assert.throws(() => checkInput(json(value, 0, 0), circuit));
    assert.throws(() => checkInput(json(0, 0), circuit), /has 2 elements, expected 3/);
  }
});

Deno.test("a circuit of fractions takes any, and tells how far it moved them", async () => {
  const circuit = decodeCircuit(compileCircuit(file, genSettings(file, TINY_ARGS)));
  assert.equal(checkInput(json(0.5, 0.0625, -1), circuit), null);
  const found = checkInput(json(0.7, 0.03, 1), circuit);
  assert.deepEqual(found, { input: 0, element: 1, value: Math.fround(0.03), becomes: 0, rounded: 2 });

  await using engine = new Engine({ threads: 1 });
  const compiled = compileCircuit(file, genSettings(file, { lookupRange: [-4096n, 4096n], logrows: 14 }));
  const told: InputRounding[] = [];
  const sample = Float32Array.from({ length: 3 }, () => next() * 2 - 1);
  const witness = await genWitness(compiled, inputJson(sample), {
    engine,
    onRounding: (rounding) => told.push(rounding),
  });
  const { inputs } = witnessFromJson(new TextDecoder().decode(witness));
  const moved = Array.from(sample, (value, at) => Math.abs(Number(inputs[0][at]) / 2 ** 7 - value));
  assert.equal(told.length, 1);
  const [{ element, value, becomes, rounded }] = told;
  assert.equal(rounded, 3);
  assert.equal(moved[element], Math.max(...moved), "the one that was moved furthest");
  assert.deepEqual([value, becomes], [sample[element], Number(inputs[0][element]) / 2 ** 7]);
  assert.ok(moved[element] <= 2 ** -8);
  await assert.rejects(genWitness(compiled, json(NaN, 0, 0)), { name: "FormatError" });
});

Deno.test("a proving folder tells what became of the input", async () => {
  await inFolder(async (folder) => {
    await using engine = new Engine({ threads: 1 });
    const proving = new ProvingFolder(folder, "network.onnx", { engine });
    await Deno.writeFile(proving.path("network.onnx"), file);
    await Deno.writeTextFile(proving.path("input.json"), json(0.7, 0, 1));
    await proving.genSettings(TINY_ARGS);
    await proving.compileCircuit();
    const expected = { input: 0, element: 0, value: Math.fround(0.7), becomes: 0.6875, rounded: 1 };
    assert.deepEqual((await proving.genWitness()).rounding, expected);
    assert.equal((await proving.genWitness()).rounding, null);
  });
});

Deno.test("inputs that a model has as whole numbers or truths lose no fraction, nor do its samples", async () => {
  const whole = onnx({
    nodes: [node("Identity", ["x"], "y")],
    inputs: { x: [1, 3] },
    outputs: { y: [1, 3] },
    type: DataType.INT64,
  });
  const circuit = decodeCircuit(compileCircuit(whole, genSettings(whole)));
  assert.equal(checkInput(json(3, -2, 0), circuit), null);
  assert.throws(() => checkInput(json(3, -2.5, 0), circuit), /takes whole numbers there: it would be proven as -2;/);
  assert.equal(checkInput(json(3, -2.75, 0), circuit, "input.json", true)!.becomes, -2);
  // Only circuits that EZKL wrote have such inputs.
  const truths = decodeCircuit(compileCircuit(whole, genSettings(whole)));
  const { opkind } = truths.model.nodes.get(truths.model.inputs[0])!;
  assert.ok(opkind.kind === "Input");
  opkind.datumType = "Bool";
  assert.equal(checkInput(json(true, 0, 1), truths), null);
  assert.throws(() => checkInput(json(2, 0, 1), truths), /takes 0 and 1 there: it would be proven as 1;/);
  await assert.rejects(
    calibrateSettings(whole, genSettings(whole), json(1, 2, 3, 1, 2.5, 3)),
    /element 1 of sample 1 for input 0 in cal_data\.json is 2\.5, and .* takes whole numbers/,
  );
});

Deno.test("samples of truths are taken as an input of them is, as true and false or 1 and 0", async () => {
  const not = onnx({
    nodes: [node("Not", ["x"], "y")],
    inputs: { x: [1, 3] },
    outputs: { y: [1, 3] },
    type: DataType.BOOL,
  });
  const calibrate = (data: string) => calibrateSettings(not, genSettings(not), data);
  const { settings } = await calibrate(json(true, false, true, false, false, true));
  assert.deepEqual(settings, (await calibrate(json(1, 0, 1, 0, 0, 1))).settings);
  const compiled = compileCircuit(not, settings), witness = await genWitness(compiled, json(true, false, true));
  assert.deepEqual(witnessFromJson(new TextDecoder().decode(witness)).outputs, [[0n, 1n, 0n]]);
  await assert.rejects(calibrate(json(true, 2, false)), /element 1 of sample 0 .* is 2, and .* takes 0 and 1/);
  await assert.rejects(
    calibrateSettings(file, genSettings(file), json(true, 0, 1)),
    /element 0 of input_data in cal_data\.json is true, expected a number/,
  );
});

Deno.test("a circuit takes the fractions that it was calibrated on, however few bits are left of them", async () => {
  const make = () => Math.round(next() * 256 - 128) / 64;
  const circuit = decodeCircuit(await calibrated(make, { tableRows: [8], dropBits: [6] }));
  assert.notEqual(checkInput(json(make(), 0.5, -0.25), circuit), null, "some are rounded");
});
