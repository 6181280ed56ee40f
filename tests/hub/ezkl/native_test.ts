/**
 * What is written here, before the native program EZKL 21: its counts, its compiler, its
 * witness and its verifier.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { settingsFromJson } from "../../../hub/ezkl/format/settings_json.ts";
import { genSrs } from "../../../hub/ezkl/srs/generate.ts";
import { verifierSrs } from "../../../hub/ezkl/srs/verifier.ts";
import { decodeModel, encodeModel, type NodeProto } from "../../../onnx/proto.ts";
import { inFolder } from "../../folder.ts";
import { native, nativeDone, nativeRunArgs, nativeTest } from "./native.ts";
import { PUBLISHED_SECRET } from "./srs/fixtures.ts";

const MODELS = ["gemm", "gemm_sigmoid", "conv_relu", "conv_sigmoid_avgpool"] as const;

type Json = Record<string, unknown> & { run_args: Record<string, unknown> & { logrows: number } };

function path(model: string, file: string): string {
  return fileURLToPath(new URL(`made/${model}/${file}`, import.meta.url));
}

function json(file: string): Json {
  return JSON.parse(Deno.readTextFileSync(file));
}

/** The model with the strides of every convolution spelled out, which the native program asks for and ONNX does not. */
function withStrides(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  const spelled = (node: NodeProto): NodeProto =>
    node.opType !== "Conv" || node.attribute?.some(({ name }) => name === "strides")
      ? node
      : { ...node, attribute: [...node.attribute ?? [], { name: "strides", ints: [1, 1], type: 7 }] };
  return encodeModel({ ...model, graph: { ...model.graph, node: model.graph!.node!.map(spelled) } });
}

async function networkIn(folder: string, model: string): Promise<string> {
  const file = `${folder}/network.onnx`;
  await Deno.writeFile(file, withStrides(await Deno.readFile(path(model, "network.onnx"))));
  return file;
}

/** Keys that say when and by whom a file was written. */
function counts(settings: Json): Json {
  const { timestamp: _when, version: _who, required_range_checks, ...rest } = settings;
  // The native program takes them from a set, in the order of their hashes.
  return { ...rest, required_range_checks: (required_range_checks as unknown[]).map(String).sort() } as Json;
}

