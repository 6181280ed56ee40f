import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DamagedBlobError } from "../../../../hub/server/errors.ts";
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import { filesUnder, inFolderPlace, inS3Place, type Place } from "./places.ts";
import { noise } from "./noise.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const bytesOf = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(stream as BodyInit).arrayBuffer());

async function damaged(run: Promise<unknown>, key: string): Promise<void> {
  await assert.rejects(run, (error: Error) => {
    assert.ok(error instanceof DamagedBlobError, `${error}`);
    assert.equal(error.key, key);
    assert.ok(error.message.includes(key), error.message);
    return true;
  });
}

for (const [where, inPlace] of [["in a folder", inFolderPlace], ["in S3", inS3Place]] as const) {
  Deno.test(`${where}: what is stored is read again, under its hash`, () =>
    inPlace(async ({ blobs, objectFile }) => {
      for (const size of [0, 1, 1000, 700_001]) {
        const bytes = noise(size);
        const ref = await blobs.put(bytes);
        assert.deepEqual(ref, { key: `blobs/${ref.sha256.slice(0, 2)}/${ref.sha256}`, sha256: sha256(bytes), size });
        assert.deepEqual(await blobs.read(ref), bytes);
        assert.deepEqual(await bytesOf(await blobs.stream(ref)), bytes);
        assert.deepEqual(await Deno.readFile(objectFile(ref.key)), bytes);
      }
    }));

  Deno.test(`${where}: a file is stored like bytes, and equal ones are stored once`, () =>
    inPlace(async ({ blobs, tmp, files, s3 }) => {
      const bytes = noise(600_000);
      await Deno.writeFile(`${tmp}/model`, bytes);
      const refs = await Promise.all([blobs.putFile(`${tmp}/model`), blobs.put(bytes), blobs.put(bytes)]);
      for (const ref of refs) assert.deepEqual(ref, refs[0]);
      assert.deepEqual(await blobs.putFile(`${tmp}/model`), refs[0]);
      assert.deepEqual(await blobs.read(refs[0]), bytes);
      assert.deepEqual(await filesUnder(tmp), [`${tmp}/model`]);
      if (!s3) assert.equal((await filesUnder(files)).length, 1);
    }));

  Deno.test(`${where}: equal bytes are not sent again`, () =>
    inPlace(async ({ blobs, objectFile }) => {
      const bytes = noise(5000);
      const ref = await blobs.put(bytes);
      const first = (await Deno.stat(objectFile(ref.key))).ino;
      const birth = (await Deno.stat(objectFile(ref.key))).ctime;
      await blobs.put(bytes);
      const again = await Deno.stat(objectFile(ref.key));
      assert.equal(again.ino, first);
      if (where === "in S3") assert.deepEqual(again.ctime, birth);
    }));

  Deno.test(`${where}: private files are encrypted, each under a key of its own`, () =>
    inPlace(async ({ blobs, objectFile, tmp }) => {
      const bytes = new TextEncoder().encode(JSON.stringify({ input_data: [[0.25, 0.5]] }).repeat(5000));
      const stream = () => new Blob([bytes]).stream();
      for (const ref of [await blobs.putPrivate(bytes), await blobs.putPrivateStream(stream())]) {
        assert.match(ref.key, /^private\//);
        assert.equal(ref.sha256, sha256(bytes));
        assert.equal(ref.size, bytes.length);
        assert.deepEqual(await blobs.read(ref), bytes);
        assert.deepEqual(await bytesOf(await blobs.stream(ref)), bytes);
        assert.ok(!new TextDecoder("latin1").decode(await Deno.readFile(objectFile(ref.key))).includes("input_data"));
      }
      assert.notEqual((await blobs.putPrivate(bytes)).key, (await blobs.putPrivate(bytes)).key);
      assert.deepEqual(await filesUnder(tmp), []);
    }));

  Deno.test(`${where}: a part of a file comes alone`, () =>
    inPlace(async ({ blobs }) => {
      const bytes = noise(300_000);
      for (const ref of [await blobs.put(bytes), await blobs.putPrivate(bytes)]) {
        for (const [start, end] of [[0, 1], [0, 300_000], [70_000, 140_000], [299_999, 300_000], [5, 5]] as const) {
          assert.deepEqual(await bytesOf(await blobs.stream(ref, start, end)), bytes.subarray(start, end));
        }
        assert.deepEqual(await bytesOf(await blobs.stream(ref, 299_000)), bytes.subarray(299_000));
        assert.deepEqual(await bytesOf(await blobs.stream(ref, 299_000, 999_999)), bytes.subarray(299_000));
        assert.deepEqual(await bytesOf(await blobs.stream(ref, 400_000)), new Uint8Array());
      }
    }));

  Deno.test(`${where}: a damaged, shortened or missing file is an error that names it`, () =>
    inPlace(async ({ blobs, objectFile }) => {
      const bytes = noise(200_000);
      for (const ref of [await blobs.put(bytes), await blobs.putPrivate(bytes)]) {
        const path = objectFile(ref.key);
        const stored = await Deno.readFile(path);
        const torn = stored.slice();
        torn[100_000]! ^= 1;
        await Deno.writeFile(path, torn);
        await damaged(blobs.read(ref), ref.key);
        await damaged(blobs.stream(ref).then(bytesOf), ref.key);
        await Deno.writeFile(path, stored.subarray(0, 199_000));
        await damaged(blobs.read(ref), ref.key);
        await damaged(blobs.stream(ref), ref.key);
        await damaged(blobs.stream(ref, 10, 20), ref.key);
        await Deno.writeFile(path, stored);
        assert.deepEqual(await blobs.read(ref), bytes);
        await blobs.remove(ref);
        await damaged(blobs.read(ref), ref.key);
        await damaged(blobs.stream(ref, 10, 20), ref.key);
        await blobs.remove(ref);
      }
    }));

  Deno.test(`${where}: a download of a damaged file never comes to its end`, () =>
    inPlace(async ({ blobs, objectFile }) => {
      const bytes = noise(1_000_000);
      const ref = await blobs.put(bytes);
      const torn = bytes.slice();
      torn[5]! ^= 1;
      await Deno.writeFile(objectFile(ref.key), torn);
      let count = 0;
      await damaged(
        (async () => {
          for await (const block of await blobs.stream(ref)) count += block.length;
        })(),
        ref.key,
      );
      assert.ok(count < bytes.length, `${count} bytes were given away`);
    }));

  Deno.test(`${where}: private files open for the hub with their secret only, and under their own key only`, () =>
    inPlace(async ({ blobs, objectFile, files, tmp, s3 }) => {
      const [one, two] = [await blobs.putPrivate(noise(100)), await blobs.putPrivate(noise(100))];
      const stranger = openBlobs({ s3: s3?.config ?? null }, { files, tmp }, noise(32));
      await damaged(stranger.read(one), one.key);
      await stranger.close();
      await Deno.copyFile(objectFile(two.key), objectFile(one.key));
      await damaged(blobs.read(one), one.key);
    }));

  Deno.test({
    name: `${where}: a stream that is left early lets go of what is behind it`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inPlace(async ({ blobs }) => {
        const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
        for (const ref of [await blobs.put(noise(3_000_000)), await blobs.putPrivate(noise(3_000_000))]) {
          await blobs.read(ref);
          const before = descriptors();
          for (let round = 0; round < 40; round++) {
            const reader = (await blobs.stream(ref)).getReader();
            if (round % 2 === 0) await reader.read();
            await reader.cancel();
          }
          const more = descriptors() - before;
          assert.ok(more < 15, `${more} more descriptors are open than before`);
        }
      }),
  });

  Deno.test(`${where}: nothing is kept of a private stream that breaks`, () =>
    inPlace(async ({ blobs, tmp, files }) => {
      const broken = ReadableStream.from((async function* () {
        yield noise(200_000);
        await Promise.resolve();
        throw new Error("the client went away");
      })());
      await assert.rejects(blobs.putPrivateStream(broken), /the client went away/);
      assert.deepEqual(await filesUnder(tmp), []);
      assert.deepEqual(await filesUnder(files), []);
    }));

  Deno.test(`${where}: a key that leads out of the storage is refused`, () =>
    inPlace(async ({ blobs, files }) => {
      await Deno.writeTextFile(`${files}/../outside`, "secret");
      const sha = "0".repeat(64);
      for (const key of ["../outside", "blobs/../../outside", "/etc/passwd", `blobs/00/${sha}/..`, "private/x", ""]) {
        const ref = { key, sha256: sha, size: 6 };
        for (const run of [blobs.read(ref), blobs.stream(ref), blobs.remove(ref)]) await damaged(run, key);
      }
      assert.equal(await Deno.readTextFile(`${files}/../outside`), "secret");
    }));

  Deno.test(`${where}: a storage that works says so, and keeps nothing of the question`, () =>
    inPlace(async ({ blobs, files, s3 }) => {
      assert.equal(await blobs.ping(), true);
      if (!s3) assert.deepEqual(await filesUnder(files), []);
    }));
}

Deno.test("in a folder: a damaged file is mended when the same bytes are stored again", () =>
  inFolderPlace(async ({ blobs, objectFile }: Place) => {
    const bytes = noise(1000);
    const ref = await blobs.put(bytes);
    await Deno.writeFile(objectFile(ref.key), new Uint8Array(1000));
    await blobs.put(bytes);
    assert.deepEqual(await blobs.read(ref), bytes);
  }));

Deno.test("in a folder: files are for their owner alone", () =>
  inFolderPlace(async ({ blobs, objectFile }: Place) => {
    for (const ref of [await blobs.put(noise(10)), await blobs.putPrivate(noise(10))]) {
      assert.equal((await Deno.stat(objectFile(ref.key))).mode! & 0o777, 0o600);
    }
  }));

Deno.test("a storage that cannot be written does not say that it works", () =>
  inFolderPlace(async ({ blobs, tmp }: Place) => {
    await Deno.remove(tmp, { recursive: true });
    assert.equal(await blobs.ping(), false);
  }));
