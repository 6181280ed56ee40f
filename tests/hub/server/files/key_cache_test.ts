import assert from "node:assert/strict";
import { type KeyCache, openKeyCache } from "../../../../hub/server/files/key_cache.ts";
import { noise } from "./noise.ts";
import { filesUnder, inFolderPlace, inS3Place, type Place } from "./places.ts";

/** A cache of so many bytes over a place's blobs, and what is in it. */
async function cacheOf(place: Place, cacheBytes: number): Promise<[KeyCache, () => string[], string]> {
  const cache = `${place.tmp}/../cache`;
  await Deno.mkdir(cache, { recursive: true });
  const names = () => [...Deno.readDirSync(cache)].map(({ name }) => name).sort();
  return [
    openKeyCache({ s3: place.s3?.config ?? null, cacheBytes }, { cache, tmp: place.tmp }, place.blobs),
    names,
    cache,
  ];
}

Deno.test("a key is fetched from S3 once, also when several ask for it at once", () =>
  inS3Place(async (place) => {
    const bytes = noise(1_000_000);
    const ref = await place.blobs.put(bytes);
    const [cache, names] = await cacheOf(place, 2_000_000);
    for (const read of await Promise.all([cache.read(ref), cache.read(ref), cache.read(ref)])) {
      assert.deepEqual(read, bytes);
    }
    assert.deepEqual(names(), [ref.sha256]);
    await place.s3!.stop();
    assert.deepEqual(await cache.read(ref), bytes);
    assert.deepEqual(await (await cacheOf(place, 2_000_000))[0].read(ref), bytes);
    assert.deepEqual(await filesUnder(place.tmp), []);
  }));

Deno.test("the key that was read longest ago makes room", () =>
  inS3Place(async (place) => {
    const refs = [];
    for (let index = 0; index < 4; index++) refs.push(await place.blobs.put(noise(1000)));
    const [a, b, c, d] = refs as [typeof refs[0], typeof refs[0], typeof refs[0], typeof refs[0]];
    const [cache, names] = await cacheOf(place, 3500);
    for (const ref of [a, b, c, a, d]) await cache.read(ref);
    assert.deepEqual(names(), [a, c, d].map(({ sha256 }) => sha256).sort());
    const large = await place.blobs.put(noise(3500));
    await cache.read(large);
    assert.deepEqual(names(), [large.sha256]);
    await cache.read(await place.blobs.put(noise(3501)));
    assert.deepEqual(names(), [large.sha256]);
  }));

Deno.test("a damaged key in the cache is fetched again", () =>
  inS3Place(async (place) => {
    const bytes = noise(1000);
    const ref = await place.blobs.put(bytes);
    const [cache, , folder] = await cacheOf(place, 5000);
    await cache.read(ref);
    await Deno.writeFile(`${folder}/${ref.sha256}`, new Uint8Array(1000));
    assert.deepEqual(await cache.read(ref), bytes);
    assert.deepEqual(await Deno.readFile(`${folder}/${ref.sha256}`), bytes);
  }));

Deno.test("a cache that cannot be written still reads", () =>
  inS3Place(async (place) => {
    const bytes = noise(1000);
    const ref = await place.blobs.put(bytes);
    const [cache, , folder] = await cacheOf(place, 5000);
    await Deno.remove(folder);
    assert.deepEqual(await cache.read(ref), bytes);
    assert.deepEqual(await cache.read(ref), bytes);
  }));

Deno.test("private files never enter the cache", () =>
  inS3Place(async (place) => {
    const [cache, names] = await cacheOf(place, 5000);
    assert.equal((await cache.read(await place.blobs.putPrivate(noise(1000)))).length, 1000);
    assert.deepEqual(names(), []);
  }));

Deno.test("files of the same folder are read without a copy", () =>
  inFolderPlace(async (place) => {
    const [cache, names] = await cacheOf(place, 5000);
    const bytes = noise(1000);
    assert.deepEqual(await cache.read(await place.blobs.put(bytes)), bytes);
    assert.deepEqual(names(), []);
  }));
