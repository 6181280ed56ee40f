/**
 * Thousands of damaged files: each is a value, or an error of ours, at once. The seed is
 * fixed; a failure prints the case.
 */
import assert from "node:assert/strict";
import { ZkgradError } from "../../../../core/base/errors.ts";
import { decodeCircuit, encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { decodeInstances, proofFromJson, proofToJson } from "../../../../hub/ezkl/format/proof.ts";
import { settingsFromJson, settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { witnessFromJson, witnessToJson } from "../../../../hub/ezkl/format/witness.ts";
import { parseCalibrationJson, parseInputJson } from "../../../../hub/ezkl/samples.ts";
import { MADE, madeBytes, madeText, random } from "./fixtures.ts";
import { cpuTime } from "../../../cpu_time.ts";

const SLOWEST_MS = 2000;

type Random = (limit: number) => number;

/** Runs `read` on damaged files; both ends must be seen, so that the damage is neither total nor none. */
function fuzz<T extends string | Uint8Array>(
  cases: number,
  seed: number,
  files: readonly T[],
  damage: (file: T, below: Random) => T,
  read: (file: T) => void,
): void {
  const next = random(seed);
  const below: Random = (limit) => Math.floor(next() * limit);
  let [accepted, refused] = [0, 0];
  for (let index = 0; index < cases; index++) {
    const file = damage(files[below(files.length)], below);
    const start = cpuTime();
    try {
      read(file);
      accepted++;
    } catch (error) {
      const shown = typeof file === "string" ? file.slice(0, 300) : file.subarray(0, 100);
      assert.ok(
        error instanceof ZkgradError,
        `case ${index} of seed ${seed}: ${error} ${(error as Error).stack} ${shown}`,
      );
      assert.ok(error.message.length < 1000, `case ${index} of seed ${seed}: a message of ${error.message.length}`);
      refused++;
    }
    const took = cpuTime(start);
    assert.ok(took < SLOWEST_MS, `case ${index} of seed ${seed} took ${took} ms`);
  }
  assert.ok(accepted > cases / 200 && refused > cases / 4, `${accepted} accepted, ${refused} refused`);
}

Deno.test("decodeCircuit() survives 3,000 damaged circuits, and what it accepts has no other bytes", () => {
  const files = MADE.map((model) => madeBytes(model, "model.compiled"));
  fuzz(3000, 1, files, damagedBytes, (file) => {
    const circuit = decodeCircuit(file);
    assert.deepEqual(encodeCircuit(circuit), new Uint8Array(file));
  });
});

Deno.test("settingsFromJson() survives 2,000 damaged settings, and what it accepts comes back", () => {
  fuzz(2000, 2, MADE.map((model) => madeText(model, "settings.json")), damagedJson, (file) => {
    const settings = settingsFromJson(file);
    assert.deepEqual(settingsFromJson(settingsToJson(settings)), settings);
  });
});

Deno.test("witnessFromJson() survives 1,000 damaged witnesses, and what it accepts comes back", () => {
  fuzz(1000, 3, MADE.map((model) => madeText(model, "witness.json")), damagedJson, (file) => {
    const witness = witnessFromJson(file);
    assert.deepEqual(witnessFromJson(witnessToJson(witness)), witness);
  });
});

Deno.test("proofFromJson() and decodeInstances() survive 1,000 damaged proofs", () => {
  const settings = MADE.map((model) => settingsFromJson(madeText(model, "settings.json")));
  fuzz(1000, 4, MADE.map((model) => madeText(model, "proof.json")), damagedJson, (file) => {
    const proof = proofFromJson(file);
    assert.deepEqual(proofFromJson(proofToJson(proof)), proof);
    for (const each of settings) {
      try {
        decodeInstances(proof, each);
      } catch (error) {
        if (!(error instanceof ZkgradError)) throw error;
      }
    }
  });
});

Deno.test("decodeInstances() survives 1,000 damaged settings", () => {
  const proof = proofFromJson(madeText("gemm", "proof.json"));
  fuzz(1000, 5, [madeText("gemm", "settings.json")], damagedJson, (file) => {
    const { outputs } = decodeInstances(proof, settingsFromJson(file));
    assert.ok(outputs?.every((output) => output.every(Number.isFinite)) ?? true);
  });
});

Deno.test("parseInputJson() and parseCalibrationJson() survive 2,000 damaged inputs", () => {
  const files = MADE.map((model) => madeText(model, "input.json"));
  fuzz(1000, 6, files, damagedJson, (file) => void parseInputJson(file, 8));
  fuzz(1000, 7, files, damagedJson, (file) => void parseCalibrationJson(file, 4));
});

function damagedBytes(file: Uint8Array, below: Random): Uint8Array {
  const bytes = new Uint8Array(file);
  const at = below(bytes.length);
  const kinds: (() => Uint8Array)[] = [
    () => bytes.fill(bytes[at] ^ 1 << below(8), at, at + 1),
    () => bytes.fill([0, 1, 2, 0x7f, 0x80, 0xff][below(6)], at, at + 1),
    () => bytes.fill(0xff, at, at + 1 + below(16)),
    () => bytes.subarray(0, at),
    () => new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + below(40))]),
    () => new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(below(at + 1))]),
    () => new Uint8Array([...bytes, ...bytes.subarray(0, below(20))]),
    // Counts stand where a number is followed by seven zero bytes.
    () => {
      const counts = bytes.findIndex((byte, from) =>
        from >= at && byte > 0 && bytes.slice(from + 1, from + 8).every((b) => !b)
      );
      if (counts >= 0) bytes[counts + below(8)] = below(256);
      return bytes;
    },
  ];
  return kinds[below(kinds.length)]();
}

const ODD = [
  ...'null true -1 0 -0 1.5 1e400 -1e400 4294967296 9007199254740993 [] {} [[]] "" "Public" [1,2]'.split(" "),
  "170141183460469231731687303715884105728",
  "1".repeat(5000),
  `"${"f".repeat(64)}"`,
  '{"__proto__":1}',
  '{"Hashed":{"hash_is_public":true,"outlets":[]}}',
  '{"Exp":{"scale":1,"base":2}}',
  '"\\ud800"',
  "[".repeat(3000) + "]".repeat(3000),
  "[".repeat(50_000),
];

function damagedJson(file: string, below: Random): string {
  const at = below(file.length);
  const kinds: (() => string)[] = [
    () => file.slice(0, at),
    () => file.slice(0, at) + String.fromCharCode(below(128)) + file.slice(at + 1),
    () => file.slice(0, at) + file.slice(at + 1 + below(30)),
    () => file.slice(0, at) + file.slice(below(at + 1)),
    // A value, a number or a key for another.
    () => replaceNth(file, /-?\d+(\.\d+)?|"[^"]*"(?!:)|\[[^[\]]*\]|null/g, below, ODD[below(ODD.length)]),
    () => replaceNth(file, /-?\d+(\.\d+)?|"[^"]*"(?!:)/g, below, ODD[below(ODD.length)]),
    () => replaceNth(file, /"[^"]*"(?=:)/g, below, ['"zkgrad"', '"__proto__"', '""'][below(3)]),
    () => replaceNth(file, /\d/g, below, String(below(10))),
  ];
  return kinds[below(kinds.length)]();
}

function replaceNth(text: string, pattern: RegExp, below: Random, by: string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { index, 0: old } = found[below(found.length)];
  return text.slice(0, index) + by + text.slice(index + old.length);
}
