import assert from "node:assert/strict";
import {
  calibrationJson,
  inputJson,
  ProvingFolder,
  type ProvingFolderOptions,
  type StepResult,
  type ToolProgress,
} from "../../../hub/mod.ts";
import { inFolder } from "../../folder.ts";
import { prover } from "./asking.ts";
import { madeBytes } from "./format/fixtures.ts";
import { runAll } from "./folder_run.ts";
import { TINY_ARGS, tinyOnnx, tinySigmoidOnnx, UNCALIBRATED_ARGS } from "./tiny.ts";
import { FROZEN } from "../../frozen.ts";

const ALL = ["genSettings", "calibrateSettings", "compileCircuit", "genSrs", "setup", "genWitness", "prove"];
const SAMPLES = [Float32Array.of(1, 0, -1), Float32Array.of(0, 1, 1), Float32Array.of(1, 1, 0)];

interface Place {
  path: string;
  open(options?: ProvingFolderOptions): ProvingFolder;
}

/** A folder with a network, an input and samples. */
function testInFolder(name: string, body: (place: Place) => Promise<void>): void {
  Deno.test(name, () =>
    inFolder(async (path) => {
      await Deno.writeFile(`${path}/network.onnx`, tinyOnnx());
      await Deno.writeTextFile(`${path}/input.json`, inputJson(SAMPLES[0]));
      await Deno.writeTextFile(`${path}/cal_data.json`, calibrationJson(SAMPLES));
      await body({ path, open: (options) => new ProvingFolder(path, "network.onnx", { prover, ...options }) });
    }));
}

testInFolder("a folder makes everything once, and the second run nothing", async ({ path, open }) => {
  assert.deepEqual(await runAll(open()), { made: ALL, valid: true });
  const before = await Deno.readFile(`${path}/artifacts.json`);
  assert.deepEqual(await runAll(open()), { made: [], valid: true });
  assert.deepEqual(await Deno.readFile(`${path}/artifacts.json`), before);
  const names = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  assert.deepEqual(
    names,
    "artifacts.json cal_data.json input.json key.vk kzg.unsafe.srs network.compiled network.onnx settings.json test.pf witness.json"
      .split(" "),
  );
  const { outputs } = await open().readProof();
  assert.equal(outputs![0].length, 2);
  assert.equal((await open().describeSrs()).origin, "unsafe");
});

testInFolder("a folder finds out once who proves its circuit", async ({ path, open }) => {
  await runAll(open());
  const free = () => new ProvingFolder(path, "network.onnx");
  assert.equal((await free().setup()).made, false);
  const artifacts = JSON.parse(await Deno.readTextFile(`${path}/artifacts.json`)), { priceCircuit } = artifacts.steps;
  assert.deepEqual([Object.keys(priceCircuit.inputs), priceCircuit.options], [["network.compiled"], "zkgrad"]);
  // Were the circuit laid out again, this would go unread; EZKL's engine proves with the key that is missing.
  const steps = { ...artifacts.steps, priceCircuit: { ...priceCircuit, options: "ezkljs" } };
  await Deno.writeTextFile(`${path}/artifacts.json`, JSON.stringify({ ...artifacts, steps }));
  await assert.rejects(free().prove(), /key\.pk/);
  priceCircuit.inputs["network.compiled"] = "of another circuit";
  await Deno.writeTextFile(
    `${path}/artifacts.json`,
    JSON.stringify({ ...artifacts, steps: { ...steps, priceCircuit } }),
  );
  assert.equal((await free().prove()).made, false);
});

testInFolder("a step tells what it made, why, and its files", async ({ path, open }) => {
  const first = await open().genSettings(TINY_ARGS);
  const [{ name, bytes, sha256, ...rest }] = first.files;
  assert.deepEqual({ name, ...rest }, { name: "settings.json", path: `${path}/settings.json` });
  assert.equal(bytes, (await Deno.stat(`${path}/settings.json`)).size);
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual([first.made, first.reason], [true, "there is no settings.json"]);
  assert.ok(first.seconds > 0);
  const second = await open().genSettings(TINY_ARGS);
  assert.deepEqual([second.made, second.reason], [false, null]);
  assert.deepEqual(second.files, first.files);
  assert.equal((await open().genSettings({ ...TINY_ARGS, logrows: 8 })).reason, "its options changed");
});

