import assert from "node:assert/strict";
import type { Files } from "../../../../../hub/server/store/records.ts";
import { file, type Hub, newArtifact, onEach } from "./each.ts";
import { newProof } from "./proofs.ts";

// Jobs of other tests that run would keep results here, and results of other tests would be dropped here.
async function endOthers({ database, store }: Hub): Promise<void> {
  await database.query("UPDATE zkgrad_hub.artifacts SET status = 'FAILED' WHERE status = 'PENDING'");
  await database.query("UPDATE zkgrad_hub.proofs SET status = 'FAILED' WHERE status = 'PENDING'");
  await store.dropUnusedResults();
}

onEach("a file that others refer to outlives the artifact", async ({ store, organization }) => {
  const [shared, own, twice] = [file(), file(), file()];
  const one = await store.createArtifact(
    newArtifact(organization, { files: { a: shared, b: own, c: twice, d: twice } }),
  );
  const two = await store.createArtifact(newArtifact(organization, { files: { z: shared } }));
  const removed = await store.deleteArtifact(one.id, organization.id);
  assert.deepEqual(removed, [{ b: own, c: twice }]);
  assert.equal(await store.isReferenced(shared.key), true);
  assert.equal(await store.isReferenced(own.key), false);
  const proof = (await store.createProof({ ...newProof(organization, two.id), files: { p: shared } }))!;
  assert.deepEqual(await store.deleteProof(proof.id, organization.id), []);
  assert.deepEqual(await store.deleteArtifact(two.id, organization.id), [{ z: shared }]);
  assert.equal(await store.isReferenced(shared.key), false);
});

onEach("a stage's results are given to everybody, and the last ones count", async ({ store, other }) => {
  const fingerprint = crypto.randomUUID();
  assert.equal(await store.stageResult(fingerprint), null);
  const [first, second] = [file(), file()];
  await store.saveStageResult(fingerprint, "keys", { "vk.key": first }, '{"a":1}');
  assert.deepEqual(await other.stageResult(fingerprint), { files: { "vk.key": first }, note: '{"a":1}' });
  assert.equal(await other.isReferenced(first.key), true);
  await other.saveStageResult(fingerprint, "keys", { "vk.key": second }, "");
  assert.deepEqual(await store.stageResult(fingerprint), { files: { "vk.key": second }, note: "" });
  assert.equal(await other.isReferenced(first.key), false);
});

onEach("a stage result goes with the last record that refers to any of its files", async (hub) => {
  const { store, organization } = hub;
  await endOthers(hub);
  const result: Files = { "pk.key": file(), "vk.key": file() };
  const fingerprint = crypto.randomUUID();
  await store.saveStageResult(fingerprint, "keys", result, "");
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) {
    const { id } = await store.createArtifact(newArtifact(organization, { files: { "vk.key": result["vk.key"]! } }));
    ids.push(id);
  }
  assert.deepEqual(await store.deleteArtifact(ids[0]!, organization.id), []);
  assert.deepEqual((await store.stageResult(fingerprint))?.files, result);
  const removed = (await store.deleteArtifact(ids[1]!, organization.id))!;
  assert.deepEqual(Object.assign({}, ...removed), result);
  assert.equal(removed.flatMap(Object.keys).length, 2);
  assert.equal(await store.stageResult(fingerprint), null);
});

onEach("a stage result that a running job uses stays until the job is over", async (hub) => {
  const { store, organization } = hub;
  await endOthers(hub);
  const result: Files = { "settings.json": file() };
  const fingerprint = crypto.randomUUID();
  const old = await store.createArtifact(newArtifact(organization, { files: result }));
  await store.saveStageResult(fingerprint, "calibration", result, "");
  const running = await store.createArtifact(newArtifact(organization));
  await store.beginArtifact(running.id);
  assert.ok(await store.stageResult(fingerprint));
  assert.deepEqual(await store.deleteArtifact(old.id, organization.id), []);
  assert.deepEqual(await store.dropUnusedResults(), []);
  assert.ok(await store.stageResult(fingerprint));
  await store.patchArtifact(running.id, 1, { status: "FAILED" });
  assert.deepEqual(await store.dropUnusedResults(), [result]);
  assert.equal(await store.stageResult(fingerprint), null);
});

onEach("a stage result that a running job has made anew stays until the job is over", async (hub) => {
  const { store, organization } = hub;
  await endOthers(hub);
  const [old, result]: Files[] = [{ "vk.key": file() }, { "vk.key": file() }];
  const fingerprint = crypto.randomUUID();
  await store.saveStageResult(fingerprint, "keys", old!, "");
  const running = await store.createArtifact(newArtifact(organization));
  await store.beginArtifact(running.id);
  await store.saveStageResult(fingerprint, "keys", result!, "");
  assert.deepEqual(await store.dropUnusedResults(), []);
  assert.equal(await store.patchArtifact(running.id, 1, { files: result! }), true);
  await store.patchArtifact(running.id, 1, { status: "SUCCESS" });
  assert.deepEqual(await store.dropUnusedResults(), []);
  assert.deepEqual(await store.deleteArtifact(running.id, organization.id), [result]);
});

onEach("a stage result without files stays", async (hub) => {
  const { store } = hub;
  await endOthers(hub);
  const fingerprint = crypto.randomUUID();
  await store.saveStageResult(fingerprint, "calibration", {}, "note");
  await store.dropUnusedResults();
  assert.deepEqual(await store.stageResult(fingerprint), { files: {}, note: "note" });
});

onEach("of two artifacts that are deleted at once one gives back the file they shared", async (hub) => {
  const { store, other, organization } = hub;
  for (let round = 0; round < 10; round++) {
    const shared = { "network.onnx": file() };
    const [one, two] = [newArtifact(organization, { files: shared }), newArtifact(organization, { files: shared })];
    await store.createArtifact(one);
    await store.createArtifact(two);
    const removed = await Promise.all([
      store.deleteArtifact(one.id, organization.id),
      other.deleteArtifact(two.id, organization.id),
    ]);
    assert.deepEqual(removed.flat(), [shared]);
  }
});

onEach("a file that was given to be removed is being removed until that is over, or for a minute", async (hub) => {
  const { database, store, other, organization } = hub;
  const [one, two] = [file(), file()];
  const { id } = await store.createArtifact(newArtifact(organization, { files: { a: one, b: two } }));
  assert.equal(await other.beingRemoved([one.key]), false);
  await store.deleteArtifact(id, organization.id);
  assert.deepEqual(await Promise.all([one, two].map(({ key }) => other.beingRemoved([key]))), [true, true]);
  await store.removalOver([one.key]);
  assert.deepEqual(await Promise.all([one, two].map(({ key }) => other.beingRemoved([key]))), [false, true]);
  await database.query("UPDATE zkgrad_hub.removals SET begun_at = now() - interval '61 seconds' WHERE blob_key = $1", [
    two.key,
  ]);
  assert.equal(await other.beingRemoved([two.key]), false);
  // Whoever comes to it then counts from the beginning.
  const next = await store.createArtifact(newArtifact(organization, { files: { b: two } }));
  await store.deleteArtifact(next.id, organization.id);
  assert.equal(await other.beingRemoved([two.key]), true);
  await store.removalOver([two.key]);
  assert.equal(await other.beingRemoved([two.key]), false);
});
