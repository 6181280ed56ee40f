/**
 * Makes the files under `native_made/` by native EZKL 21, from a network of our own: for tests that compare what is
 * written here with what the native program writes, on machines that do not have it.
 *
 *     deno run -A tests/hub/ezkl/make_native_files.ts
 *
 * Its proof and its settings' timestamp are others each time.
 * @module
 */
import { fileURLToPath } from "node:url";
import { runArgs } from "../../../hub/ezkl/format/run_args.ts";
import { genSrs } from "../../../hub/ezkl/srs/generate.ts";
import { node, onnx, weights } from "./compile/models.ts";
import { nativeDone, nativeRunArgs } from "./native.ts";
import { PUBLISHED_SECRET } from "./srs/fixtures.ts";

/** 10 numbers, 12 hidden ones, 7 outputs. */
const MLP = onnx({
  nodes: [
    node("Gemm", ["x", "w1", "b1"], "hidden", { transB: 1 }),
    node("Relu", ["hidden"], "positive"),
    node("Gemm", ["positive", "w2", "b2"], "y", { transB: 1 }),
  ],
  inputs: { x: [1, 10] },
  outputs: { y: [1, 7] },
  weights: { w1: weights([12, 10], 1), b1: weights([12], 2), w2: weights([7, 12], 3), b2: weights([7], 4) },
});
const ARGS = runArgs({
  inputScale: 7,
  paramScale: 7,
  logrows: 12,
  inputVisibility: "Public",
  outputVisibility: "Public",
  paramVisibility: "Fixed",
});

const folder = fileURLToPath(new URL("native_made/mlp", import.meta.url));
await Deno.mkdir(folder, { recursive: true });
const path = (file: string): string => `${folder}/${file}`;
const temporary = await Deno.makeTempDir({ prefix: "zkgrad-" });
try {
  await Deno.writeFile(path("network.onnx"), MLP);
  const input = Array.from({ length: 10 }, (_, at) => (at * 7 % 11 - 5) / 4);
  await Deno.writeTextFile(path("input.json"), JSON.stringify({ input_data: [input] }));
  const [srs_path, pk_path] = [`${temporary}/kzg.srs`, `${temporary}/pk.key`];
  await Deno.writeFile(srs_path, await genSrs(ARGS.logrows, { secret: PUBLISHED_SECRET }));
  const [settings_path, model, vk_path, witness, proof_path] = [
    "settings.json",
    "model.compiled",
    "vk.key",
    "witness.json",
    "proof.json",
  ].map(path);
  const network = path("network.onnx");
  await nativeDone("gen_settings", { model: network, output: settings_path, run_args: nativeRunArgs(ARGS) });
  await nativeDone("compile_circuit", { model: network, compiled_circuit: model, settings_path });
  await nativeDone("gen_witness", { data: path("input.json"), model, output: witness });
  await nativeDone("setup", { model, vk_path, pk_path, srs_path });
  await nativeDone("prove", { witness, model, pk_path, proof_path, srs_path });
} finally {
  await Deno.remove(temporary, { recursive: true });
}
