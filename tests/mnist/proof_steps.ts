/** What must hold of the trained LeNet's circuit and of its proof. */
import assert from "node:assert/strict";
import ezkl from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import { type Dataset, readFile, sampleInput } from "../../mod.ts";
import {
  decodeCircuit,
  Engine,
  genWitness,
  inputJson,
  parseInputJson,
  ProvingFolder,
  readProof,
  settingsFromJson,
  verify,
  witnessFromJson,
} from "../../hub/mod.ts";
import { layOut } from "../../hub/ezkl/layout/layout.ts";
import { readSelectors } from "../../hub/ezkl/cells/selectors.ts";
import { Simulator } from "../../hub/ezkl/simulate/simulator.ts";

/** Images whose witness is compared with the simulator, integer by integer. */
const WITNESSES = 50;

const CLASSES = 10;

/** What the main job left, and what it took. */
interface Run {
  out: string;
  test: Dataset;
  floatDigits: number[];
  peakBytes: number;
}

/** Steps of `t` over the folder of a finished run. */
export async function checkProof(t: Deno.TestContext, { out, test, floatDigits, peakBytes }: Run): Promise<void> {
  const read = (name: string) => readFile(`${out}/${name}`, 2 ** 32);
  const text = async (name: string) => new TextDecoder().decode(await read(name));
  const compiled = await read("network.compiled"), proof = await read("test.pf"), vk = await read("key.vk");
  const settings = settingsFromJson(await text("settings.json"));
  const srs = await read("kzg.unsafe.srs");
  const { model } = decodeCircuit(compiled);
  const images = Array.from({ length: test.length }, (_, n) => sampleInput(test, n));
  const simulator = new Simulator(model, settings);
  const simulate = (some: Float32Array[]) =>
    simulator.run([Float64Array.from(some.flatMap((image) => [...image]))], some.length).outputs[0];

  await t.step("the circuit, chosen on held out images within 0.2 points, is within 0.5 on all test images", () => {
    const accuracy = (digits: number[]) =>
      digits.filter((digit, n) => digit === test.targets.data[n]).length / test.length;
    const digits: number[] = [];
    for (let n = 0; n < images.length; n += 500) digits.push(...largest(simulate(images.slice(n, n + 500))));
    const [circuit, float] = [accuracy(digits), accuracy(floatDigits)];
    assert.ok(circuit >= float - 0.005, `the circuit has ${circuit}, the network ${float}`);
  });

  await t.step("it has at most 330,000 cells, and the key has its gates in as many as we count", () => {
    assert.ok(settings.totalAssignments <= 330_000, `${settings.totalAssignments} cells`);
    const { selectors, cells } = layOut(model, settings.runArgs, "keygen");
    assert.equal(cells, settings.totalAssignments);
    const { map } = readSelectors(vk, settings);
    assert.deepEqual(map.gates().toSorted(), selectors!.gates().toSorted());
    for (const gate of map.gates()) assert.equal(map.count(gate), selectors!.count(gate), gate);
  });

  await using engine = new Engine();
  await t.step(`the engine computes the simulator's integers, on ${WITNESSES} test images`, async () => {
    const some = images.slice(0, WITNESSES), expected = simulate(some);
    for (const [n, image] of some.entries()) {
      const witness = witnessFromJson(
        new TextDecoder().decode(await genWitness(compiled, inputJson(image), { engine })),
      );
      assert.deepEqual(witness.outputs[0].map(Number), [...expected.subarray(n * CLASSES, (n + 1) * CLASSES)]);
    }
  });

  await t.step("keys, witness and proof took at most 4 minutes and 2.5 GB", async () => {
    const written = async (name: string) => Number((await Deno.stat(`${out}/${name}`)).mtime) / 1000;
    const seconds = await written("test.pf") - await written("kzg.unsafe.srs");
    assert.ok(seconds <= 240, `${seconds} s`);
    assert.ok(peakBytes > 0.2e9 && peakBytes <= 2.5e9, `${peakBytes} bytes`);
  });

  await t.step("the proof shows the logits of the image, and no others", async () => {
    const image = parseInputJson(await text("input.json"), 784);
    const scale = 2 ** settings.modelOutputScales[0];
    const { outputs } = readProof(proof, settings);
    assert.deepEqual([...outputs![0]], [...simulate([image])].map((value) => value / scale));
    const other = JSON.parse(new TextDecoder().decode(proof));
    other.instances[0][0] = other.instances[0][1];
    const changed = new TextEncoder().encode(JSON.stringify(other));
    assert.equal(await verify(changed, vk, settings, srs), false);
  });

  await t.step("the plain engine verifies it with nothing of ours", async () => {
    const given = (bytes: Uint8Array) => new Uint8ClampedArray(bytes);
    assert.equal(ezkl.verify(given(proof), given(vk), given(await read("settings.json")), given(srs)), true);
  });

  await t.step("a contract of under 14,000 bytes accepts it for at most 1.6 million gas", async () => {
    const { deployedBytecode } = JSON.parse(await text("verifier.json"));
    assert.ok(deployedBytecode.length / 2 - 1 < 14_000, deployedBytecode.length);
    const folder = new ProvingFolder(out, "network_lenet.onnx");
    const { holds, verifyGas } = await folder.runEvmVerifier({ hardfork: "cancun" });
    assert.ok(holds && verifyGas <= 1.6e6, `${holds}, ${verifyGas} gas`);
  });

  await t.step("a verifier needs no more than proof, settings, key and reference string", async () => {
    const folder = await Deno.makeTempDir({ prefix: "zkgrad-" });
    try {
      for (const name of ["test.pf", "settings.json", "key.vk", "kzg.unsafe.srs"]) {
        await Deno.copyFile(`${out}/${name}`, `${folder}/${name}`);
      }
      assert.equal(await new ProvingFolder(folder, "network_lenet.onnx").verify(), true);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function largest(outputs: Float64Array): number[] {
  return Array.from({ length: outputs.length / CLASSES }, (_, n) => {
    const row = outputs.subarray(n * CLASSES, (n + 1) * CLASSES);
    return row.indexOf(Math.max(...row));
  });
}
