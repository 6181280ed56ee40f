import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { formatIdx, parseIdx } from "../../../core/data/idx.ts";
import { FormatError } from "../../../core/base/errors.ts";
import { cpuTime } from "../../cpu_time.ts";

const sample = { shape: [2, 2, 3], bytes: Uint8Array.from({ length: 12 }, (_, i) => 20 * i) };
const file = formatIdx(sample);
const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
const edited = (edit: (bytes: Uint8Array) => void): Uint8Array => {
  const copy = file.slice();
  edit(copy);
  return copy;
};

function refuses(bytes: Uint8Array, ...parts: (string | RegExp)[]): void {
  let error: unknown;
  try {
    parseIdx(bytes, "digits");
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof FormatError, String(error));
  assert.match(error.message, /^digits: /);
  for (const part of parts) assert.ok(error.message.match(part), `${error.message} lacks ${part}`);
}

Deno.test("parseIdx() reads plain and gzip-compressed files", () => {
  assert.deepEqual([...file.subarray(0, 8)], [0, 0, 8, 3, 0, 0, 0, 2]);
  assert.deepEqual(parseIdx(file), sample);
  assert.deepEqual(parseIdx(gzip(file)), sample);
  const big = { shape: [300, 28, 28], bytes: Uint8Array.from({ length: 300 * 784 }, (_, i) => i * i >> 3) };
  assert.deepEqual(parseIdx(gzip(formatIdx(big))), big);
  const tiny = { shape: [1], bytes: Uint8Array.of(7) };
  assert.deepEqual(parseIdx(gzip(formatIdx(tiny))), tiny);
  const deep = { shape: [1, 1, 1, 1, 1, 1, 1, 2], bytes: Uint8Array.of(7, 8) };
  assert.deepEqual(parseIdx(gzip(formatIdx(deep))), deep);
});

Deno.test("parseIdx() does not copy a plain file", () => {
  assert.equal((parseIdx(file)).bytes.buffer, file.buffer);
});

Deno.test("parseIdx() names the byte of a defect in the header", () => {
  refuses(new Uint8Array(0), /at byte 0 there is the end of the file/);
  refuses(file.subarray(0, 3), /at byte 3 there is the end/);
  refuses(file.subarray(0, 9), /at byte 9 .*3 dimensions up to byte 16/);
  refuses(new TextEncoder().encode("<!DOCTYPE html>"), /at byte 0 there is 3c 21 44 4f, expected .*00 00 08/);
  refuses(edited((bytes) => bytes[2] = 0x0d), /at byte 2 .*0d \(32-bit floats\), expected 08/);
  refuses(edited((bytes) => bytes[2] = 0x55), /element type 55, expected 08/);
  refuses(edited((bytes) => bytes[3] = 0), /at byte 3 .*dimensions 0, expected 1 to 8/);
  refuses(edited((bytes) => bytes[3] = 200), /at byte 3 .*dimensions 200/);
  refuses(edited((bytes) => bytes[11] = 0), /at byte 8 .*size 0 of dimension 1/);
});

Deno.test("parseIdx() refuses sizes that overflow or exceed the limit", () => {
  refuses(edited((bytes) => bytes.fill(0xff, 4, 16)), /at byte 4 .*4294967295.*limit/);
  refuses(gzip(edited((bytes) => bytes.fill(0xff, 4, 16))), /at byte 4 of its decompressed/);
  assert.throws(() => parseIdx(file, "digits", { limit: 11 }), /at most 11/);
  assert.deepEqual(parseIdx(file, "digits", { limit: 12 }), sample);
});

Deno.test("parseIdx() refuses files that end early or late", () => {
  refuses(file.subarray(0, 27), /needs 28 bytes in all, but it ends at byte 27/, /\[2, 2, 3\]/);
  refuses(new Uint8Array([...file, 0]), /at byte 28 there is 1 more bytes/);
  refuses(gzip(file.subarray(0, 27)), /ends at byte 27 of its decompressed/);
  refuses(gzip(file.subarray(0, 10)), /at byte 10 of its decompressed contents there is the end/);
  refuses(gzip(new Uint8Array([...file, 0])), /at byte 28 of its decompressed/);
  refuses(gzip(new Uint8Array(1000).fill(1, 0, 1)), /at byte 0 of its decompressed/);
});

Deno.test("parseIdx() refuses corrupt gzip data", () => {
  const sound = gzip(file);
  for (const length of [2, 5, 12, sound.length - 8, sound.length - 1]) {
    refuses(sound.subarray(0, length), /gzip data is corrupt/);
  }
  refuses(new Uint8Array([...sound, 1, 2, 3]), /gzip data is corrupt/);
  const checksum = sound.slice();
  checksum[sound.length - 6] ^= 1;
  refuses(checksum, /gzip data is corrupt/, /of \d+, after \d+ decompressed/);
});

Deno.test("parseIdx() stops a gzip bomb without inflating it", () => {
  const bomb = gzip(new Uint8Array(256 * 2 ** 20).fill(0));
  const small = new Uint8Array(200 * 2 ** 20);
  small.set(file);
  const behind = gzip(small);
  const before = Deno.memoryUsage().rss;
  let peak = 0;
  const watch = setInterval(() => peak = Math.max(peak, Deno.memoryUsage().rss), 1);
  const begin = cpuTime();
  refuses(bomb, /decompressed/);
  refuses(behind, /at byte 28 of its decompressed contents there is more bytes/);
  clearInterval(watch);
  peak = Math.max(peak, Deno.memoryUsage().rss);
  assert.ok(peak - before < 100 * 2 ** 20, `grew by ${peak - before} bytes`);
  assert.ok(cpuTime(begin) < 10_000);
});

Deno.test("parseIdx() does not allocate what the compressed bytes cannot hold", () => {
  const liar = gzip(edited((bytes) => bytes.set([0, 1, 0, 0, 0, 0, 16, 0, 0, 0, 0, 4], 4)));
  refuses(liar, /\[65536, 4096, 4\]/, /too few compressed bytes/);
});

Deno.test("formatIdx() refuses bytes that do not fill the shape", () => {
  assert.throws(() => formatIdx({ shape: [2, 3], bytes: new Uint8Array(5) }), /5 bytes do not fill the shape \[2, 3\]/);
  assert.throws(() => formatIdx({ shape: [], bytes: new Uint8Array(1) }), { name: "ArgumentError" });
});