testInFolder("a changed file makes everything behind it again, and nothing else", async ({ path, open }) => {
  await runAll(open());
  const changed = async (name: string, content: Uint8Array | string) => {
    await Deno.writeFile(`${path}/${name}`, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return await runAll(open());
  };
  const { made, valid } = await changed("input.json", inputJson(SAMPLES[1]));
  assert.deepEqual([made, valid], [["genWitness", "prove"], true]);
  const proof = await Deno.readFile(`${path}/test.pf`);
  proof[proof.length >> 1] ^= 1;
  assert.deepEqual(await changed("test.pf", proof), { made: ["prove"], valid: true });
  const srs = await Deno.readFile(`${path}/kzg.unsafe.srs`);
  srs[5000] ^= 1;
  assert.deepEqual(await changed("kzg.unsafe.srs", srs), { made: ["genSrs", "setup", "prove"], valid: true });
  const vk = await Deno.readFile(`${path}/key.vk`);
  assert.deepEqual(await changed("key.vk", vk.slice(0, -1)), { made: ["setup"], valid: true });
  await Deno.remove(`${path}/witness.json`);
  assert.deepEqual(await runAll(open()), { made: ["genWitness"], valid: true });
  assert.deepEqual(await changed("artifacts.json", "{"), {
    made: ALL.filter((step) => step !== "genSrs"),
    valid: true,
  });
  const other = await changed("network.onnx", tinyOnnx(2));
  assert.deepEqual(other, { made: ALL.filter((step) => step !== "genSrs"), valid: true });
});

testInFolder(
  "settings that were changed by hand are noticed, and go on where that is asked for",
  async ({ path, open }) => {
    await open().genSettings(TINY_ARGS);
    await open().compileCircuit();
    const settings = await Deno.readTextFile(`${path}/settings.json`);
    await Deno.writeTextFile(`${path}/settings.json`, settings.replace('"logrows":7', '"logrows":8'));
    await open().genSrs();
    await assert.rejects(
      open().setup(),
      /setup\(\): network\.compiled has logrows 7 inside, and settings\.json has 8: they describe different circuits/,
    );
    assert.equal((await open().compileCircuit()).reason, "settings.json changed");
    const again = await open().genSettings(TINY_ARGS);
    assert.equal(again.reason, "settings.json is not as it was made: it was damaged or replaced");
  },
);

testInFolder("a calibration starts from the settings before any calibration", async ({ path, open }) => {
  await Deno.writeFile(`${path}/network.onnx`, tinySigmoidOnnx());
  const run = async (scales: number[]) => {
    const results: StepResult[] = [
      await open().genSettings(UNCALIBRATED_ARGS),
      await open().calibrateSettings({ scales }),
    ];
    return { made: results.filter(({ made }) => made).map(({ step }) => step), text: await read() };
  };
  const read = () => Deno.readTextFile(`${path}/settings.json`);
  const first = await run([3]);
  assert.deepEqual(first.made, ["genSettings", "calibrateSettings"]);
  const second = await run([4]);
  assert.deepEqual(second.made, ["calibrateSettings"]);
  assert.notEqual(second.text, first.text);
  const third = await run([3]);
  assert.deepEqual(third, { made: ["calibrateSettings"], text: first.text });
  assert.deepEqual((await run([3])).made, []);
});

testInFolder(
  "fidelity leaves the rounded network beside the settings, and it is what is compiled",
  async ({ path, open }) => {
    await Deno.writeFile(`${path}/network.onnx`, tinySigmoidOnnx());
    await open().genSettings();
    const options = { target: "fidelity", tolerance: 0.5 } as const;
    const found = await open().calibrateSettings(options);
    assert.deepEqual(found.files.map(({ name }) => name), ["network.calibrated.onnx", "settings.json"]);
    assert.ok(found.report !== null && "candidates" in found.report);
    const compiled = await open().compileCircuit();
    const record = JSON.parse(await Deno.readTextFile(`${path}/artifacts.json`)).steps.compileCircuit;
    assert.deepEqual(Object.keys(record.inputs), ["network.calibrated.onnx", "settings.json"]);
    await open().genSrs();
    await open().setup();
    await open().genWitness();
    await open().prove();
    assert.equal(await open().verify(), true);
    const again = await open().calibrateSettings(options);
    assert.deepEqual([again.made, again.report], [false, null]);
    assert.equal((await open().calibrateSettings()).made, true);
    assert.equal((await open().compileCircuit()).reason, "it reads other files");
    assert.equal(compiled.made, true);
  },
);

testInFolder(
  "a verifier needs the proof, the settings, the verifying key and the reference string alone",
  async (place) => {
    await runAll(place.open());
    await inFolder(async (path) => {
      for (const name of ["test.pf", "settings.json", "key.vk", "kzg.unsafe.srs"]) {
        await Deno.copyFile(`${place.path}/${name}`, `${path}/${name}`);
      }
      const verifier = new ProvingFolder(path, "network.onnx");
      assert.equal(await verifier.verify(), true);
      const proof = JSON.parse(await Deno.readTextFile(`${path}/test.pf`));
      proof.instances[0][0] = `07${"0".repeat(62)}`;
      await Deno.writeTextFile(`${path}/test.pf`, JSON.stringify(proof));
      assert.equal(await verifier.verify(), false);
      await Deno.remove(`${path}/kzg.unsafe.srs`);
      await assert.rejects(
        verifier.verify(),
        /kzg\.srs is not there; get the ceremony's reference string with getSrs\(\)/,
      );
      assert.equal([...Deno.readDirSync(path)].length, 3);
    });
  },
);

testInFolder(
  "a folder's contract accepts its proof, and is made again where the key is another",
  async ({ path, open }) => {
    await runAll(open());
    const made = await open().createEvmVerifier();
    assert.deepEqual([made.made, made.files.map(({ name }) => name)], [true, ["verifier.sol", "verifier.json"]]);
    assert.equal((await open().encodeVerifierCalldata()).made, true);
    const told = JSON.parse(await Deno.readTextFile(`${path}/verifier.json`));
    const { holds, deployGas, verifyGas } = await open().runEvmVerifier({ hardfork: "cancun" });
    assert.deepEqual([holds, deployGas], [true, [told.deployGas]]);
    assert.ok(Math.abs(verifyGas - told.verifyGas) < 0.02 * verifyGas, `${verifyGas} gas, told ${told.verifyGas}`);
    assert.deepEqual([told.contractName, told.hardfork, told.abi[0].name], ["Halo2Verifier", "cancun", "verifyProof"]);
    assert.match(await Deno.readTextFile(`${path}/verifier.sol`), /The reference string is an unsafe one, for tests/);
    assert.equal((await open().createEvmVerifier()).made, false);

    const calldata = await Deno.readTextFile(`${path}/calldata`);
    const other = calldata.replace(/.$/, (digit) => digit === "0" ? "1" : "0");
    await Deno.writeTextFile(`${path}/calldata`, other);
    assert.equal((await open().runEvmVerifier()).holds, false);
    await Deno.writeTextFile(`${path}/calldata`, "0xabc");
    await assert.rejects(open().runEvmVerifier(), /calldata is not 0x and pairs of hexadecimal digits; it is damaged/);
    await Deno.writeTextFile(`${path}/verifier.json`, "{}");
    await assert.rejects(open().runEvmVerifier(), /verifier\.json: bytecode is not 0x and pairs/);
    assert.match((await open().createEvmVerifier()).reason!, /verifier\.json is not as it was made/);
    await Deno.writeFile(`${path}/key.vk`, madeBytes("gemm", "vk.key"));
    await assert.rejects(open().createEvmVerifier(), { name: "FormatError" });
  },
);

testInFolder(
  "getSrs() takes a file that is there and right, and replaces no file by a wrong one",
  async ({ path, open }) => {
    await open().genSettings(TINY_ARGS);
    const source = `${path}/other.srs`;
    await open({ files: { unsafeSrs: source } }).genSrs();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(source))).toHex();
    await assert.rejects(open().getSrs({ path: source }), /SHA-256 of .*other\.srs is .* UNSAFE/);
    assert.equal((await open().getSrs({ path: source, sha256: digest })).reason, "there is no kzg.srs");
    assert.equal((await open().getSrs({ sha256: digest })).made, false);
    await Deno.writeTextFile(`${path}/kzg.srs`, "damaged");
    const again = await open().getSrs({ path: source, sha256: digest });
    assert.equal(again.reason, "kzg.srs is not the reference string for k = 7");
  },
);

