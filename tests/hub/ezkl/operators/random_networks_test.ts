/** Random networks of many operators, before ONNX Runtime and native EZKL. */
import assert from "node:assert/strict";
import * as ort from "npm:onnxruntime-node@1.30.0";
import { FloatNetwork } from "../../../../hub/ezkl/calibrate/float_network.ts";
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import { compileCircuit } from "../../../../hub/ezkl/compile_circuit.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { runArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { genSettings } from "../../../../hub/ezkl/gen_settings.ts";
import { inFolder } from "../../../folder.ts";
import { random } from "../../../onnx/lenet.ts";
import { nativeAll, nativeTest } from "../native.ts";
import { comparable, distance, floatsOf, inputJson, simulated, witnessed } from "./judged.ts";
import { randomNetwork } from "./random_network.ts";

const SEEDS = Array.from({ length: Number(Deno.env.get("ZKGRAD_NETWORKS") ?? 150) }, (_, at) => at + 1);

function inputOf(seed: number, shape: readonly number[]): Float32Array {
  const next = random(1000 + seed);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(next() * 3 - 1.5));
}

/** Fine scales, at which what a circuit rounds is small. */
const fine = runArgs({ inputScale: 11, paramScale: 11, paramVisibility: "Fixed", decompLegs: 3 });

Deno.test("random networks are what ONNX Runtime computes, in floats and as circuits", async () => {
  const met = new Set<string>();
  for (const seed of SEEDS) {
    const { bytes, shape, isSmooth, operators } = randomNetwork(seed), x = inputOf(seed, shape);
    const what = `seed ${seed}, ${operators.join(" ")}`;
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
    const results = await session.run({ x: new ort.Tensor("float32", x, [...shape]) });
    const expected = results[session.outputNames[0]].data as Float32Array;
    await session.release();
    const network = lowerOnnx(bytes), values = new FloatNetwork(network).run([x], 1)[network.outputs[0]];
    if (isSmooth) assert.ok(distance(values, expected) < 1e-3, `${what}: ${distance(values, expected)} off in floats`);
    const { model } = decodeCircuit(compileCircuit(bytes, genSettings(bytes, fine)));
    const [found] = floatsOf(model, simulated(model, fine, [x]));
    assert.equal(found.length, expected.length, what);
    if (isSmooth) assert.ok(distance(found, expected) < 0.05, `${what}: ${distance(found, expected)} off`);
    operators.forEach((name) => met.add(name));
  }
  assert.ok(met.size >= 45 || SEEDS.length < 150, `${met.size} operators are met`);
});

nativeTest("native gen_witness gives the simulator's integers for random networks", async () => {
  await inFolder(async (folder) => {
    const args = runArgs({ paramVisibility: "Fixed" }), requests = [], expected: { what: string; own: unknown }[] = [];
    for (const seed of SEEDS) {
      const { bytes, shape, operators } = randomNetwork(seed), inputs = [inputOf(seed, shape)];
      const compiled = compileCircuit(bytes, genSettings(bytes, args)), circuit = decodeCircuit(compiled);
      const simulation = simulated(circuit.model, args, inputs);
      // What does not fit the digits has no witness.
      if (simulation.maxDecomposed >= args.decompBase ** args.decompLegs) continue;
      const model = `${folder}/${seed}.compiled`, data = `${folder}/${seed}.json`;
      await Deno.writeFile(model, compiled);
      await Deno.writeTextFile(data, inputJson(circuit, inputs));
      requests.push({ command: "gen_witness", data, model, output: `${folder}/${seed}.witness` });
      expected.push({ what: `seed ${seed}, ${operators.join(" ")}`, own: comparable(simulation) });
    }
    const reports = await nativeAll(requests);
    for (const [at, { what, own }] of expected.entries()) {
      assert.ok(reports[at].ok, `${what}: ${reports[at].error}`);
      assert.deepEqual(witnessed(await Deno.readTextFile(requests[at].output)), own, what);
    }
    assert.ok(requests.length > 0.9 * SEEDS.length, `${requests.length} have a witness`);
  });
});
