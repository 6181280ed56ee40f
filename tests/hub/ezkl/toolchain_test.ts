import assert from "node:assert/strict";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  decodeCircuit,
  describeSrs,
  encodeCircuit,
  encodeVerifierCalldata,
  genSettings,
  genSrs,
  genWitness,
  inputJson,
  priceCircuit,
  proofFromJson,
  prove,
  readProof,
  settingsFromJson,
  settingsToJson,
  setup,
  type ToolProgress,
  verifierSrs,
  verify,
} from "../../../hub/mod.ts";
import { checkSameSettings } from "../../../hub/ezkl/guard/circuit.ts";
import { checkInput } from "../../../hub/ezkl/guard/input.ts";
import { inFolder } from "../../folder.ts";
import { failing, prover, testWithEngine } from "./asking.ts";
import { MADE, madeBytes, madeText, sharedBytes } from "./format/fixtures.ts";
import { PUBLISHED_SECRET } from "./srs/fixtures.ts";
import { chainOf, linearChain, TINY_ARGS, tinyOnnx, tinySigmoidOnnx } from "./tiny.ts";
import { FROZEN } from "../../frozen.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

testWithEngine("the whole chain in bytes: a proof that holds, and shows the network's own outputs", async (engine) => {
  const { settings, srs, vk, proof, compiled } = await linearChain();
  assert.equal(await verify(proof, vk, settings, srs), true);
  assert.equal(await verify(proof, vk, settings, verifierSrs(srs)), true);
  assert.equal(await engine.verify(proof, vk, bytes(settingsToJson(settings)), srs), true, "EZKL agrees");
  const { outputs, inputs, integers } = readProof(proof, settings);
  assert.equal(inputs, undefined);
  const { model } = decodeCircuit(compiled);
  const scale = model.nodes.get(model.outputs[0][0])!.outScale;
  assert.deepEqual(outputs!.map((tensor) => [...tensor]), [integers.outputs![0].map((v) => Number(v) / 2 ** scale)]);
  assert.equal((await describeSrs(srs)).origin, "unsafe");
});

