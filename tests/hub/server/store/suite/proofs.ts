import assert from "node:assert/strict";
import { ConflictError } from "../../../../../hub/server/errors.ts";
import type { Organization } from "../../../../../hub/server/store/records.ts";
import type { NewProof } from "../../../../../hub/server/store/store.ts";
import { file, newArtifact, onEach } from "./each.ts";

export function newProof(organization: Organization, artifactId: string): NewProof {
  return { id: crypto.randomUUID(), artifactId, organizationId: organization.id, files: { "input.json": file() } };
}

onEach("a proof is read back as it was written", async ({ store, other, organization }) => {
  const artifact = await store.createArtifact(newArtifact(organization));
  const proof = newProof(organization, artifact.id);
  const made = await store.createProof(proof);
  const { createdAt, updatedAt, ...rest } = made!;
  assert.deepEqual(rest, {
    ...proof,
    status: "PENDING",
    stage: "queued",
    progress: 0,
    waiting: "",
    errors: [],
    proof: null,
    instances: null,
    transcriptType: null,
    timings: null,
    attempt: 0,
  });
  assert.deepEqual(updatedAt, createdAt);
  assert.deepEqual(await other.proof(proof.id, organization.id), made);
  await assert.rejects(store.createProof(proof), ConflictError);
});

onEach("another's proof and artifact look as if they did not exist", async ({ store, organization }) => {
  const artifact = await store.createArtifact(newArtifact(organization));
  const { id } = (await store.createProof(newProof(organization, artifact.id)))!;
  const stranger = await store.createOrganization(crypto.randomUUID());
  assert.equal(await store.createProof(newProof(stranger, artifact.id)), null);
  assert.equal(await store.createProof(newProof(organization, crypto.randomUUID())), null);
  assert.equal(await store.createProof(newProof(organization, "nothing")), null);
  for (const [proof, who] of [[id, stranger.id], ["nothing", organization.id]] as const) {
    assert.equal(await store.proof(proof, who), null);
    assert.equal(await store.cancelProof(proof, who), false);
    assert.equal(await store.deleteProof(proof, who), null);
  }
  for (const artifactId of [null, artifact.id, "nothing"]) {
    assert.deepEqual((await store.proofs(stranger.id, artifactId, { first: 9, after: null })).items, []);
  }
});

onEach("proofs are listed all together and by artifact, in parts", async ({ store, organization }) => {
  const one = await store.createArtifact(newArtifact(organization));
  const two = await store.createArtifact(newArtifact(organization));
  for (const { id } of [one, two, one, one]) await store.createProof(newProof(organization, id));
  const all = await store.proofs(organization.id, null, { first: 9, after: null });
  assert.equal(all.items.length, 4);
  const first = await store.proofs(organization.id, one.id, { first: 2, after: null });
  const second = await store.proofs(organization.id, one.id, { first: 2, after: first.next });
  assert.equal(second.next, null);
  assert.deepEqual([...first.items, ...second.items], all.items.filter(({ artifactId }) => artifactId === one.id));
  assert.deepEqual((await store.proofs(organization.id, "nothing", { first: 9, after: null })).items, []);
});

onEach("a proof is cancelled while it is PENDING, and deleted at any time", async ({ store, organization }) => {
  const artifact = await store.createArtifact(newArtifact(organization));
  const proof = (await store.createProof(newProof(organization, artifact.id)))!;
  assert.equal(await store.cancelProof(proof.id, organization.id), true);
  assert.equal(await store.cancelProof(proof.id, organization.id), false);
  assert.equal(await store.beginProof(proof.id), null);
  assert.deepEqual(await store.deleteProof(proof.id, organization.id), [proof.files]);
  assert.equal(await store.proof(proof.id, organization.id), null);
});

onEach("a proof that is over is deleted when it was kept as long as was asked, and no other", async (hub) => {
  const { store, other, organization } = hub;
  const artifact = await store.createArtifact(newArtifact(organization));
  const make = async (keepSeconds: number | null, isOver = true) => {
    const proof = (await store.createProof({ ...newProof(organization, artifact.id), keepSeconds }))!;
    if (isOver) await store.cancelProof(proof.id, organization.id);
    return proof;
  };
  const [old, pending] = [await make(0), await make(0, false)];
  const stay = [pending, await make(600), await make(null)];
  const removed = (await store.deleteOldProofs()).flatMap(Object.values).map(({ key }) => key);
  // Others' tests may leave some too.
  assert.ok(removed.includes(old.files["input.json"].key));
  assert.ok(stay.every(({ files }) => !removed.includes(files["input.json"].key)));
  const left = (await other.proofs(organization.id, null, { first: 9, after: null })).items.map(({ id }) => id);
  assert.deepEqual(left.toSorted(), stay.map(({ id }) => id).toSorted());
  assert.deepEqual(await store.deleteOldProofs(), []);
  await store.cancelProof(pending.id, organization.id);
  assert.deepEqual(await store.deleteOldProofs(), [pending.files]);
});

onEach("an artifact that is deleted takes its proofs along", async ({ store, organization }) => {
  const artifact = await store.createArtifact(newArtifact(organization));
  const proof = (await store.createProof(newProof(organization, artifact.id)))!;
  assert.deepEqual(await store.deleteArtifact(artifact.id, organization.id), [artifact.files, proof.files]);
  assert.equal(await store.proof(proof.id, organization.id), null);
  assert.equal(await store.createProof(newProof(organization, artifact.id)), null);
});

onEach("proofs that are asked for while their artifact is deleted are either made or not", async (hub) => {
  const { store, other, organization } = hub;
  for (let round = 0; round < 10; round++) {
    const { id } = await store.createArtifact(newArtifact(organization));
    const asked = Array.from({ length: 4 }, () => other.createProof(newProof(organization, id)));
    await Promise.all([store.deleteArtifact(id, organization.id), ...asked]);
    assert.deepEqual((await store.proofs(organization.id, id, { first: 9, after: null })).items, []);
  }
});
