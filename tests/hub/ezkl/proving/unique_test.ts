/** A frugal circuit has one result for each input: nothing in it leaves the prover a choice. */
import assert from "node:assert/strict";
import { buildFrugal } from "../../../../hub/ezkl/compile/frugal.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import type { Scheme } from "../../../../hub/ezkl/network/scheme.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import type { SupportedOp } from "../../../../hub/ezkl/format/circuit.ts";
import { fieldToHex } from "../../../../hub/ezkl/format/field.ts";
import { runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";
import { Simulator } from "../../../../hub/ezkl/simulate/simulator.ts";
import { MODELS, node, onnx, weights } from "../compile/models.ts";
import { settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { inFolder } from "../../../folder.ts";
import { nativeDone, nativeTest } from "../native.ts";
import { subject } from "./operators.ts";
import { inputFile, proveModel } from "./prove_model.ts";
import { givenOf, proofOf, provenOf, Refusals, verified, witnessJson } from "./refusals.ts";

const scheme: Scheme = { inputScale: 4, tableScale: 6, dropBits: 3, outputScale: 4, binaryInputs: false };
const args = runArgs({ paramVisibility: "Fixed", ignoreRangeCheckInputsOutputs: true, logrows: 12 });

/** EZKL's division of whole numbers holds |x - d q| below d, which two q do where d does not divide x. */
function leavesChoice(op: SupportedOp): boolean {
  if (op.kind === "RebaseScale") return true;
  if (op.kind === "Rescaled") return leavesChoice(op.inner);
  return op.kind === "Hybrid" &&
    (op.op.name === "Div" && Number.isInteger(op.op.denom) || op.op.name === "SumPool" && op.op.normalized);
}

Deno.test("no operator's frugal circuit has a division with two answers", () => {
  const leaky = {
    nodes: [node("Gemm", ["x", "w"], "a", { transB: 1 }), node("LeakyRelu", ["a"], "y", { alpha: { float: 0.03 } })],
    inputs: { x: [1, 8] },
    outputs: { y: [1, 8] },
    weights: { w: weights([8, 8], 1) },
  };
  let compiled = 0;
  for (const [name, model] of Object.entries({ ...MODELS, leaky })) {
    let circuit;
    try {
      circuit = buildFrugal(lowerOnnx(onnx(model)), args, scheme);
    } catch (error) {
      assert.match(String(error), /frugal circuit/, name);
      continue;
    }
    compiled++;
    const chosen = [...circuit.nodes.values()].find(({ opkind }) => leavesChoice(opkind));
    assert.equal(chosen, undefined, `${name}: node ${chosen?.idx}`);
  }
  assert.ok(compiled > 40, `${compiled} of ${Object.keys(MODELS).length} were compiled`);
});

Deno.test("a frugal LeakyRelu is exact to half a unit, for every slope, and costs no division", () => {
  for (const alpha of [0.01, 0.03, 0.1, 0.25, 0.3, 0.75, 1, 1.5, 3, 1e-40, 0]) {
    const model = {
      nodes: [node("LeakyRelu", ["x"], "y", { alpha: { float: alpha } })],
      inputs: { x: [1, 801] },
      outputs: { y: [1, 801] },
    };
    const circuit = buildFrugal(lowerOnnx(onnx(model)), args, scheme);
    const x = Float64Array.from({ length: 801 }, (_, at) => at - 400);
    const { outputs } = new Simulator(circuit, { runArgs: args }).run([x], 1);
    outputs[0].forEach((value, at) => {
      const exact = x[at] < 0 ? Math.fround(alpha) * x[at] : x[at];
      assert.ok(Math.abs(value - exact) <= 0.5 + 1e-4, `alpha ${alpha}: ${x[at]} gives ${value}, exactly ${exact}`);
    });
    const { perNode } = layOut(circuit, args, "keygen");
    const relu = [...circuit.nodes.values()].find(({ opkind }) =>
      opkind.kind === "Linear" && opkind.op.name === "LeakyReLU"
    );
    const rest = [...perNode].filter(([key]) => key > (relu?.idx ?? 0)).reduce((sum, [, cells]) => sum + cells, 0);
    assert.ok(rest <= 4 * 801, `alpha ${alpha}: ${rest / 801} cells an element behind the Relu`);
  }
});

const LEAKY = subject(31, (w) => {
  const x = w.node("Gemm", [w.input(1, 6), w.weight([5, 6])], { transB: 1 });
  return [[w.node("LeakyRelu", [x], { alpha: { float: 0.03 } }), 2]];
}, { scheme });

nativeTest(
  "native EZKL computes a frugal LeakyRelu as we do, is satisfied by it, and takes our proof of it",
  () =>
    inFolder(async (folder) => {
      await using engine = new Engine({ threads: 1 });
      const { bytes, settings, keys, srs, proof, witness } = await provenOf(engine, LEAKY);
      const text = new TextEncoder();
      const files = {
        "network.compiled": bytes,
        "settings.json": text.encode(settingsToJson(settings)),
        "input.json": text.encode(inputFile(LEAKY.inputs)),
        "key.vk": keys.vk,
        "kzg.srs": srs,
        "test.pf": text.encode(JSON.stringify(proof)),
      };
      for (const [name, content] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, content);
      const at = (name: string) => `${folder}/${name}`;
      const model = at("network.compiled"), own = at("witness.json");
      await nativeDone("gen_witness", { data: at("input.json"), model, output: own });
      const { outputs } = JSON.parse(await Deno.readTextFile(own));
      assert.deepEqual(outputs, JSON.parse(new TextDecoder().decode(witness)).outputs);
      assert.equal((await nativeDone("mock", { witness: own, model })).result, true);
      const { result } = await nativeDone("verify", {
        proof_path: at("test.pf"),
        settings_path: at("settings.json"),
        vk_path: at("key.vk"),
        srs_path: at("kzg.srs"),
      });
      assert.equal(result, true);
    }),
);

Deno.test("a frugal LeakyRelu is proven, and no neighbour of its results is", async () => {
  await using engine = new Engine({ threads: 1 });
  await proveModel(engine, LEAKY);
  const proven = await provenOf(engine, LEAKY);
  const refusals = new Refusals(engine, proven);
  const { outputs: [outputs] } = witnessJson(proven);
  const { outputs: [own] } = new Simulator(proven.circuit.model, { runArgs: proven.settings.runArgs }).run(
    [Float64Array.from(proven.subject.inputs[0], (value) => Math.round(value * 2 ** scheme.inputScale))],
    1,
  );
  assert.ok(own.some((value) => value < 0), "some result is negative");
  for (const [at, value] of own.entries()) {
    for (const step of [-1, 1]) {
      await refusals.attempt(`output ${at} ${step}`, async () => {
        const forged = outputs.with(at, fieldToHex(BigInt(value + step)));
        const witness = { ...witnessJson(proven), outputs: [forged] };
        return await verified(engine, { ...givenOf(proven), proof: await proofOf(engine, proven, witness) });
      });
    }
  }
  refusals.check(10);
});
