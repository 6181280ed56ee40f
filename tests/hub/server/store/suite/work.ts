import assert from "node:assert/strict";
import type { ArtifactPatch, ProofPatch } from "../../../../../hub/server/store/records.ts";
import { file, newArtifact, onEach } from "./each.ts";
import { newProof } from "./proofs.ts";

onEach("what a worker writes of an artifact is read back", async ({ store, other, organization }) => {
  const { id } = await store.createArtifact(newArtifact(organization));
  const begun = await other.beginArtifact(id);
  assert.equal(begun?.attempt, 1);
  const patch: ArtifactPatch = {
    stage: "keys",
    progress: 0.25,
    waiting: "for a worker with 8 GiB",
    errors: ['a, "b" {c}', "line\nline \\ '", "NULL", "null", "", "end\0"],
    files: { "settings.json": file(), "vk.key": file() },
    price: '{"logrows":14}',
    report: "[1, 2]",
    srs: '{"origin":"unsafe"}',
  };
  assert.equal(await store.patchArtifact(id, 1, patch), true);
  const record = await other.artifact(id, organization.id);
  const stored = { ...begun!, ...patch, errors: [...patch.errors!.slice(0, -1), "end\ufffd"] };
  assert.deepEqual({ ...record, updatedAt: stored.updatedAt }, stored);
  assert.equal(await store.patchArtifact(id, 1, { price: null, status: "FAILED" }), true);
  assert.deepEqual((await other.artifact(id, organization.id))?.price, null);
  assert.deepEqual((await other.artifact(id, organization.id))?.report, "[1, 2]");
});

onEach("what a worker writes of a proof is read back", async ({ store, other, organization }) => {
  const artifact = await store.createArtifact(newArtifact(organization));
  const { id } = (await store.createProof(newProof(organization, artifact.id)))!;
  const begun = await other.beginProof(id);
  assert.equal(begun?.proof.attempt, 1);
  assert.deepEqual(begun?.artifact, artifact);
  const patch: ProofPatch = {
    status: "SUCCESS",
    stage: "done",
    progress: 1,
    files: { "test.pf": file() },
    proof: `0x${"ab".repeat(100_000)}`,
    instances: '["00"]',
    transcriptType: "EVM",
    timings: '{"witness":0.5}',
  };
  assert.equal(await store.patchProof(id, 1, patch), true);
  const record = await other.proof(id, organization.id);
  assert.deepEqual({ ...record, updatedAt: 0 }, { ...begun!.proof, ...patch, updatedAt: 0 });
});

onEach("a worker whose record was begun again by another writes no more", async ({ store, other, organization }) => {
  const { id } = await store.createArtifact(newArtifact(organization));
  assert.equal((await store.beginArtifact(id))?.attempt, 1);
  assert.equal(await store.patchArtifact(id, 1, { progress: 0.1 }), true);
  assert.equal((await other.beginArtifact(id))?.attempt, 2);
  assert.equal(await store.patchArtifact(id, 1, { status: "SUCCESS", errors: ["late"] }), false);
  assert.equal(await other.patchArtifact(id, 2, { status: "SUCCESS" }), true);
  assert.equal(await other.patchArtifact(id, 2, { progress: 0 }), false);
  assert.equal(await store.patchArtifact(id, 1, {}), false);
  const record = await store.artifact(id, organization.id);
  assert.deepEqual([record?.status, record?.errors, record?.progress], ["SUCCESS", [], 0.1]);
  assert.equal(await store.beginArtifact(id), null);
});

onEach("attempts that begin at once have different numbers, and the last alone writes", async (hub) => {
  const { store, other, organization } = hub;
  const artifact = await store.createArtifact(newArtifact(organization));
  const { id } = (await store.createProof(newProof(organization, artifact.id)))!;
  const begun = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? store : other).beginProof(id)));
  const numbers = begun.map((pair) => pair!.proof.attempt);
  assert.deepEqual(numbers.toSorted((a, b) => a - b), Array.from({ length: 12 }, (_, i) => i + 1));
  const wrote = await Promise.all(numbers.map(async (attempt, i) => {
    const proof = `0x${attempt}`;
    return await (i % 2 ? store : other).patchProof(id, attempt, { status: "SUCCESS", proof }) ? attempt : 0;
  }));
  assert.deepEqual(wrote.filter((attempt) => attempt > 0), [12]);
  assert.equal((await store.proof(id, organization.id))?.proof, "0x12");
});

