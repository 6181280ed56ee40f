/**
 * The circuit that EZKL itself makes of a network, the default way: for the bench of provers, to show one of another size.
 * @module
 */
import { nativeDone, nativePython, nativeRunArgs } from "../../tests/hub/ezkl/native.ts";
import { settingsFromJson } from "../../hub/ezkl/format/settings_json.ts";
import { ArgumentError } from "../../mod.ts";
import { HOW_TO_INSTALL } from "../prove/ezkl.ts";

/**
 * Fills `room` with what the provers of the bench read: native EZKL's settings, calibrated for few resources, its circuit,
 * its witness and its unsafe reference string. `folder` has the network and its samples.
 * @throws {ArgumentError} where there is no native EZKL
 */
export async function ezklsOwnCircuit(folder: string, room: string): Promise<void> {
  if (nativePython === null) throw new ArgumentError(`--circuit resources: ${HOW_TO_INSTALL}`);
  const model = `${folder}/network_lenet.onnx`, settings = `${room}/settings.json`;
  const compiled = `${room}/network.compiled`, data = `${folder}/input.json`;
  const runArgs = nativeRunArgs({ inputVisibility: "Private", paramVisibility: "Fixed", outputVisibility: "Public" });
  await nativeDone("gen_settings", { model, output: settings, run_args: runArgs });
  await nativeDone("calibrate_settings", { data: `${folder}/cal_data.json`, model, settings, target: "resources" });
  await nativeDone("compile_circuit", { model, compiled_circuit: compiled, settings_path: settings });
  await nativeDone("gen_witness", { data, model: compiled, output: `${room}/witness.json` });
  const { runArgs: { logrows } } = settingsFromJson(await Deno.readTextFile(settings));
  await nativeDone("gen_srs", { srs_path: `${room}/kzg.unsafe.srs`, logrows });
  await Deno.copyFile(data, `${room}/input.json`);
}