testInFolder("a run that is killed at any file goes on right at the next run", async ({ path, open }) => {
  const script = new URL("./folder_run.ts", import.meta.url).href;
  let kills = 0;
  for (let at = 1; at <= 16; at++) {
    const when = at % 2 === 0 ? "before" : "after";
    const { signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", ...FROZEN, script, path, String(at), when],
    }).output();
    if (signal === null) {
      assert.equal(JSON.parse(new TextDecoder().decode(stdout)).valid, true, new TextDecoder().decode(stderr));
      break;
    }
    assert.equal(signal, "SIGKILL");
    kills++;
  }
  assert.ok(kills >= 4, `${kills}`);
  assert.deepEqual(await runAll(open()), { made: [], valid: true });
});

testInFolder(
  "a folder whose keys EZKL's engine made is gone on with, and the engine's again",
  async ({ path, open }) => {
    const byEngine = () => new ProvingFolder(path, "network.onnx", { prover: "ezkljs" });
    assert.deepEqual(await runAll(byEngine()), { made: ALL, valid: true });
    const pk = await Deno.readFile(`${path}/key.pk`);
    assert.deepEqual(await runAll(open()), { made: ["prove"], valid: true });
    assert.deepEqual(await Deno.readFile(`${path}/key.pk`), pk, "nobody touched it");
    await Deno.remove(`${path}/key.pk`);
    assert.equal((await open().setup()).reason, "there is no key.pk");
    assert.deepEqual((await open().setup()).files.map(({ name }) => name), ["key.vk"]);
    assert.deepEqual((await open().setup({ provingKey: true })).files.map(({ name }) => name), ["key.vk", "key.pk"]);
    assert.deepEqual(await Deno.readFile(`${path}/key.pk`), pk, "the bytes that the engine makes");
    assert.equal((await byEngine().prove()).reason, "it reads other files");
    await Deno.remove(`${path}/key.vk`);
    assert.equal((await open().prove()).made, false, "a proving key begins with the verifying key");
  },
);

