import assert from "node:assert/strict";
import { sweepBlobs } from "../../../../hub/server/files/blob_sweep.ts";
import { openStorage } from "../../../../hub/server/files/open_blobs.ts";
import { noise } from "./noise.ts";
import { inFolderPlace, inS3Place } from "./places.ts";

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const [where, inPlace] of [["in a folder", inFolderPlace], ["in S3", inS3Place]] as const) {
  Deno.test(`${where}: a sweep removes old files that nobody refers to, and no others`, () =>
    inPlace(async ({ blobs, files, tmp, s3 }) => {
      const storage = openStorage({ s3: s3?.config ?? null }, { files, tmp });
      const used = [await blobs.put(noise(10)), await blobs.putPrivate(noise(10))];
      const lost = [await blobs.put(noise(11)), await blobs.putPrivate(noise(11))];
      const referenced = (key: string) => Promise.resolve(used.some((ref) => ref.key === key));
      assert.deepEqual(await sweepBlobs(storage, referenced, 3600), { seen: 4, removed: 0 });
      await later(1100);
      const young = await blobs.put(noise(12));
      assert.deepEqual(await sweepBlobs(storage, referenced, 1), { seen: 5, removed: 2 });
      for (const ref of [...used, young]) await blobs.read(ref);
      for (const ref of lost) await assert.rejects(blobs.read(ref), /is gone/);
      await storage.close();
    }));

  Deno.test(`${where}: what is stored again counts as new, so that a sweep leaves it`, () =>
    inPlace(async ({ blobs, files, tmp, objectFile, s3 }) => {
      const bytes = noise(10);
      const ref = await blobs.put(bytes);
      const old = new Date(Date.now() - 86_400_000);
      await Deno.utime(objectFile(ref.key), old, old);
      await blobs.put(bytes);
      const storage = openStorage({ s3: s3?.config ?? null }, { files, tmp });
      assert.deepEqual(await sweepBlobs(storage, () => Promise.resolve(false), 3600), { seen: 1, removed: 0 });
      assert.deepEqual(await blobs.read(ref), bytes);
      await Deno.utime(objectFile(ref.key), old, old);
      assert.deepEqual(await sweepBlobs(storage, () => Promise.resolve(false), 3600), { seen: 1, removed: 1 });
      await storage.close();
    }));
}