onEach("of a cancellation and a last write at once exactly one counts", async ({ store, other, organization }) => {
  for (let round = 0; round < 20; round++) {
    const { id } = await store.createArtifact(newArtifact(organization));
    await store.beginArtifact(id);
    const write = () => store.patchArtifact(id, 1, { status: "SUCCESS" });
    const cancel = () => other.cancelArtifact(id, organization.id);
    const [first, second] = await Promise.all(round % 2 ? [write(), cancel()] : [cancel(), write()]);
    assert.notEqual(first, second);
    const { status } = (await store.artifact(id, organization.id))!;
    assert.equal(status, (round % 2 ? first : second) ? "SUCCESS" : "CANCELLED");
  }
});

onEach("an empty patch says only that the job goes on", async ({ store, database, organization }) => {
  const before = await store.createArtifact(newArtifact(organization));
  await store.beginArtifact(before.id);
  await database.query("UPDATE zkgrad_hub.artifacts SET updated_at = '2020-01-01' WHERE id = $1", [before.id]);
  assert.equal(await store.patchArtifact(before.id, 1, {}), true);
  const after = (await store.artifact(before.id, organization.id))!;
  assert.ok(after.updatedAt.getTime() >= before.updatedAt.getTime());
  assert.deepEqual({ ...after, updatedAt: 0, attempt: 0 }, { ...before, updatedAt: 0 });
});

onEach("what does not exist is not begun and not written", async ({ store }) => {
  for (const id of [crypto.randomUUID(), "nothing", ""]) {
    assert.equal(await store.beginArtifact(id), null);
    assert.equal(await store.beginProof(id), null);
    assert.equal(await store.patchArtifact(id, 0, { progress: 1 }), false);
    assert.equal(await store.patchProof(id, 0, { progress: 1 }), false);
  }
});

onEach(
  "what is PENDING is listed oldest first, a proof with its artifact's price",
  async ({ store, database, organization }) => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { id } = await store.createArtifact(newArtifact(organization));
      await database.query("UPDATE zkgrad_hub.artifacts SET created_at = $2 WHERE id = $1", [id, `2020-01-0${i + 1}`]);
      ids.push(id);
    }
    await store.beginArtifact(ids[1]!);
    await store.patchArtifact(ids[1]!, 1, { price: '{"bytes":5}' });
    const mine = (await store.pendingArtifacts()).filter(({ id }) => ids.includes(id));
    assert.deepEqual(mine.map(({ id, attempt, price }) => [id, attempt, price]), [
      [ids[0], 0, null],
      [ids[1], 1, '{"bytes":5}'],
      [ids[2], 0, null],
    ]);
    assert.ok(mine[0]!.updatedAt instanceof Date);
    const proof = (await store.createProof(newProof(organization, ids[1]!)))!;
    const proofs = (await store.pendingProofs()).filter(({ id }) => id === proof.id);
    assert.deepEqual(proofs, [{ id: proof.id, attempt: 0, updatedAt: proof.updatedAt, price: '{"bytes":5}' }]);
    await store.cancelProof(proof.id, organization.id);
    assert.ok(!(await store.pendingProofs()).some(({ id }) => id === proof.id));
  },
);

onEach("records are counted by status", async ({ store, organization }) => {
  const before = await store.counts();
  const { id } = await store.createArtifact(newArtifact(organization));
  await store.createProof(newProof(organization, id));
  const after = await store.counts();
  assert.equal(after.artifacts["PENDING"], (before.artifacts["PENDING"] ?? 0) + 1);
  assert.equal(after.proofs["PENDING"], (before.proofs["PENDING"] ?? 0) + 1);
});

onEach("workers are known while they say that they live", async ({ store, other, database }) => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
  await store.noteWorker(one, 2);
  await store.noteWorker(two, 0.5);
  await store.noteWorker(one, 4.5);
  const mine = async (seconds: number) =>
    (await other.workers(seconds)).filter(({ id }) => id === one || id === two).map((
      { id, memoryGiB },
    ) => [id, memoryGiB]);
  assert.deepEqual(await mine(60), [[one, 4.5], [two, 0.5]].sort());
  await database.query("UPDATE zkgrad_hub.workers SET seen = now() - interval '90 seconds' WHERE id = $1", [one]);
  assert.deepEqual(await mine(60), [[two, 0.5]]);
  assert.equal((await mine(120)).length, 2);
  await store.forgetWorker(two);
  assert.deepEqual(await mine(120), [[one, 4.5]]);
  await database.query("UPDATE zkgrad_hub.workers SET seen = now() - interval '2 days' WHERE id = $1", [one]);
  await store.noteWorker(two, 1);
  assert.deepEqual((await other.workers(10 ** 9)).filter(({ id }) => id === one), []);
  await store.forgetWorker(two);
});