testInFolder("what a killed run left half written is removed once nobody can be writing it", async ({ path, open }) => {
  const old = `${path}/key.pk.0123abcd.tmp`, fresh = `${path}/key.vk.0123abcd.tmp`, foreign = `${path}/my.0123abcd.tmp`;
  for (const name of [old, fresh, foreign]) await Deno.writeTextFile(name, "half");
  const hourAgo = Date.now() / 1000 - 3600;
  for (const name of [old, foreign]) await Deno.utime(name, hourAgo, hourAgo);
  await open().genSettings(TINY_ARGS);
  const left = [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => name.endsWith(".tmp")).sort();
  assert.deepEqual(left, ["key.vk.0123abcd.tmp", "my.0123abcd.tmp"]);
});

testInFolder("progress and the signal of a folder reach its steps", async ({ path, open }) => {
  const heard: ToolProgress[] = [];
  const stop = new AbortController();
  const folder = open({ signal: stop.signal, onProgress: (progress) => heard.push(progress) });
  await folder.genSettings(TINY_ARGS);
  await folder.compileCircuit();
  await folder.genSrs();
  const stopped = folder.setup();
  stop.abort(new Error("enough"));
  await assert.rejects(stopped, /enough/);
  await assert.rejects(Deno.stat(`${path}/key.vk`), Deno.errors.NotFound);
  const again = open({ onProgress: (progress) => heard.push(progress) });
  assert.equal((await again.setup()).made, true);
  assert.ok(heard.some(({ step, expected }) => step === "setup" && expected! > 0));
});
