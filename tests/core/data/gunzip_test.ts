import assert from "node:assert/strict";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { gunzip } from "../../../core/data/gunzip.ts";
import { FormatError } from "../../../core/base/errors.ts";
import { Generator } from "../../../core/base/random.ts";

function all(file: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const chunk of gunzip(file, "it")) chunks.push(chunk.slice()); // the next one overwrites it
  const out = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** Bytes of four sorts: noise, long runs, a short cycle, four symbols. */
function sample(sort: number, length: number, generator: Generator): Uint8Array {
  const draw = [
    () => generator.integer(256),
    () => generator.integer(50) > 0 ? 0 : generator.integer(256),
    (k: number) => k % 7,
    () => generator.integer(4),
  ][sort];
  return Uint8Array.from({ length }, (_, k) => draw(k));
}

Deno.test("gunzip() agrees with zlib over levels, strategies and lengths", () => {
  const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants;
  const strategies = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED];
  const generator = new Generator(3);
  for (let index = 0; index < 120; index++) {
    const length = index < 8 ? index : generator.integer(index % 10 === 0 ? 200_000 : 5000);
    const bytes = sample(index % 4, length, generator);
    const file = new Uint8Array(gzipSync(bytes, { level: index % 10, strategy: strategies[index % 5] }));
    assert.deepEqual(all(file), bytes, `${index}: ${length} bytes`);
  }
});

Deno.test("gunzip() reads every member of a file, and what a header may hold", () => {
  const generator = new Generator(4);
  const parts = [0, 1, 5000, 70_000, 3].map((length) => sample(3, length, generator));
  const joined = new Uint8Array(parts.flatMap((part) => [...part]));
  const file = new Uint8Array(parts.flatMap((part) => [...gzipSync(part)]));
  assert.deepEqual(all(file), new Uint8Array(gunzipSync(file)));
  assert.deepEqual(all(file), joined);
  // Extra field, name, comment and header checksum (RFC 1952, section 2.3.1), then a plain member's data.
  const rest = [...gzipSync(Uint8Array.of(1, 2, 3))];
  const header = [0x1f, 0x8b, 8, 0b11110, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9, 110, 0, 99, 0, 7, 7];
  assert.deepEqual(all(Uint8Array.from([...header, ...rest.slice(10)])), Uint8Array.of(1, 2, 3));
});

Deno.test("gunzip() names the byte of a defect, wherever it is", () => {
  const bytes = sample(3, 3000, new Generator(5));
  const one = gzipSync(bytes);
  const file = new Uint8Array([...one, ...one]);
  const refuses = (broken: Uint8Array, message: RegExp): void => {
    assert.throws(() => all(broken), (error: Error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.match(error.message, /^it: the gzip data is corrupt at byte \d+ of \d+, after \d+ decompressed bytes: /);
      assert.match(error.message, message);
      return true;
    });
  };
  for (let length = 1; length < file.length; length += 7) {
    if (length !== one.length) refuses(file.subarray(0, length), /fetch the file again$/);
  }
  refuses(new Uint8Array([...file, 0]), new RegExp(`at byte ${file.length} of .*neither the end .*nor another member`));
  const flipped = file.slice();
  flipped[one.length - 6] ^= 1;
  refuses(flipped, new RegExp(`at byte ${one.length - 8} of .*after 3000 .*checksum`));
  const longer = file.slice();
  longer[one.length - 4] ^= 1;
  refuses(longer, /the length is that of other bytes/);
});

Deno.test("gunzip() survives any change of a byte: the same bytes, or a FormatError", () => {
  const generator = new Generator(6);
  const bytes = sample(3, 400, generator);
  const file = new Uint8Array(gzipSync(bytes));
  let refused = 0;
  for (let index = 0; index < 3000; index++) {
    const changed = file.slice();
    changed[generator.integer(file.length)] = generator.integer(256);
    try {
      assert.deepEqual(all(changed), bytes);
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 2000, `${refused}`);
});
