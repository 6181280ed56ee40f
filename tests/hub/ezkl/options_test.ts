/** Every option and name of the toolchain is known or refused, with the nearest one, at the first call. */
import assert from "node:assert/strict";
import {
  calibrateSettings,
  compileCircuit,
  encodeVerifierCalldata,
  Engine,
  FOLDER_FILES,
  genSettings,
  genSrs,
  genWitness,
  getSrs,
  prove,
  ProvingFolder,
  runArgs,
  settingsFromJson,
  settingsToJson,
  setup,
  verify,
} from "../../../hub/mod.ts";
import { parseRunArguments } from "../../../hub/server/jobs/run_arguments.ts";
import { inFolder } from "../../folder.ts";
import { linearChain, TINY_ARGS, tinyOnnx } from "./tiny.ts";

const onnx = tinyOnnx(), settings = genSettings(onnx, TINY_ARGS);
const plain = genSettings(onnx);
const data = '{"input_data": [[1, 0, -1, 0, 1, 1]]}';

const wrongArgs: [name: string, value: unknown, message: RegExp][] = [
  ["inputScal", 4, /no option inputScal, did you mean inputScale\? It takes inputScale, paramScale, /],
  ["input_scale", 4, /no option input_scale, did you mean inputScale\?/],
  ["weights", 4, /no option weights; it takes inputScale/],
  [
    "inputVisibility",
    "private",
    /^runArgs, inputVisibility: there is no "private", did you mean Private\? It takes Private, Public, /,
  ],
  ["outputVisibility", "PUBLIC", /outputVisibility: there is no "PUBLIC", did you mean Public\?/],
  ["paramVisibility", "hashed", /paramVisibility: there is no "hashed"; it takes Private, Public, Fixed, KZGCommit$/],
  [
    "paramVisibility",
    { Hashed: { hashIsPublic: true, outlets: [] } },
    /expected Private or Fixed; EZKL.*the hash would bind nothing/,
  ],
  [
    "inputVisibility",
    { Hashed: { hashIsPublic: false, outlets: [] } },
    /Private, Public or Hashed; a hash that is not shown/,
  ],
  ["outputVisibility", { Hashed: { hashIsPublic: true, outlets: [0] } }, /made of some tensors alone/],
  ["inputVisibility", "KZGCommit", /inputVisibility is "KZGCommit", expected Private, Public or Hashed; commitments/],
  ["inputVisibility", null, /inputVisibility: there is no null; it takes/],
  ["commitment", "IPA", /commitment: there is no "IPA"; it takes KZG$/],
  ["commitment", "kzg", /commitment: there is no "kzg", did you mean KZG\? It takes KZG$/],
  ["checkMode", "safe", /checkMode: there is no "safe", did you mean SAFE\? It takes SAFE, UNSAFE$/],
  ["logrows", 27, /logrows is 27, expected a whole number from 1 to 26$/],
  ["logrows", "17", /logrows is "17", expected a whole number from 1 to 26$/],
  ["inputScale", 2.5, /inputScale is 2\.5, expected a whole number from -62 to 62$/],
  ["numInnerCols", 0, /numInnerCols is 0, expected a whole number from 1/],
  ["decompLegs", Infinity, /decompLegs is Infinity, expected a whole number from 1/],
  ["lookupRange", [-8, 8], /lookupRange is \[-8, 8\], expected two bigints, as in \[-32768n, 32768n\]$/],
  ["lookupRange", "all", /lookupRange is "all", expected two bigints/],
  ["variables", { batch: 1 }, /variables is an object, expected pairs of a name and a number/],
  ["variables", [["n", 0]], /variable n is 0, expected a whole number from 1$/],
  ["ignoreRangeCheckInputsOutputs", 1, /ignoreRangeCheckInputsOutputs is 1, expected true or false$/],
  ["rebaseFracZeroConstants", "no", /rebaseFracZeroConstants is "no", expected true or false$/],
];
for (const [name, value, message] of wrongArgs) {
  Deno.test(`the run argument ${name} ${JSON.stringify(value) ?? value} is refused wherever it is read`, async () => {
    const refusal = { name: "ArgumentError", message };
    assert.throws(() => genSettings(onnx, { ...TINY_ARGS, [name]: value }), refusal);
    if (!(name in settings.runArgs)) return;
    const wrong = { ...settings, runArgs: { ...settings.runArgs, [name]: value } } as typeof settings;
    assert.throws(() => compileCircuit(onnx, wrong), refusal);
    await assert.rejects(calibrateSettings(onnx, wrong, data), refusal);
  });
}

Deno.test("run arguments that are left undefined are EZKL's, and null is its word for KZG", () => {
  assert.deepEqual(runArgs({ inputScale: undefined, commitment: null } as object), { ...runArgs(), commitment: null });
});

Deno.test("settings.json keeps EZKL's spelling, and says where it is another's", () => {
  const text = settingsToJson(settings);
  assert.deepEqual(settingsFromJson(text), settings);
  const other = (from: string, to: string) => () => settingsFromJson(text.replace(from, to));
  assert.throws(
    other('"input_visibility":"Private"', '"input_visibility":"private"'),
    /input_visibility is "private", expected one of Private, /,
  );
  assert.throws(other('"commitment":"KZG"', '"commitment":"kzg"'), /commitment is "kzg", expected one of KZG, IPA/);
  const ipa = settingsFromJson(text.replace('"commitment":"KZG"', '"commitment":"IPA"'));
  assert.throws(() => compileCircuit(onnx, ipa), /commitment: there is no "IPA"; it takes KZG/);
});

