/** Every combination of visibilities that is taken ends in a proof that verifies; all others are refused at once. */
import assert from "node:assert/strict";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  Engine,
  genSettings,
  genSrs,
  genWitness,
  type GraphSettings,
  inputJson,
  prove,
  readProof,
  runArgs,
  settingsToJson,
  setup,
  verify,
  type Visibility,
} from "../../../hub/mod.ts";
import { parseRunArguments } from "../../../hub/server/jobs/run_arguments.ts";
import { prover } from "./asking.ts";
import { TINY_ARGS, tinySigmoidOnnx } from "./tiny.ts";

const onnx = tinySigmoidOnnx();
const samples = [Float32Array.of(1, 0.5, -1), Float32Array.of(1, 1, 0), Float32Array.of(0.5, -0.25, 0)];
const all: Visibility[] = ["Private", "Public", "Fixed", "KZGCommit", {
  // Hashes that are shown have a test of their own.
  Hashed: { hashIsPublic: false, outlets: [] },
}];

/** The settings by EZKL's rules, and those of a frugal circuit. */
async function settingsFor(args: object): Promise<{ settings: GraphSettings; onnx: Uint8Array }[]> {
  const native = genSettings(onnx, { ...TINY_ARGS, ...args });
  const options = { target: "fidelity", tolerance: 1, dropBits: [3], deadZones: [0] } as const;
  const frugal = await calibrateSettings(onnx, genSettings(onnx, args), calibrationJson(samples), options);
  return [{ settings: native, onnx }, frugal];
}

Deno.test("what can be seen is taken and proven, or refused by genSettings()", async () => {
  await using engine = new Engine({ threads: 1 });
  const taken: string[] = [];
  for (const inputVisibility of all) {
    for (const paramVisibility of all) {
      for (const outputVisibility of all) {
        const args = { inputVisibility, paramVisibility, outputVisibility }, name = JSON.stringify(args);
        let circuits;
        try {
          circuits = await settingsFor(args);
        } catch (error) {
          assert.ok(error instanceof Error && error.name === "ArgumentError", name);
          assert.match(error.message, /Visibility is|are all Private/);
          assert.throws(() => genSettings(onnx, { ...TINY_ARGS, ...args }), { message: error.message }, name);
          continue;
        }
        taken.push(`${inputVisibility} ${paramVisibility} ${outputVisibility}`);
        for (const { settings, onnx: file } of circuits) {
          const compiled = compileCircuit(file, settings), srs = await genSrs(settings.runArgs.logrows);
          const { vk } = await setup(compiled, srs, { prover });
          for (const sample of samples.slice(0, 1)) {
            const witness = await genWitness(compiled, inputJson(sample), { prover });
            const proof = await prove(witness, vk, compiled, srs, { prover });
            assert.equal(await verify(proof, vk, settings, srs), true, name);
            assert.equal(
              await engine.verify(proof, vk, new TextEncoder().encode(settingsToJson(settings)), srs),
              true,
              name,
            );
            const shown = readProof(proof, settings);
            assert.equal(shown.inputs !== undefined, inputVisibility === "Public", name);
            assert.equal(shown.outputs !== undefined, outputVisibility === "Public", name);
          }
        }
      }
    }
  }
  assert.deepEqual(taken, [
    "Private Private Public",
    "Private Fixed Private",
    "Private Fixed Public",
    "Public Private Private",
    "Public Private Public",
    "Public Fixed Private",
    "Public Fixed Public",
  ]);
});

Deno.test("fixed inputs and outputs are refused wherever run arguments are read", () => {
  const settings = genSettings(onnx, TINY_ARGS);
  for (const name of ["inputVisibility", "outputVisibility"]) {
    const message = new RegExp(
      `${name} is Fixed, which puts the values of one run into the keys, and no proof would verify; take Public .* or Private`,
    );
    const changed = { ...settings, runArgs: { ...settings.runArgs, [name]: "Fixed" as const } };
    assert.throws(() => runArgs({ [name]: "Fixed" }), message);
    assert.throws(() => compileCircuit(onnx, changed), message);
    assert.throws(() => parseRunArguments(JSON.stringify({ [name]: "fixed" })), message);
  }
});
