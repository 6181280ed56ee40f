import assert from "node:assert/strict";
import { sha256 } from "../../../../hub/server/files/byte_streams.ts";
import { WarmCache } from "../../../../hub/server/files/warm_cache.ts";
import type { FileRef } from "../../../../hub/server/store/records.ts";
import { noise } from "./noise.ts";

/** A cache of so many bytes over files that it counts the reading of. */
async function cacheOf(limit: number, sizes: number[]): Promise<[WarmCache, FileRef[], () => number[]]> {
  const files = await Promise.all(sizes.map(async (size) => {
    const bytes = noise(size), hash = await sha256(bytes);
    return { bytes, reads: 0, ref: { key: `blobs/${hash.slice(0, 2)}/${hash}`, sha256: hash, size } };
  }));
  const read = (ref: FileRef) => {
    const file = files.find((file) => file.ref.sha256 === ref.sha256)!;
    file.reads++;
    return Promise.resolve(file.bytes.slice());
  };
  return [new WarmCache({ read }, limit), files.map(({ ref }) => ref), () => files.map(({ reads }) => reads)];
}

Deno.test("a small file is read once, and who takes its bytes away takes a copy", async () => {
  const [cache, [ref], reads] = await cacheOf(1000, [600]);
  const first = await cache.read(ref!);
  structuredClone(first.buffer, { transfer: [first.buffer] });
  assert.equal(first.length, 0);
  assert.equal(await sha256(await cache.read(ref!)), ref!.sha256);
  const third = await cache.read(ref!);
  third.fill(0);
  assert.equal(await sha256(await cache.read(ref!)), ref!.sha256);
  assert.deepEqual(reads(), [1]);
});

Deno.test("what was read longest ago makes room, and what is too large is not kept", async () => {
  const [cache, [a, b, c, large], reads] = await cacheOf(1000, [400, 400, 400, 1001]);
  for (const ref of [a, b, a, c, a, large, large, a, b]) await cache.read(ref!);
  assert.deepEqual(reads(), [1, 2, 1, 2]);
});

Deno.test("files that are read at once are each kept once", async () => {
  const [cache, [a, b], reads] = await cacheOf(1000, [500, 500]);
  await Promise.all([a, a, b, b].map((ref) => cache.read(ref!)));
  for (const ref of [a, b, a, b]) await cache.read(ref!);
  assert.deepEqual(reads(), [2, 2]);
});