Deno.test("a hub takes the names in any case, and refuses what is none", () => {
  assert.equal(parseRunArguments('{"inputVisibility": "PUBLIC"}').inputVisibility, "Public");
  assert.throws(() => parseRunArguments('{"commitment": "ipa"}'), /commitment is "ipa", expected one of kzg/);
});

const calls: [name: string, call: (options: never) => Promise<unknown>, options: object, message: RegExp][] = [
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { scale: [3] },
    /scale, did you mean scales\?/,
  ],
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { target: "Accuracy" },
    /target: there is no "Accuracy", did you mean accuracy\?/,
  ],
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { tolerance: 0.1 },
    /for resources: there is no option tolerance/,
  ],
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { target: "fidelity", scales: [3] },
    /for fidelity: there is no option scales/,
  ],
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { scales: [] },
    /scales is \[\], expected a list of one number or more/,
  ],
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { scales: [3.5] },
    /scales\[0\] is 3\.5, expected a whole number/,
  ],
  [
    "calibrateSettings",
    (o) => calibrateSettings(onnx, plain, data, o),
    { lookupSafetyMargin: 0.5 },
    /lookupSafetyMargin is 0\.5, expected a number from 1$/,
  ],
  ["getSrs", (o) => getSrs(7, o), { paths: "srs" }, /paths, did you mean path\?/],
  ["getSrs", (o) => getSrs(7, o), { path: 7 }, /path is 7, expected a text/],
  [
    "getSrs",
    (o) => getSrs(7, o),
    { url: "https://example.org", patience: "long" },
    /patience is "long", expected a number from 0$/,
  ],
  ["genSrs", (o) => genSrs(3, o), { seed: 1n }, /no option seed; it takes secret, onProgress, signal$/],
  [
    "setup",
    async (o) => await setup(compileCircuit(onnx, settings), await genSrs(7), o),
    { onprogress: () => {} },
    /setup\(\): there is no option onprogress, did you mean onProgress\?/,
  ],
  [
    "setup",
    async (o) => await setup(compileCircuit(onnx, settings), await genSrs(7), o),
    { engine: {} },
    /engine is an object, expected an Engine/,
  ],
  [
    "genWitness",
    (o) => genWitness(compileCircuit(onnx, settings), '{"input_data": [[1, 0, 0]]}', o),
    { threads: 1 },
    /no option threads/,
  ],
  [
    "Engine.create",
    (o) => Engine.create(o),
    { thread: 1 },
    /Engine: there is no option thread, did you mean threads\?/,
  ],
  ["Engine.create", (o) => Engine.create(o), { threads: "2" }, /threads is "2", expected a whole number/],
];
for (const [name, call, options, message] of calls) {
  const shown = JSON.stringify(options, (_key, value) => typeof value === "bigint" ? String(value) : value);
  Deno.test(`${name}() refuses ${shown} with ${message.source.slice(0, 40)}`, async () => {
    await assert.rejects(async () => await call(options as never), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, "ArgumentError");
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("proving, verifying and the folder refuse options that they do not know", async () => {
  await using engine = new Engine({ threads: 1 });
  const { proof, vk, settings: own, srs, witness, pk, compiled } = await linearChain();
  const refusal = {
    name: "ArgumentError",
    message: /there is no option time; it takes signal, timeout, prover, engine, onProgress/,
  };
  const options = { time: 5 } as object;
  await assert.rejects(prove(witness, pk, compiled, srs, options), refusal);
  await assert.rejects(
    verify(proof, vk, own, srs, options as never),
    /verify\(\) takes .* and nothing else: it needs no engine/,
  );
  await assert.rejects(encodeVerifierCalldata(proof, options), /there is no option time; it takes vkAddress/);
  await assert.rejects(engine.genVk(compiled, srs, { engine } as object), /genVk\(\): there is no option engine/);
  await assert.rejects(engine.genVk(compiled, srs, { timeout: -1 }), /timeout is -1, expected a number from 0$/);
  await inFolder(async (folder) => {
    const open = (given: object) => new ProvingFolder(folder, "network.onnx", given);
    assert.throws(() => open({ file: {} }), /no option file, did you mean files/);
    assert.throws(
      () => open({ files: { proofs: "a" } }),
      /files: there is no option proofs, did you mean proof\?/,
    );
    assert.deepEqual(open({ files: { proof: "a" } }).files, { ...FOLDER_FILES, proof: "a" });
    await Deno.writeFile(`${folder}/network.onnx`, onnx);
    await assert.rejects(open({}).genSettings({ inputscale: 1 } as object), /did you mean inputScale/);
    await open({}).genSettings(TINY_ARGS);
    await assert.rejects(open({}).getSrs({ adress: "x" } as object), /no option adress/);
    await assert.rejects(open({}).genSrs({ secrets: 1n } as object), /did you mean secret/);
  });
});