Deno.test("steps without an engine start one and end it, so that the program ends", async () => {
  await inFolder(async (folder) => {
    const onnx = tinyOnnx();
    await Deno.writeFile(`${folder}/network.compiled`, compileCircuit(onnx, genSettings(onnx, TINY_ARGS)));
    const script = `import { genWitness } from ${JSON.stringify(new URL("../../../hub/mod.ts", import.meta.url).href)};
      const input = '{"input_data": [[1, 0, -1]]}';
      await Deno.stdout.write(await genWitness(Deno.readFileSync("network.compiled"), input));`;
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", ...FROZEN, script],
      cwd: folder,
      signal: AbortSignal.timeout(60_000),
    }).output();
    assert.ok(success, text(stderr));
    assert.match(text(stdout), /^\{"inputs":\[\["10{63}"/);
  });
});

testWithEngine("verify() is false for a whole proof that does not hold", async (engine) => {
  const { settings, srs, vk, proof } = await linearChain();
  const changed = (change: (json: { instances: string[][]; proof: number[]; hex_proof: string | null }) => void) => {
    const json = JSON.parse(text(proof));
    change(json);
    return bytes(JSON.stringify(json));
  };
  const otherNumber = changed((json) => json.instances[0][0] = `07${"0".repeat(62)}`);
  const otherByte = changed((json) => {
    json.proof[40] ^= 1;
    json.hex_proof = null;
  });
  const fewer = changed((json) => json.instances[0].pop());
  const more = changed((json) => json.instances[0].push("0".repeat(64)));
  const twice = changed((json) => json.instances.push(json.instances[0]));
  const longer = changed((json) => {
    json.proof.push(0);
    json.hex_proof = null;
  });
  assert.equal(await engine.verify(longer, vk, bytes(settingsToJson(settings)), srs), true, "the engine takes it");
  for (const wrong of [otherNumber, otherByte, fewer, more, twice, longer]) {
    assert.equal(await verify(wrong, vk, settings, srs), false);
  }
  assert.equal(await verify(proof, vk, settings, verifierSrs(await genSrs(7))), false);
});

Deno.test("verify() refuses damaged and foreign files instead of judging them", async () => {
  const { settings, srs, vk, proof } = await linearChain();
  const ask = (file: Uint8Array, key = vk, own = settings, string = srs) => verify(file, key, own, string);
  const otherHex = bytes(text(proof).replace(/"hex_proof":"0x../, '"hex_proof":"0x99'));
  await assert.rejects(ask(otherHex), failing("FormatError", /hex_proof is not the bytes of proof/));
  const twice = bytes(text(proof).replace("{", `{"instances":[["07${"0".repeat(62)}"]],`));
  await assert.rejects(ask(twice), failing("FormatError", /the key "instances" twice/));
  const otherKind = bytes(text(proof).replace('"transcript_type":"EVM"', '"transcript_type":"Poseidon"'));
  await assert.rejects(ask(otherKind), failing("FormatError", /transcript_type is "Poseidon", expected "EVM"/));
  const ipa = { ...settings, runArgs: { ...settings.runArgs, commitment: "IPA" as const } };
  await assert.rejects(ask(proof, vk, ipa), failing("FormatError", /"IPA", expected "KZG"/));
  await assert.rejects(ask(proof.slice(0, -1)), failing("FormatError", /not JSON/));
  await assert.rejects(ask(proof, vk.slice(0, -1)), failing("FormatError", /verifying key has 2694 bytes.*2695/));
  await assert.rejects(ask(proof, vk.slice(0, 5)), failing("FormatError", /has 5 bytes, which is no key/));
  await assert.rejects(ask(proof, srs), failing("FormatError", /no key of EZKL 21/));
  await assert.rejects(ask(proof, vk, settings, srs.slice(0, 900)), failing("FormatError", /900 bytes/));
  const wider = { ...settings, runArgs: { ...settings.runArgs, logrows: 8 } };
  await assert.rejects(ask(proof, vk, wider), failing("FormatError", /for logrows 7.*have logrows 8/));
});

Deno.test("a proof made here verifies with the plain engine package and nothing of zkgrad", async () => {
  const { settings, srs, vk, proof } = await linearChain();
  await inFolder(async (folder) => {
    const files = { proof, vk, settings: bytes(settingsToJson(settings)), srs };
    for (const [name, content] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, content);
    const script = `import engine from "npm:@ezkljs/engine@21.0.0";
      const read = (name) => new Uint8ClampedArray(Deno.readFileSync(name));
      const answer = (proof) => {
        try { return engine.verify(proof, read("vk"), read("settings"), read("srs")); } catch (error) { return error.message; }
      };
      const other = JSON.parse(Deno.readTextFileSync("proof"));
      other.instances[0][0] = "07" + "0".repeat(62);
      const say = (...words) => Deno.stdout.write(new TextEncoder().encode(words.join(" ")));
      await say(answer(read("proof")), answer(new Uint8ClampedArray(new TextEncoder().encode(JSON.stringify(other)))));`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", ...FROZEN, "--no-config", script],
      cwd: folder,
    }).output();
    assert.match(text(stdout), /^true .*not satisfied/, text(stderr));
  });
});

Deno.test("verify() accepts the proofs that other programs made, and readProof() reads them", async () => {
  const [points, other] = await Promise.all([1, 6].map((k) => genSrs(k, { secret: PUBLISHED_SECRET })));
  for (const model of MADE) {
    const settings = settingsFromJson(madeText(model, "settings.json"));
    const [proof, vk] = [madeBytes(model, "proof.json"), madeBytes(model, "vk.key")];
    assert.equal(await verify(proof, vk, settings, points), true, model);
    assert.equal(await verify(proof, vk, settings, other), true, `${model} with a string of another k`);
    const { outputs } = JSON.parse(madeText(model, "witness.json"));
    assert.deepEqual(proofFromJson(text(proof)).instances.map((column) => column.length), [outputs[0].length]);
    assert.equal(readProof(proof, settings).outputs![0].length, outputs[0].length);
  }
});

testWithEngine("genWitness() gives the bytes that other programs' witnesses have", async (engine) => {
  for (const model of MADE) {
    for (const by of [{ engine }, {}]) {
      const witness = await genWitness(madeBytes(model, "model.compiled"), madeBytes(model, "input.json"), by);
      assert.equal(text(witness), madeText(model, "witness.json"), model);
    }
  }
});

const native = (file: string) => sharedBytes(`native/v21.0.0-assets/${file}`);
const hasNative = native("model.compiled") !== null;
Deno.test({
  name: `EZKL's own circuit and reference string prove and verify here${
    hasNative ? "" : " (ignored: other people's and no part of the repository)"
  }`,
  ignore: !hasNative,
  fn: async () => {
    const compiled = native("model.compiled")!, srs = native("kzg")!;
    const { settings } = decodeCircuit(compiled);
    const { vk } = await setup(compiled, srs, { prover });
    const witness = await genWitness(compiled, native("input.json")!, { prover, roundInputs: true });
    assert.deepEqual(witness, native("witness.json"));
    const proof = await prove(witness, vk, compiled, srs, { prover });
    assert.equal(await verify(proof, vk, settings, srs), true);
  },
});

Deno.test("genWitness() refuses every input.json that does not fit, before the engine sees it", () => {
  const onnx = tinyOnnx(), circuit = decodeCircuit(compileCircuit(onnx, genSettings(onnx, TINY_ARGS)));
  const cases: [string, RegExp][] = [
    ["[1", /input\.json is not JSON/],
    ["{}", /no list of lists under "input_data"/],
    ['{"input_data": []}', /has 0 lists under "input_data", expected 1/],
    ['{"input_data": [[1, 0, -1], [2]]}', /has 2 lists under "input_data", expected 1/],
    [
      '{"input_data": [1, 0, -1]}',
      /has one flat list of 3 values under "input_data", expected a list with one flat list/,
    ],
    ['{"input_data": [5]}', /has one flat list of 1 values under "input_data"/],
    ['{"input_data": ["a", [1]]}', /has 2 lists under "input_data", expected 1/],
    ['{"input_data": [[]]}', /has 0 elements, expected 3 for the shape/],
    ['{"input_data": [[1, 2]]}', /has 2 elements, expected 3/],
    ['{"input_data": [[[1, 2, 3]]]}', /element 0 of .* is a list, expected one flat list of 3 numbers/],
    ['{"input_data": [[1, true, 3]]}', /element 1 of .* is true, expected a number/],
    ['{"input_data": [[1, null, 3]]}', /element 1 of .* is null, expected a number/],
    ['{"input_data": [[1, 2, 1e40]]}', /element 2 of .* expected a finite number in the range of 32-bit floats/],
    ['{"input_data": [[1e999, 2, 3]]}', /element 0 of .* expected a finite number/],
    ['{"input_data": [[1, 20000, 3]]}', /element 1 of .* is 20000, which at scale 4 is 320000; .* at most 262143/],
    ['{"input_data": [["0x1", 2, 3]]}', /element 0 of .* "0x1", expected a number, or a field element/],
  ];
  for (const [json, message] of cases) {
    assert.throws(() => checkInput(json, circuit), failing("FormatError", message), json);
  }
  checkInput(`{"input_data": [["02${"0".repeat(62)}", 2, -16383]], "input_shapes": [[3]]}`, circuit);
});

Deno.test("setup() and prove() name both numbers of a reference string of another k", async () => {
  const { compiled, pk, witness } = await linearChain();
  const other = await genSrs(8);
  const message = /reference string is for k = 8, and the circuit has logrows 7/;
  await assert.rejects(setup(compiled, other), failing("ArgumentError", message));
  await assert.rejects(prove(witness, pk, compiled, other), failing("ArgumentError", message));
});

Deno.test(
  "setup() refuses settings that are not the circuit's, and circuits beyond the engine's memory",
  async () => {
    const { compiled, srs } = await linearChain();
    const { model, settings } = decodeCircuit(compiled);
    const refused = (change: Partial<typeof settings>, message: RegExp, name = "ArgumentError") =>
      assert.rejects(
        setup(encodeCircuit({ model, settings: { ...settings, ...change } }), srs, { prover: "ezkljs" }),
        failing(name, message),
      );
    await refused({ totalAssignments: 10 }, /count 10 totalAssignments, and the circuit fills \d+ cells/);
    await refused(
      { modelInstanceShapes: [[1, 3]] },
      /modelInstanceShapes \[\[1,3\]\], and the circuit has \[\[1,2\]\]/,
    );
    await refused({ requiredRangeChecks: [[-1n, 1n]] }, /no \[0,63\] among requiredRangeChecks/);
    await refused({ totalConstSize: 0 }, /count 0 totalConstSize, which fill 0 columns, and the circuit's \d+ fill 1/);
    await refused({ modelOutputScales: [5] }, /say modelOutputScales \[5\], and the circuit has \[4\]/);
    await refused(
      { totalAssignments: 2 ** 31 },
      /2147483648 totalAssignments, which fill \d+ blocks/,
      "CircuitTooLargeError",
    );
    await refused({ totalAssignments: 1e6 }, /would have \d+ MB and need .* GiB/, "CircuitTooLargeError");
  },
);

testWithEngine("prove() refuses a value beyond the tables, which the engine would prove in vain", async (engine) => {
  const onnx = tinySigmoidOnnx();
  const { settings, compiled, srs, pk, vk, proof } = await chainOf(onnx);
  assert.equal(await verify(proof, vk, settings, srs), true);
  const witness = await genWitness(compiled, inputJson(Float32Array.of(30, -30, 30)));
  const message =
    /looks up values from -?\d+ to -?\d+, and the tables hold -128 to 231 .*: node \d+ \(.*Sigmoid.*\) is given/;
  for (const by of [{ engine }, { prover }]) {
    await assert.rejects(prove(witness, pk, compiled, srs, by), failing("ArgumentError", message));
  }
  const wrong = await engine.prove(witness, pk, compiled, srs);
  assert.equal(await verify(wrong, vk, settings, srs), false);
});

Deno.test("prove() refuses witnesses and keys of other circuits", async () => {
  const { compiled, srs, pk, witness } = await linearChain();
  const other = bytes(madeText("gemm", "witness.json"));
  const ask = (values: Uint8Array, key: Uint8Array) => prove(values, key, compiled, srs, { prover });
  await assert.rejects(ask(other, pk), failing("ArgumentError", /witness has inputs of \[8\] .*circuit's have \[3\]/));
  await assert.rejects(ask(witness, pk.slice(0, -8)), failing("FormatError", /key has 888275 bytes.*888283/));
  const forged = JSON.parse(text(witness));
  forged.outputs[0][1] = `05${"0".repeat(62)}`;
  const message = /element 1 of output 0 is 5 in the witness, and the circuit gives -?\d+ for its inputs/;
  await assert.rejects(ask(bytes(JSON.stringify(forged)), pk), failing("ArgumentError", message));
  await assert.rejects(ask(witness.slice(3), pk), failing("FormatError", /witness\.json is not JSON/));
});

Deno.test("checkSameSettings() names the first setting that differs", () => {
  const settings = genSettings(tinyOnnx(), TINY_ARGS);
  checkSameSettings("setup()", settings, { ...settings, version: "0.0.0", timestamp: 5n });
  const wider = { ...settings, runArgs: { ...settings.runArgs, lookupRange: [-5n, 5n] as [bigint, bigint] } };
  assert.throws(
    () => checkSameSettings("setup()", settings, wider),
    failing("ArgumentError", /network\.compiled has lookup_range \[-128,127\] inside, and settings\.json has \[-5,5\]/),
  );
});

Deno.test("calibrateSettings() takes EZKL's targets and fidelity, and its settings compile", async () => {
  const onnx = tinySigmoidOnnx(), settings = genSettings(onnx, { paramVisibility: "Fixed" });
  const data = calibrationJson([Float32Array.of(1, 0, -1), Float32Array.of(0, 1, 1), Float32Array.of(1, 1, 0)]);
  for (const target of ["resources", "resources/col-overflow", "accuracy", "fidelity"] as const) {
    const options = target === "fidelity" ? { target, tolerance: 0.5 } : { target, scales: [3, 4] };
    const found = await calibrateSettings(onnx, settings, data, options);
    const { settings: inside } = decodeCircuit(compileCircuit(found.onnx, found.settings));
    assert.deepEqual(inside.runArgs, found.settings.runArgs, target);
    assert.equal(found.settings.zkgrad !== undefined, target === "fidelity");
  }
  const unknown = { target: "speed" } as unknown as { target: "accuracy" };
  await assert.rejects(
    calibrateSettings(onnx, settings, data, unknown),
    failing("ArgumentError", /target: there is no "speed"; it takes resources/),
  );
  await assert.rejects(
    calibrateSettings(onnx, settings, '{"input_data": [[1, 2]]}'),
    failing("FormatError", /cal_data\.json holds 2 numbers, expected a multiple of 3/),
  );
});

for (const by of [{ prover: "zkgrad" }, { prover: "ezkljs" }] as const) {
  Deno.test(`steps by ${by.prover} report progress, stop at a signal, and end with what a listener throws`, async () => {
    const { compiled, srs } = await linearChain();
    const heard: ToolProgress[] = [];
    await setup(compiled, srs, { ...by, onProgress: (progress) => heard.push(progress) });
    assert.equal(heard[0].step, "setup");
    assert.ok(heard[0].elapsed >= 0 && heard[0].expected! > 0);
    const stop = new AbortController();
    const stopped = setup(compiled, srs, { ...by, signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(stopped, /enough/);
    const listener = () => {
      throw new Error("from the listener");
    };
    await assert.rejects(setup(compiled, srs, { ...by, onProgress: listener }), /from the listener/);
  });
}

Deno.test("priceCircuit() gives the sizes that the keys then have", async () => {
  const { compiled, vk, pk } = await linearChain();
  const { vkBytes, pkBytes } = priceCircuit(compiled);
  assert.deepEqual([vkBytes, pkBytes], [vk.length, pk.length]);
});

testWithEngine("encodeVerifierCalldata() writes what the engine writes", async (engine) => {
  const { proof } = await linearChain();
  const plain = await encodeVerifierCalldata(proof);
  assert.equal(plain.subarray(0, 4).toHex(), "1e8e1e13");
  assert.deepEqual(plain, await engine.encodeVerifierCalldata(proof));
  const vkAddress = Uint8Array.from({ length: 20 }, (_, i) => i + 1);
  const apart = await encodeVerifierCalldata(proof, { vkAddress });
  assert.equal(apart.subarray(0, 4).toHex(), "af83a18d");
  assert.deepEqual(apart, await engine.encodeVerifierCalldata(proof, vkAddress));
  const longer = JSON.parse(text(proof));
  longer.proof.push(0);
  longer.hex_proof = null;
  const asked = encodeVerifierCalldata(bytes(JSON.stringify(longer)));
  await assert.rejects(asked, failing("FormatError", /proof has \d+ bytes, expected whole words of 32/));
  const short = { vkAddress: vkAddress.slice(1) };
  await assert.rejects(encodeVerifierCalldata(proof, short), failing("ArgumentError", /vkAddress has 19 bytes/));
});
