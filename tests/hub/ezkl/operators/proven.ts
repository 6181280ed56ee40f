/** A case all the way to a proof, and what must not be one. */
import assert from "node:assert/strict";
import { leastLogrows, safeLookupRange } from "../../../../hub/ezkl/calibrate/logrows.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import type { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { type RunArgs, runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { genWitness } from "../../../../hub/ezkl/gen_witness.ts";
import { prove } from "../../../../hub/ezkl/prove.ts";
import { setup } from "../../../../hub/ezkl/setup.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { prover } from "../asking.ts";
import { srsOf } from "../proving/prove_model.ts";
import { type CaseFile, inputsOf } from "./case_file.ts";
import { comparable, inputJson, simulated, witnessed } from "./judged.ts";

const SMALL: Partial<RunArgs> = {
  inputScale: 4,
  paramScale: 4,
  logrows: 9,
  decompBase: 128,
  decompLegs: 4,
  paramVisibility: "Fixed",
};

/** Proves a case: witness, simulator and engine agree, the proof holds, and another instance or another byte does not. */
export async function proveCase(engine: Engine, file: CaseFile): Promise<void> {
  const { bytes } = file, inputs = inputsOf(file, 21), text = new TextEncoder();
  const wide = runArgs({ ...SMALL, lookupRange: [-(2n ** 40n), 2n ** 40n] });
  const { model } = decodeCircuit(compileCircuit(bytes, genSettings(bytes, wide)));
  const lookupRange = safeLookupRange(simulated(model, wide, inputs), 2);
  const logrows = Math.max(9, leastLogrows(genSettings(bytes, runArgs({ ...SMALL, lookupRange }))));
  const settings = genSettings(bytes, runArgs({ ...SMALL, lookupRange, logrows }));
  const compiled = compileCircuit(bytes, settings), circuit = decodeCircuit(compiled), srs = await srsOf(logrows);
  const { vk } = await setup(compiled, srs, { prover });
  const witness = await genWitness(compiled, inputJson(circuit, inputs), { prover });
  assert.deepEqual(witness, await engine.genWitness(compiled, inputJson(circuit, inputs)), file.name);
  const simulation = simulated(circuit.model, settings.runArgs, inputs);
  assert.deepEqual(witnessed(new TextDecoder().decode(witness)), comparable(simulation), file.name);
  const proof = await prove(witness, vk, compiled, srs, { prover }), json = text.encode(settingsToJson(settings));
  assert.equal(await engine.verify(proof, vk, json, srs), true, file.name);
  assert.equal(await verify(proof, vk, settings, srs), true, file.name);
  const forged = JSON.parse(new TextDecoder().decode(proof));
  const [instance] = forged.instances[0];
  forged.instances[0][0] = (instance.startsWith("01") ? "02" : "01") + instance.slice(2);
  assert.equal(await holds(text.encode(JSON.stringify(forged))), false, `${file.name} with another output`);
  const changed = JSON.parse(new TextDecoder().decode(proof));
  changed.proof[40] ^= 1;
  changed.hex_proof = `0x${changed.proof.map((byte: number) => byte.toString(16).padStart(2, "0")).join("")}`;
  assert.equal(await holds(text.encode(JSON.stringify(changed))), false, `${file.name} with another byte`);

  async function holds(given: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      return await verify(given, vk, settings, srs);
    } catch {
      return false;
    }
  }
}
