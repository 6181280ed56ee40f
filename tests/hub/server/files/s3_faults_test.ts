import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type HubError, StorageError } from "../../../../hub/server/errors.ts";
import { openBlobs } from "../../../../hub/server/files/open_blobs.ts";
import { filesUnder, inS3Place } from "./places.ts";
import { noise } from "./noise.ts";

/** Seconds that a call takes to fail with a StorageError that says nothing of where the storage is. */
async function givesUp(run: () => Promise<unknown>, sentence: RegExp): Promise<number> {
  const begun = performance.now();
  await assert.rejects(run, (error: Error) => {
    assert.ok(error instanceof StorageError, `${error}`);
    assert.equal((error as HubError).status, 503);
    assert.match(error.message, sentence);
    assert.ok(!error.message.includes("127.0.0.1"), error.message);
    return true;
  });
  return (performance.now() - begun) / 1000;
}

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("a storage that is gone is told of once the patience is used up, and not before", () =>
  inS3Place(async ({ blobs, s3, tmp }) => {
    const ref = await blobs.put(noise(1000));
    await Deno.writeFile(`${tmp}/file`, noise(400_000));
    await s3!.stop();
    const calls = [
      () => blobs.put(noise(10)),
      () => blobs.putFile(`${tmp}/file`),
      () => blobs.putPrivate(noise(10)),
      () => blobs.read(ref),
      () => blobs.stream(ref, 0, 10),
      () => blobs.remove(ref),
    ];
    const times = await Promise.all(calls.map((call) => givesUp(call, /the storage does not answer/)));
    for (const seconds of times) assert.ok(seconds > 0.7 && seconds < 3, `${seconds} s`);
    assert.equal(await blobs.ping(), false);
    assert.deepEqual(await filesUnder(tmp), [`${tmp}/file`]);
    await s3!.start();
    assert.equal((await blobs.read(ref)).length, 1000);
    assert.equal(await blobs.ping(), true);
  }, 1.5));

Deno.test("a storage that is frozen is told of too, and a probe does not wait for it for long", () =>
  inS3Place(async ({ blobs, s3 }) => {
    const ref = await blobs.put(noise(1000));
    s3!.freeze();
    const begun = performance.now();
    const ping = blobs.ping().then((answers) => ({ answers, seconds: (performance.now() - begun) / 1000 }));
    const calls = [() => blobs.read(ref), () => blobs.put(noise(3_000_000))];
    for (const seconds of await Promise.all(calls.map((call) => givesUp(call, /the storage does not answer/)))) {
      assert.ok(seconds < 8, `${seconds} s`);
    }
    const { answers, seconds } = await ping;
    assert.equal(answers, false);
    assert.ok(seconds < 4, `${seconds} s`);
    s3!.thaw();
    assert.equal((await blobs.read(ref)).length, 1000);
  }, 4));

Deno.test("calls under way outlive a restart of the storage", () =>
  inS3Place(async ({ blobs, s3, tmp }) => {
    const bytes = noise(2_000_000);
    const ref = await blobs.put(bytes);
    await Deno.writeFile(`${tmp}/file`, noise(3_000_000));
    await s3!.stop();
    const under = Promise.all([blobs.putFile(`${tmp}/file`), blobs.putPrivate(bytes), blobs.read(ref)]);
    await later(1500);
    await s3!.start();
    const [file, sealed, read] = await under;
    assert.deepEqual(read, bytes);
    assert.deepEqual(await blobs.read(sealed), bytes);
    assert.deepEqual(await blobs.read(file), await Deno.readFile(`${tmp}/file`));
  }, 60));

Deno.test("a download goes on where it broke off", () =>
  inS3Place(async ({ blobs, s3 }) => {
    const bytes = noise(40_000_000);
    for (const ref of [await blobs.put(bytes), await blobs.putPrivate(bytes)]) {
      const got = new Uint8Array(bytes.length);
      let at = 0;
      let restarted = false;
      for await (const block of await blobs.stream(ref)) {
        got.set(block, at);
        at += block.length;
        if (at < 10_000_000 || restarted) continue;
        restarted = true;
        await s3!.stop();
        await s3!.start();
      }
      assert.ok(restarted);
      assert.equal(Buffer.compare(got, bytes), 0);
    }
  }, 30));

Deno.test("a download that breaks off for good ends in an error", () =>
  inS3Place(async ({ blobs, s3 }) => {
    const ref = await blobs.put(noise(40_000_000));
    const reader = (await blobs.stream(ref)).getReader();
    await reader.read();
    await s3!.stop();
    await givesUp(async () => {
      while (!(await reader.read()).done);
    }, /the storage does not answer/);
  }, 1));

Deno.test("a wrong key or bucket is told of at once, with what to set", () =>
  inS3Place(async ({ s3, files, tmp, secret }) => {
    const open = (changes: object) =>
      openBlobs({ s3: { ...s3!.config, ...changes } }, { files, tmp }, secret, { patience: 60 });
    for (
      const [changes, sentence] of [
        [{ accessKeyId: "nobody" }, /refuses the hub's access key.*S3_SECRET_ACCESS_KEY/],
        [{ bucket: "elsewhere" }, /no bucket elsewhere.*S3_BUCKET/],
      ] as const
    ) {
      const blobs = open(changes);
      assert.ok(await givesUp(() => blobs.check(), sentence) < 5);
      assert.ok(await givesUp(() => blobs.put(noise(10)), sentence) < 5);
      await blobs.close();
    }
  }));

Deno.test("a file that changes while it is sent is not kept under the wrong hash", () =>
  inS3Place(async ({ blobs, s3, tmp }) => {
    const path = `${tmp}/file`;
    await Deno.writeFile(path, noise(1_000_000));
    await s3!.stop();
    const storing = blobs.putFile(path);
    await later(500);
    await Deno.writeFile(path, noise(1_000_000));
    await s3!.start();
    await assert.rejects(storing, /changed while it was stored/);
  }, 30));
