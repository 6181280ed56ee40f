/** Public files go with the last record that refers to them, and never from under one that is about to. */
import assert from "node:assert/strict";
import type { Blobs } from "../../../../hub/server/files/blobs.ts";
import { areThere, haveStayed, removeUnused } from "../../../../hub/server/files/unused_blobs.ts";
import { keepFiles } from "../../../../hub/server/graphql/keep_files.ts";
import type { HubContext } from "../../../../hub/server/graphql/context.ts";
import type { ArtifactRecord, Files } from "../../../../hub/server/store/records.ts";
import { TestHub } from "../http/test_hub.ts";

const DELETE = "mutation($id: String!) { deleteArtifact(id: $id) }";

async function publicFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await publicFiles(`${folder}/${name}`));
    else if (!folder.endsWith("/private")) found.push(name);
  }
  return found.toSorted();
}

/** Blobs of which some methods are others. */
function blobsWith(blobs: Blobs, changes: Partial<Blobs>): Blobs {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(blobs)) as (keyof Blobs)[];
  const bound = Object.fromEntries(own.map((name) => [name, blobs[name].bind(blobs)])) as unknown as Blobs;
  return { ...bound, ...changes };
}

const failing = (error: unknown): never => {
  throw error;
};

Deno.test("files that nobody else refers to are removed with their record", async (t) => {
  await using hub = await TestHub.start();
  const { services, organization } = hub;
  const { store, blobs } = services;
  const hashes = ({ files }: { files: Files }) => Object.values(files).map(({ sha256 }) => sha256).toSorted();

  await t.step("at once, the public ones too, and not those of others", async () => {
    const [first, second] = [await hub.artifact(), await hub.artifact()];
    const proof = await hub.proof(first);
    const stage: Files = {
      "key.pk": await blobs.put(new Uint8Array(100)),
      "network.onnx": first.files["network.onnx"],
    };
    await store.saveStageResult("fingerprint", "keys", stage, "");
    const all = new Set([...hashes(first), ...hashes(proof), ...hashes({ files: stage })]);
    all.delete(proof.files["witness.json"].sha256);
    assert.deepEqual(await publicFiles(hub.files), [...all].toSorted());
    assert.deepEqual((await hub.graphql(DELETE, { id: first.id })).errors, []);
    // The stage's result shares a file with the second artifact, so it stays with all of its files.
    const left = new Set([...hashes(second), ...hashes({ files: stage })]);
    assert.deepEqual(await publicFiles(hub.files), [...left].toSorted());
    assert.deepEqual((await hub.graphql(DELETE, { id: second.id })).errors, []);
    assert.deepEqual(await publicFiles(hub.files), []);
    assert.equal(await store.beingRemoved(Object.values(second.files).map(({ key }) => key)), false);
  });

  const model = crypto.getRandomValues(new Uint8Array(1000));
  const newRecord = (files: Files) =>
    store.createArtifact({
      ...{ id: crypto.randomUUID(), organizationId: organization.id, name: "x", description: "", target: "resources" },
      ...{ tolerance: 0, runArgs: "{}", files },
    });
  const keep = async (changes: Partial<Blobs> = {}, record = newRecord): Promise<ArtifactRecord> => {
    const context = { services: { ...services, blobs: blobsWith(blobs, changes) }, requestId: "" };
    const kept = [{ name: "network.onnx", bytes: model, isPrivate: false }];
    return await keepFiles(kept, context as unknown as HubContext, record);
  };
  const readable = async ({ files }: ArtifactRecord) => await areThere(Object.values(files), blobs);

  await t.step(
    "an upload that finds its model there keeps it, though it is deleted before the record is made",
    async () => {
      const old = await keep();
      const fresh = await keep({}, async (files) => {
        assert.equal(files["network.onnx"].key, old.files["network.onnx"].key);
        await hub.graphql(DELETE, { id: old.id });
        assert.deepEqual(await publicFiles(hub.files), []);
        return await newRecord(files);
      });
      assert.ok(await readable(fresh));
      await hub.graphql(DELETE, { id: fresh.id });
    },
  );

  await t.step("or is about to be removed when the record is made", async () => {
    const old = await keep();
    const unused = (await store.deleteArtifact(old.id, organization.id))!;
    const { promise: looked, resolve: look } = Promise.withResolvers<void>();
    const { promise: gone, resolve: go } = Promise.withResolvers<void>();
    // It has seen that nobody refers to the file, and is slow.
    const slow = blobsWith(blobs, {
      remove: async (file) => {
        look();
        await gone;
        await blobs.remove(file);
      },
    });
    const removed = removeUnused(unused, { store, blobs: slow }, failing);
    await looked;
    let over = false;
    const kept = keep().then((record) => (over = true, record));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(over, false, "the upload waits for the removal");
    go();
    await removed;
    const fresh = await kept;
    assert.ok(await readable(fresh));
    await hub.graphql(DELETE, { id: fresh.id });
  });

  await t.step("or was to be removed, and nobody has come to it yet", async () => {
    const old = await keep();
    const unused = (await store.deleteArtifact(old.id, organization.id))!;
    const file = old.files["network.onnx"];
    assert.equal(await store.beingRemoved([file.key]), true);
    const record = await newRecord({ "network.onnx": await blobs.put(model) });
    await removeUnused(unused, { store, blobs }, failing);
    assert.ok(await readable(record), "who removes looks once more");
    assert.equal(await haveStayed([file], { store, blobs }), true);
    await hub.graphql(DELETE, { id: record.id });
  });

  await t.step("what cannot be removed is told, and nobody waits for it", async () => {
    const old = await keep();
    const unused = (await store.deleteArtifact(old.id, organization.id))!;
    const errors: unknown[] = [];
    const broken = blobsWith(blobs, { remove: () => Promise.reject(new Error("away")) });
    await removeUnused(unused, { store, blobs: broken }, (error) => void errors.push(error));
    assert.equal(errors.length, 1);
    assert.equal(await store.beingRemoved([old.files["network.onnx"].key]), false);
  });

  await t.step("whoever was killed while removing holds nobody up for more than a minute", async () => {
    const old = await keep();
    await store.deleteArtifact(old.id, organization.id);
    const key = old.files["network.onnx"].key;
    assert.equal(await store.beingRemoved([key]), true);
    // Two who are at the same file, one of whom is done.
    const again = await newRecord(old.files);
    await store.deleteArtifact(again.id, organization.id);
    await store.removalOver([key]);
    assert.equal(await store.beingRemoved([key]), true);
    await store.removalOver([key]);
    assert.equal(await store.beingRemoved([key]), false);
  });
});
