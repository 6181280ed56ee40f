/** settings.json: the same text back, numbers exact, and what is missing or wrong named. */
import assert from "node:assert/strict";
import engine from "npm:@ezkljs/engine@21.0.0/nodejs/ezkl.js";
import type { GraphSettings } from "../../../../hub/ezkl/format/settings.ts";
import { decodeCircuit, encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { settingsFromJson, settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { unsafeSrs } from "../srs/fixtures.ts";
import { MADE, madeBytes, madeText, sharedTest } from "./fixtures.ts";

const gemm = (): GraphSettings => settingsFromJson(madeText("gemm", "settings.json"));

for (const model of MADE) {
  Deno.test(`settingsToJson() gives back made/${model}, which agrees with its circuit`, () => {
    const text = madeText(model, "settings.json");
    const settings = settingsFromJson(text);
    // The file's writer had no floats: 256 there is 256.0 here, as the native program has it.
    assert.equal(settingsToJson(settings), text.replaceAll(/("scale":\d+)}/g, "$1.0}"));
    assert.deepEqual(decodeCircuit(madeBytes(model, "model.compiled")).settings, settings);
  });
}

for (const model of ["rwkv", "xlstm", "mamba"]) {
  sharedTest(
    `settingsToJson() gives back the native settings of ${model}, without version 22's epsilon`,
    `native/v22.0.1-${model}_simple/settings.json`,
    (bytes) => {
      const text = new TextDecoder().decode(bytes);
      assert.equal(settingsToJson(settingsFromJson(text)), text.replace(',"epsilon":null', ""));
    },
  );
}

sharedTest(
  "settingsFromJson() reads older settings with other keys",
  "native/v21.0.0-assets/settings.json",
  (bytes) => {
    const settings = settingsFromJson(new TextDecoder().decode(bytes));
    assert.deepEqual(settings.runArgs.variables, [["batch_size", 1]]);
    assert.equal(settings.timestamp, 1726429587279n);
    assert.equal(settings.inputTypes, null);
    assert.equal(settings.numRows, 236);
  },
);

Deno.test("settings keep whole numbers of any size", () => {
  const settings = gemm();
  settings.runArgs.lookupRange = [-(2n ** 127n), 2n ** 127n - 1n];
  settings.requiredRangeChecks = [[-(2n ** 53n) - 1n, 2n ** 53n + 1n]];
  settings.timestamp = 2n ** 128n - 1n;
  const text = settingsToJson(settings);
  assert.match(
    text,
    /"lookup_range":\[-170141183460469231731687303715884105728,170141183460469231731687303715884105727\]/,
  );
  assert.match(text, /"required_range_checks":\[\[-9007199254740993,9007199254740993\]\]/);
  assert.deepEqual(settingsFromJson(text), settings);
  assert.equal(engine.settingsValidation(clamped(new TextEncoder().encode(text))), true);
});

Deno.test("settings keep what zkgrad adds, and the engine reads past it", () => {
  const settings = gemm();
  settings.zkgrad = { note: [1.5, null, "é", { deep: [[]] }], large: 2n ** 60n };
  const text = settingsToJson(settings);
  assert.match(text, /,"zkgrad":\{"note":\[1\.5,null,"é",\{"deep":\[\[\]\]\}\],"large":1152921504606846976\}\}$/);
  assert.deepEqual(settingsFromJson(text), settings);
  assert.equal(settingsFromJson(`${text.slice(0, text.indexOf(',"zkgrad"'))},"zkgrad":null}`).zkgrad, null);
  assert.equal(engine.settingsValidation(clamped(new TextEncoder().encode(text))), true);
});

Deno.test("the engine verifies with settings that hold zkgrad's key", () => {
  const settings = new TextEncoder().encode(settingsToJson({ ...gemm(), zkgrad: { note: [1.5, null, 2n ** 60n] } }));
  const [proof, key] = ["proof.json", "vk.key"].map((file) => clamped(madeBytes("gemm", file)));
  assert.equal(engine.verify(proof, key, clamped(settings), clamped(unsafeSrs(1))), true);
});

Deno.test("zkgrad's own settings are no part of the compiled circuit", () => {
  const bytes = madeBytes("gemm", "model.compiled");
  const circuit = decodeCircuit(bytes);
  circuit.settings.zkgrad = { a: 1 };
  assert.deepEqual(encodeCircuit(circuit), bytes);
});

