/** What stands in the place of a file or of settings by mistake is refused by name, and nothing of it is told. */
import assert from "node:assert/strict";
import {
  calibrateSettings,
  calibrationJson,
  compileCircuit,
  createEvmVerifier,
  describeSrs,
  encodeVerifierCalldata,
  genSettings,
  genWitness,
  inputJson,
  priceCircuit,
  prove,
  readProof,
  settingsFromJson,
  settingsToJson,
  setup,
  verifierSrs,
  verify,
} from "../../../hub/mod.ts";
import { linearChain, tinyOnnx } from "./tiny.ts";

// deno-lint-ignore no-explicit-any
type Step = (...given: any[]) => unknown;

const SECRET = "not to be told";

/** Neither bytes, nor a text, nor settings, nor a list of samples. */
const STRANGE: readonly (readonly [value: unknown, what: string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  [7, "a number"],
  [{ vk: SECRET }, "an object"],
  [[SECRET], "an Array"],
  [new ArrayBuffer(8), "an ArrayBuffer"],
  [Promise.resolve(SECRET), "a Promise"],
];

Deno.test("every step refuses what is no file in a sentence that names it", async () => {
  const { compiled, srs, vk, witness, proof, settings } = await linearChain(), onnx = tinyOnnx();
  const input = inputJson(Float32Array.of(1, 0, -1)), data = calibrationJson([Float32Array.of(1, 0, -1)]);
  const steps: readonly (readonly [Step, string, Readonly<Record<string, unknown>>])[] = [
    [setup, "setup", { compiled, srs }],
    [prove, "prove", { witness, key: vk, compiled, srs }],
    [verify, "verify", { proof, vk, settings, srs }],
    [genWitness, "genWitness", { compiled, input }],
    [readProof, "readProof", { proof, settings }],
    [compileCircuit, "compileCircuit", { onnx, settings }],
    [priceCircuit, "priceCircuit", { compiled }],
    [genSettings, "genSettings", { onnx }],
    [calibrateSettings, "calibrateSettings", { onnx, settings: genSettings(onnx), data }],
    [createEvmVerifier, "createEvmVerifier", { vk, settings, srs }],
    [encodeVerifierCalldata, "encodeVerifierCalldata", { proof }],
    [verifierSrs, "verifierSrs", { srs }],
    [describeSrs, "describeSrs", { srs }],
    [settingsFromJson, "settingsFromJson", { "settings.json": settingsToJson(settings) }],
  ];
  for (const [step, caller, args] of steps) {
    const names = Object.keys(args), given = Object.values(args);
    for (const [at, name] of names.entries()) {
      for (const [value, what] of STRANGE) {
        // deno-lint-ignore require-await
        await assert.rejects(async () => step(...given.with(at, value)), (error: Error) => {
          assert.equal(error.name, "ArgumentError", `${caller}, ${name}: ${error.stack}`);
          assert.ok(error.message.startsWith(`${caller}(): ${name} is ${what}, expected `), error.message);
          assert.ok(!error.message.includes(SECRET), error.message);
          return true;
        });
      }
    }
  }
});

Deno.test("what is nearly right is told how to become so", async () => {
  const { srs, vk, proof, settings, witness } = await linearChain(), text = settingsToJson(settings);
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => verify(proof, vk, text as never, srs),
      /settings is a text, .*; read the text of settings.json with settingsF/,
    ],
    [() => verify(proof, vk, settings, new Promise(() => {}) as never), /srs is a Promise, .*; await it$/],
    [
      () => readProof(proof.buffer as never, settings),
      /proof is an ArrayBuffer, .*; wrap it, as new Uint8Array\(buffer\)$/,
    ],
    [
      () => settingsFromJson(new TextEncoder().encode(text) as never),
      /a Uint8Array, expected a text; decode its bytes/,
    ],
    [() => calibrationJson(new Float32Array(3) as never), /expected a list of samples, .* for one, inputJson\(\)$/],
    [
      () => prove(witness, vk.subarray(9), proof, srs),
      /: the given file is no compiled circuit of EZKL 21, or is damaged; compile the network again \(model\.nodes /,
    ],
    [() => verify(witness, vk, settings, srs), /: the proof: the content has no key "instances", expected one$/],
    [() => encodeVerifierCalldata(witness), /: the proof: the content has no key "instances", expected one$/],
    [() => verify(proof, vk, settings, vk), /: verify\(\): the file begins with k = .* it is no reference string/],
    [() => createEvmVerifier(vk, settings, vk), /: createEvmVerifier\(\): the file begins with k = .* no reference/],
  ];
  for (const [step, message] of wrong) {
    // deno-lint-ignore require-await
    await assert.rejects(async () => step(), message);
  }
});

Deno.test("a key of another length is held against both kinds of keys", async () => {
  const { compiled, srs, vk, witness } = await linearChain();
  await assert.rejects(
    prove(witness, vk.subarray(0, vk.length - 1), compiled, srs),
    new RegExp(
      `the key has ${vk.length - 1} bytes, and a verifying key of these settings has ${vk.length}, a proving key`,
    ),
  );
});