for (const model of MODELS) {
  nativeTest(`gen_settings counts ${model} as its settings.json does`, () =>
    inFolder(async (folder) => {
      const ours = json(path(model, "settings.json"));
      const output = `${folder}/settings.json`;
      await nativeDone("gen_settings", {
        model: await networkIn(folder, model),
        output,
        run_args: nativeRunArgs(settingsFromJson(Deno.readTextFileSync(path(model, "settings.json"))).runArgs),
      });
      assert.deepEqual(counts(json(output)), counts(ours));
    }));

  const keyed = model === "conv_relu" ? ", but for the key that its dropped zero leaves free" : "";
  nativeTest(`compile_circuit gives the bytes of ${model}/model.compiled${keyed}`, () =>
    inFolder(async (folder) => {
      const compiled = `${folder}/network.compiled`;
      const settings = path(model, "settings.json");
      await nativeDone("compile_circuit", {
        model: await networkIn(folder, model),
        compiled_circuit: compiled,
        settings_path: settings,
      });
      const [theirs, ours] = [await Deno.readFile(compiled), await Deno.readFile(path(model, "model.compiled"))];
      assert.equal(theirs.length, ours.length);
      // ReLU is a maximum with a constant, which goes: its key, its idx and the graph's output name 5, not 4.
      const changed = [...ours.keys()].filter((at) => theirs[at] !== ours[at]);
      const expected = model === "conv_relu" ? [[5, 4], [5, 4], [5, 4]] : [];
      assert.deepEqual(changed.map((at) => [theirs[at], ours[at]]), expected);
    }));

  nativeTest(
    `gen_witness gives ${model}/witness.json, and the mock prover is satisfied`,
    () =>
      inFolder(async (folder) => {
        const output = `${folder}/witness.json`;
        const circuit = path(model, "model.compiled");
        await nativeDone("gen_witness", { data: path(model, "input.json"), model: circuit, output });
        const { version: _native, ...theirs } = json(output);
        const { version: _engine, ...ours } = json(path(model, "witness.json"));
        assert.deepEqual(theirs, ours);
        const mocked = await nativeDone("mock", { witness: path(model, "witness.json"), model: circuit });
        assert.equal(mocked.result, true);
      }),
  );

  nativeTest(
    `setup with our reference string gives ${model}/vk.key, and its proofs and ours verify`,
    () =>
      inFolder(async (folder) => {
        const settings = path(model, "settings.json");
        const { logrows } = json(settings).run_args;
        const srs = `${folder}/kzg.unsafe.srs`;
        const small = `${folder}/verifier.unsafe.srs`;
        const bytes = await genSrs(logrows, { secret: PUBLISHED_SECRET });
        await Deno.writeFile(srs, bytes);
        await Deno.writeFile(small, verifierSrs(bytes));
        const circuit = path(model, "model.compiled");
        const [vk, pk, proof] = ["vk.key", "pk.key", "proof.json"].map((name) => `${folder}/${name}`);
        await nativeDone("setup", { model: circuit, vk_path: vk, pk_path: pk, srs_path: srs });
        assert.deepEqual(await Deno.readFile(vk), await Deno.readFile(path(model, "vk.key")));
        const witness = path(model, "witness.json");
        await nativeDone("prove", { witness, model: circuit, pk_path: pk, proof_path: proof, srs_path: srs });
        for (const proof_path of [proof, path(model, "proof.json")]) {
          for (const srs_path of [srs, small]) {
            const verified = await nativeDone("verify", { proof_path, settings_path: settings, vk_path: vk, srs_path });
            assert.equal(verified.result, true);
          }
        }
        const forged = json(proof);
        const instances = forged.instances as string[][];
        instances[0][0] = `${instances[0][0] === "01".padEnd(64, "0") ? "02" : "01"}`.padEnd(64, "0");
        await Deno.writeTextFile(proof, JSON.stringify(forged));
        const refused = await native("verify", {
          proof_path: proof,
          settings_path: settings,
          vk_path: vk,
          srs_path: srs,
        });
        assert.match(refused.error ?? "it was accepted", /constraint system is not satisfied/);
      }),
  );
}

nativeTest(
  "a settings.json with a key of ours beside EZKL's is read as if it were not there",
  () =>
    inFolder(async (folder) => {
      const settings = `${folder}/settings.json`;
      await Deno.writeTextFile(
        settings,
        JSON.stringify({ ...json(path("gemm", "settings.json")), zkgrad: { a: [1] } }),
      );
      const compiled = `${folder}/network.compiled`;
      await nativeDone("compile_circuit", {
        model: path("gemm", "network.onnx"),
        compiled_circuit: compiled,
        settings_path: settings,
      });
      assert.deepEqual(await Deno.readFile(compiled), await Deno.readFile(path("gemm", "model.compiled")));
      const srs = `${folder}/verifier.unsafe.srs`;
      await Deno.writeFile(srs, await genSrs(1, { secret: PUBLISHED_SECRET }));
      const { result } = await nativeDone("verify", {
        proof_path: path("gemm", "proof.json"),
        settings_path: settings,
        vk_path: path("gemm", "vk.key"),
        srs_path: srs,
      });
      assert.equal(result, true);
    }),
);

nativeTest("a convolution without strides is refused, which our exporter must know", () =>
  inFolder(async (folder) => {
    const report = await native("gen_settings", {
      model: path("conv_relu", "network.onnx"),
      output: `${folder}/settings.json`,
    });
    assert.match(report.error ?? "", /missing required params: stride/);
  }));