Deno.test("settingsToJson() refuses what has no JSON", () => {
  const settings = gemm();
  const loop: unknown[] = [];
  loop.push(loop);
  assert.throws(() => settingsToJson({ ...settings, zkgrad: loop }), {
    name: "ArgumentError",
    message: /^settings\.json cannot be written as JSON: /,
  });
  assert.throws(() => settingsToJson({ ...settings, numRows: NaN }), {
    name: "ArgumentError",
    message: "settings.json: numRows is NaN, expected a whole number from 0 to 4294967295",
  });
  assert.throws(() => settingsToJson({ ...settings, requiredLookups: [{ name: "Ln", scale: Infinity }] }), {
    name: "ArgumentError",
    message: /requiredLookups\[0\]\.scale is Infinity, expected a finite number/,
  });
});

const mayBeAbsent = ["num_blinding_factors", "timestamp", "input_types", "output_types"];
Deno.test("settingsFromJson() names the key that is missing", () => {
  const json = JSON.parse(madeText("gemm", "settings.json"));
  for (const key of Object.keys(json)) {
    const { [key]: _, ...rest } = json;
    if (mayBeAbsent.includes(key)) assert.doesNotThrow(() => settingsFromJson(JSON.stringify(rest)), key);
    else {
      assert.throws(() => settingsFromJson(JSON.stringify(rest), "s.json"), {
        name: "FormatError",
        message: `s.json: the content has no key "${key}", expected one`,
      });
    }
  }
  for (const key of Object.keys(json.run_args)) {
    const { [key]: _, ...rest } = json.run_args;
    const text = JSON.stringify({ ...json, run_args: rest });
    if (key === "commitment") assert.equal(settingsFromJson(text).runArgs.commitment, null);
    else {assert.throws(() => settingsFromJson(text), {
        message: `settings.json: run_args has no key "${key}", expected one`,
      });}
  }
});

const wrong: [string, string, RegExp][] = [
  ['"num_rows":348', '"num_rows":348.5', /num_rows is 348\.5, expected a whole number from 0/],
  ['"num_rows":348', '"num_rows":"348"', /num_rows is "348", expected/],
  ['"num_rows":348', '"num_rows":-1', /num_rows is -1, expected/],
  ['"num_rows":348', '"num_rows":99999999999999999999', /num_rows is 99999999999999999999, expected/],
  ['"check_mode":"UNSAFE"', '"check_mode":"unsafe"', /check_mode is "unsafe", expected one of SAFE, UNSAFE/],
  [
    '"output_visibility":"Public"',
    '"output_visibility":"public"',
    /output_visibility is "public", expected one of Priv/,
  ],
  ['"output_visibility":"Public"', '"output_visibility":{"Hashed":1}', /output_visibility is 1, expected an object/],
  ['"output_visibility":"Public"', '"output_visibility":"constructor"', /is "constructor", expected one of/],
  ['"lookup_range":[0,0]', '"lookup_range":[0]', /lookup_range is a list of 1, expected a list of 2/],
  ['"lookup_range":[0,0]', '"lookup_range":[0,1e30]', /lookup_range\[1\] is 1e\+30, expected a whole/],
  ['"required_lookups":[]', '"required_lookups":{}', /required_lookups is an object, expected a list/],
  ['"required_lookups":[]', '"required_lookups":[{"Exp":{"scale":1}}]', /required_lookups\[0\] has no key "base"/],
  ['"required_lookups":[]', '"required_lookups":["Exp"]', /required_lookups\[0\] is undefined, expected an object/],
  ['"required_lookups":[]', '"required_lookups":[{"Ln":{"scale":1},"Tan":{"scale":1}}]', /is "Ln, Tan", expected one/],
  ['"required_lookups":[]', '"required_lookups":[{"Ln":{"scale":1e99}}]', /scale is 1e\+99, expected a number/],
  ['"version":"0.0.0"', '"version":null', /version is null, expected a text/],
  ["{", "[", /^settings\.json is not JSON: /],
];
Deno.test("settingsFromJson() names what is wrong", () => {
  for (const [from, to, message] of wrong) {
    const text = madeText("gemm", "settings.json");
    assert.ok(text.includes(from), from);
    assert.throws(() => settingsFromJson(text.replace(from, to)), { name: "FormatError", message });
  }
  assert.throws(() => settingsFromJson("null"), { message: "settings.json: the content is null, expected an object" });
  assert.throws(() => settingsFromJson("[".repeat(1e6)), { name: "FormatError" });
});

function clamped(bytes: Uint8Array): Uint8ClampedArray {
  return new Uint8ClampedArray(bytes);
}
