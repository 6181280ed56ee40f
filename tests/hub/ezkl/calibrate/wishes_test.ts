/** Whatever run argument is asked for before a calibration is kept by it, or refused. */
import assert from "node:assert/strict";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  decodeCircuit,
  Engine,
  genSettings,
  genSrs,
  genWitness,
  inputJson,
  prove,
  readProof,
  type RunArgs,
  setup,
  verify,
  type Visibility,
} from "../../../../hub/mod.ts";
import { manualSeed, nn } from "../../../../mod.ts";
import { exportOnnx } from "../../../../onnx/mod.ts";
import { random } from "../../../onnx/lenet.ts";
import { tinySigmoidOnnx } from "../tiny.ts";

const onnx = tinySigmoidOnnx(), next = random(2);
const samples = Array.from({ length: 40 }, () => Float32Array.from({ length: 3 }, () => next() * 2 - 1));
const data = calibrationJson(samples);
const fidelity = { target: "fidelity", tolerance: 0.2 } as const;

const visibilities: [input: Visibility, params: Visibility, output: Visibility][] = [
  ["Private", "Private", "Public"],
  ["Public", "Private", "Private"],
  ["Private", "Fixed", "Private"],
  ["Private", "Fixed", "Public"],
];
for (const target of ["resources", "resources/col-overflow", "accuracy", "fidelity"] as const) {
  Deno.test(`calibrateSettings() keeps who sees what with the target ${target}`, async () => {
    for (const [inputVisibility, paramVisibility, outputVisibility] of visibilities) {
      const asked = { inputVisibility, paramVisibility, outputVisibility };
      const options = target === "fidelity" ? fidelity : { target, scales: [4] };
      const found = await calibrateSettings(onnx, genSettings(onnx, asked), data, options);
      const { runArgs } = found.settings;
      assert.deepEqual({ ...runArgs, ...asked }, runArgs, `asked for ${JSON.stringify(asked)}`);
      const { model, settings } = decodeCircuit(compileCircuit(found.onnx, found.settings));
      assert.deepEqual({ ...settings.runArgs, ...asked }, settings.runArgs);
      assert.deepEqual(model.visibility, { input: inputVisibility, params: paramVisibility, output: outputVisibility });
      const weights = [...model.nodes.values()].filter(({ opkind }) =>
        opkind.kind === "Constant" && opkind.quantizedValues.visibility === paramVisibility
      );
      assert.ok(weights.length >= 2, "weights and biases are as visible as was asked for");
    }
  });
}

Deno.test("the default of genSettings(), private weights, comes through fidelity to a proof that holds", async () => {
  await using engine = new Engine({ threads: 1 });
  const found = await calibrateSettings(onnx, genSettings(onnx), data, fidelity);
  const { settings } = found, compiled = compileCircuit(found.onnx, settings);
  const srs = await genSrs(settings.runArgs.logrows);
  const { vk, pk } = await setup(compiled, srs, { engine });
  const witness = await genWitness(compiled, inputJson(samples[0]), { engine });
  const proof = await prove(witness, pk, compiled, srs, { engine });
  assert.equal(await verify(proof, vk, settings, srs), true);
  assert.equal(readProof(proof, settings).outputs![0].length, 2);

  manualSeed(2);
  const others = compileCircuit(exportOnnx(new nn.Sequential(new nn.Linear(3, 2), new nn.Sigmoid()), [3]), settings);
  assert.notDeepEqual(others, compiled);
  assert.deepEqual((await setup(others, srs, { engine })).vk, vk, "nothing of the weights is in the key");
});

const wishes: Partial<RunArgs> = {
  inputScale: 4,
  paramScale: 5,
  scaleRebaseMultiplier: 3,
  lookupRange: [-100n, 100n],
  logrows: 12,
  numInnerCols: 3,
  rebaseFracZeroConstants: true,
  checkMode: "SAFE",
  commitment: null,
  decompBase: 128,
  decompLegs: 3,
  boundedLogLookup: true,
  ignoreRangeCheckInputsOutputs: true,
  variables: [["batch_size", 1], ["n", 2]],
};
for (const target of ["resources", "accuracy", "fidelity"] as const) {
  for (const [name, value] of Object.entries(wishes)) {
    Deno.test(`calibrateSettings() for ${target} keeps ${name} or refuses it`, async () => {
      const settings = genSettings(onnx, { paramVisibility: "Fixed", [name]: value });
      const options = target === "fidelity" ? fidelity : { target };
      const found = await calibrateSettings(onnx, settings, data, options).catch((error) => error);
      if (found instanceof Error) {
        assert.equal(found.name, "ArgumentError");
        assert.match(found.message, new RegExp(`ask for ${name} .*chooses it .*leave it at EZKL's`));
        return;
      }
      assert.deepEqual(found.settings.runArgs[name as keyof RunArgs], value);
    });
  }
}

Deno.test("what the options name stands above what the settings do", async () => {
  const settings = genSettings(onnx, { inputScale: 4, paramScale: 5, logrows: 12, scaleRebaseMultiplier: 3 });
  const scalesOf = async (options: object) => {
    const { runArgs } = (await calibrateSettings(onnx, settings, data, { ...options, maxLogrows: 14 })).settings;
    assert.ok(runArgs.logrows <= 14);
    return [runArgs.inputScale, runArgs.paramScale, runArgs.scaleRebaseMultiplier];
  };
  assert.deepEqual(await scalesOf({}), [4, 5, 3]);
  assert.deepEqual(await scalesOf({ scales: [3], scaleRebaseMultiplier: [2] }), [3, 3, 2]);
  assert.deepEqual(await scalesOf({ inputScale: 7, paramScale: 6 }), [7, 6, 3]);
  await assert.rejects(
    calibrateSettings(onnx, genSettings(onnx), data, { ...fidelity, runArgs: { inputScale: 7 } }),
    /ask for inputScale 7, and the target fidelity chooses it/,
  );
});
