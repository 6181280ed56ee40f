/** What native EZKL 21 wrote for a network of our own (make_native_files.ts), read, written and made again here. */
import assert from "node:assert/strict";
import { compileCircuit } from "../../../hub/ezkl/compile_circuit.ts";
import { Engine } from "../../../hub/ezkl/engine/engine.ts";
import { decodeCircuit, encodeCircuit } from "../../../hub/ezkl/format/circuit_codec.ts";
import { proofFromJson, proofToJson } from "../../../hub/ezkl/format/proof.ts";
import { settingsFromJson, settingsToJson } from "../../../hub/ezkl/format/settings_json.ts";
import { witnessFromJson, witnessToJson } from "../../../hub/ezkl/format/witness.ts";
import { genSettings } from "../../../hub/ezkl/gen_settings.ts";
import { layOut } from "../../../hub/ezkl/layout/layout.ts";
import { quantizeInput } from "../../../hub/ezkl/simulate/quantize.ts";
import { Simulator } from "../../../hub/ezkl/simulate/simulator.ts";
import { genSrs } from "../../../hub/ezkl/srs/generate.ts";
import { genWitness, readProof, setup, verify } from "../../../hub/mod.ts";
import { PUBLISHED_SECRET } from "./srs/fixtures.ts";

const bytes = (file: string): Uint8Array<ArrayBuffer> =>
  Deno.readFileSync(new URL(`native_made/mlp/${file}`, import.meta.url));
const text = (file: string): string => new TextDecoder().decode(bytes(file));
const settings = settingsFromJson(text("settings.json"));
const circuit = decodeCircuit(bytes("model.compiled"));

/** Without what says when and by whom they were written; the native program takes the ranges from a set. */
function counts({ timestamp: _, version: __, requiredRangeChecks, ...rest }: typeof settings): unknown {
  return { ...rest, requiredRangeChecks: requiredRangeChecks.map(String).sort() };
}

Deno.test("native files: settings, circuit, witness and proof are written as they were read", () => {
  assert.equal(settingsToJson(settings), text("settings.json"));
  assert.deepEqual(encodeCircuit(circuit), bytes("model.compiled"));
  assert.equal(witnessToJson(witnessFromJson(text("witness.json"))), text("witness.json"));
  assert.equal(proofToJson(proofFromJson(text("proof.json"))), text("proof.json"));
});

Deno.test("native files: genSettings() counts and compileCircuit() writes the same", () => {
  assert.deepEqual(counts(genSettings(bytes("network.onnx"), settings.runArgs)), counts(settings));
  assert.deepEqual(compileCircuit(bytes("network.onnx"), settings), bytes("model.compiled"));
});

Deno.test("native files: layOut() counts the circuit's cells, rows and constants as its settings do", () => {
  const dummy = layOut(circuit.model, settings.runArgs, "dummy");
  assert.deepEqual(
    [dummy.rows, dummy.cells, dummy.constants],
    [settings.numRows, settings.totalAssignments, settings.totalConstSize],
  );
});

Deno.test("native files: the simulator gives the witness", () => {
  const witness = witnessFromJson(text("witness.json"));
  const { opkind } = circuit.model.nodes.get(circuit.model.inputs[0])!;
  assert.ok(opkind.kind === "Input");
  const input = Float32Array.from(JSON.parse(text("input.json")).input_data[0]);
  const inputs = [quantizeInput(input, opkind.scale, opkind.datumType)];
  const simulated = new Simulator(circuit.model, circuit.settings).run(inputs, 1);
  assert.deepEqual(inputs.map((values) => Array.from(values, BigInt)), witness.inputs);
  assert.deepEqual(simulated.outputs.map((values) => Array.from(values, BigInt)), witness.outputs);
  assert.equal(BigInt(simulated.maxRange), witness.maxRangeSize);
});

Deno.test("native files: the engine makes the same witness and verifying key, and accepts the proof", async () => {
  await using engine = new Engine({ threads: 1 });
  const srs = await genSrs(settings.runArgs.logrows, { secret: PUBLISHED_SECRET });
  const { vk } = await setup(bytes("model.compiled"), srs, { engine });
  assert.deepEqual(vk, bytes("vk.key"));
  const witness = witnessFromJson(
    new TextDecoder().decode(await genWitness(bytes("model.compiled"), text("input.json"), { engine })),
  );
  assert.deepEqual(witness, { ...witnessFromJson(text("witness.json")), version: witness.version });
  assert.equal(await verify(bytes("proof.json"), vk, settings, srs), true);
  assert.equal(readProof(bytes("proof.json"), settings).outputs![0].length, 7);
});
