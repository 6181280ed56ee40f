import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { formatIdx, parseIdx } from "../../../core/data/idx.ts";
import { FormatError } from "../../../core/base/errors.ts";
import { Generator } from "../../../core/base/random.ts";
import { readSafetensors, writeSafetensors } from "../../../core/train/safetensors.ts";
import { sizeOf } from "../../../core/base/shape.ts";

type Mutation = (bytes: Uint8Array, random: Generator) => Uint8Array;

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

const MUTATIONS: readonly Mutation[] = [
  function flipBits(bytes, random) {
    for (let flips = 1 + random.integer(8); flips > 0; flips--) {
      bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    }
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.integer(bytes.length));
  },
  function extend(bytes, random) {
    const tail = Uint8Array.from({ length: 1 + random.integer(40) }, () => random.integer(256));
    return new Uint8Array([...bytes, ...tail]);
  },
  function editHeader(bytes, random) {
    for (let edits = 1 + random.integer(4); edits > 0; edits--) {
      bytes[random.integer(Math.min(20, bytes.length))] = EXTREMES[random.integer(EXTREMES.length)];
    }
    return bytes;
  },
  function overwriteSpan(bytes, random) {
    const start = random.integer(bytes.length);
    const end = start + 1 + random.integer(16);
    return bytes.fill(random.integer(256), start, end);
  },
  function repeatSpan(bytes, random) {
    const at = random.integer(bytes.length);
    const span = bytes.subarray(at, at + random.integer(32));
    return new Uint8Array([...bytes.subarray(0, at), ...span, ...span, ...bytes.subarray(at + span.length)]);
  },
];

function mutate(bytes: Uint8Array, random: Generator): Uint8Array {
  return MUTATIONS[random.integer(MUTATIONS.length)](bytes.slice(), random);
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Frees what decompressors hold outside the heap, which the collector does not see and lets grow for long. */
async function breathe(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  collect();
}

/** Runs `body` and asserts that memory grew by less than 96 MiB, whatever the inputs declared. */
async function bounded(body: () => void | Promise<void>): Promise<void> {
  const before = Deno.memoryUsage().rss;
  await body();
  await breathe();
  const grown = Deno.memoryUsage().rss - before;
  assert.ok(grown < 96 * 2 ** 20, `memory grew by ${grown} bytes`);
}

Deno.test("parseIdx() survives 10,000 mutated files", () =>
  bounded(async () => {
    const random = new Generator(2024);
    const noise = Uint8Array.from({ length: 2000 }, () => random.integer(256));
    const originals = [
      formatIdx({ shape: [5, 4, 3], bytes: noise.slice(0, 60) }),
      formatIdx({ shape: [100], bytes: new Uint8Array(100).fill(3) }),
      formatIdx({ shape: [10, 10, 20], bytes: noise }),
    ];
    const outcomes = { refused: 0, read: 0 };
    for (let i = 0; i < 10_000; i++) {
      if (i % 500 === 0) await breathe();
      const original = originals[random.integer(originals.length)];
      const kind = random.integer(3);
      const input = kind === 0
        ? mutate(original, random)
        : kind === 1
        ? mutate(new Uint8Array(gzipSync(original)), random)
        : new Uint8Array(gzipSync(mutate(original, random)));
      try {
        const { shape, bytes } = await parseIdx(input, "fuzz");
        assert.equal(bytes.length, sizeOf(shape), `case ${i}`);
        outcomes.read++;
      } catch (error) {
        assert.ok(error instanceof FormatError, `case ${i}: ${error}`);
        assert.match(error.message, /^fuzz: .*byte \d+/, `case ${i}`);
        outcomes.refused++;
      }
    }
    assert.ok(outcomes.refused > 5000 && outcomes.read > 1000, JSON.stringify(outcomes));
  }));

Deno.test("readSafetensors() survives 2,000 mutated files", () =>
  bounded(() => {
    const random = new Generator(2025);
    const original = writeSafetensors(
      new Map([
        ["conv1.weight", { shape: [2, 1, 3, 3], data: random.fillUniform(new Float32Array(18)) }],
        ["conv1.bias", { shape: [2], data: new Float32Array(2) }],
        ["step", { shape: [], data: Uint32Array.of(3) }],
      ]),
      { epoch: "3" },
    );
    const outcomes = { refused: 0, read: 0 };
    for (let i = 0; i < 2000; i++) {
      const input = mutate(original, random);
      try {
        const { tensors } = readSafetensors(input, "fuzz");
        for (const { shape, data } of tensors.values()) assert.equal(data.length, sizeOf(shape), `case ${i}`);
        outcomes.read++;
      } catch (error) {
        assert.ok(error instanceof FormatError, `case ${i}: ${error}`);
        assert.match(error.message, /^fuzz: .*byte \d+/, `case ${i}`);
        outcomes.refused++;
      }
    }
    assert.ok(outcomes.refused > 1000 && outcomes.read > 50, JSON.stringify(outcomes));
  }));
