import assert from "node:assert/strict";
import { BadRequestError, ConflictError, NotFoundError } from "../../../../../hub/server/errors.ts";
import type { ArtifactRecord } from "../../../../../hub/server/store/records.ts";
import { file, type Hub, newArtifact, onEach } from "./each.ts";

onEach("an artifact is read back as it was written", async ({ store, other, organization }) => {
  const artifact = newArtifact(organization, {
    name: 'l\'été "x" \\ 数 🙂',
    description: "line\nline",
    tolerance: 1e-7,
    runArgs: '{"inputScale":7}',
  });
  const made = await store.createArtifact(artifact);
  const { createdAt, updatedAt, ...rest } = made;
  assert.deepEqual(rest, {
    ...artifact,
    status: "PENDING",
    stage: "queued",
    progress: 0,
    waiting: "",
    errors: [],
    price: null,
    report: null,
    srs: null,
    attempt: 0,
  });
  assert.ok(Math.abs(createdAt.getTime() - Date.now()) < 60_000);
  assert.deepEqual(updatedAt, createdAt);
  assert.deepEqual(await other.artifact(artifact.id, organization.id), made);
  assert.deepEqual(await other.artifact(artifact.id.toUpperCase(), organization.id), made);
});

onEach("what a database cannot hold in a name is replaced, not an error", async ({ store, organization }) => {
  const made = await store.createArtifact(newArtifact(organization, { name: "a\0b\ud800c" }));
  assert.equal(made.name, "a\ufffdb\ufffdc");
});

onEach("an id is given once, and an artifact has an organisation", async ({ store, organization }) => {
  const artifact = newArtifact(organization);
  await store.createArtifact(artifact);
  await assert.rejects(store.createArtifact(artifact), ConflictError);
  const nobody = { id: crypto.randomUUID(), name: "" };
  await assert.rejects(store.createArtifact(newArtifact(nobody)), NotFoundError);
});

onEach("another's artifact and one that does not exist look alike", async ({ store, organization }) => {
  const { id } = await store.createArtifact(newArtifact(organization));
  const stranger = (await store.createOrganization(crypto.randomUUID())).id;
  const strangers = [[id, stranger], [id, "nobody"], [crypto.randomUUID(), organization.id], ["x\0", organization.id]];
  for (const [artifact, who] of strangers as [string, string][]) {
    assert.equal(await store.artifact(artifact, who), null);
    assert.equal(await store.cancelArtifact(artifact, who), false);
    assert.equal(await store.deleteArtifact(artifact, who), null);
  }
  assert.deepEqual(await store.artifacts(stranger, { first: 9, after: null }), { items: [], next: null });
  assert.deepEqual(await store.artifacts("nobody", { first: 9, after: null }), { items: [], next: null });
  assert.equal((await store.artifact(id, organization.id))?.status, "PENDING");
});

onEach("only what is PENDING is cancelled, and stays cancelled", async ({ store, organization }) => {
  const { id } = await store.createArtifact(newArtifact(organization));
  assert.equal(await store.cancelArtifact(id, organization.id), true);
  assert.equal(await store.cancelArtifact(id, organization.id), false);
  assert.equal((await store.artifact(id, organization.id))?.status, "CANCELLED");
  assert.equal(await store.beginArtifact(id), null);
  const done = await store.createArtifact(newArtifact(organization));
  await store.beginArtifact(done.id);
  await store.patchArtifact(done.id, 1, { status: "SUCCESS" });
  assert.equal(await store.cancelArtifact(done.id, organization.id), false);
  assert.equal((await store.artifact(done.id, organization.id))?.status, "SUCCESS");
});

async function makeMany({ database, store, organization }: Hub, times: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const time of times) {
    const { id } = await store.createArtifact(newArtifact(organization));
    await database.query("UPDATE zkgrad_hub.artifacts SET created_at = $2 WHERE id = $1", [id, time]);
    ids.push(id);
  }
  return ids;
}

onEach("parts of a list join without gap or repeat, also among equal times", async (hub) => {
  const { store, organization } = hub;
  const noon = "2030-01-01T12:00:00.1234567Z";
  const ids = await makeMany(hub, ["2030-01-01T11:59:59Z", noon, noon, noon, noon, "2030-01-01T12:00:00.124Z"]);
  const seen: ArtifactRecord[] = [];
  let after: string | null = null;
  for (let parts = 1;; parts++) {
    const part = await store.artifacts(organization.id, { first: 2, after });
    seen.push(...part.items);
    after = part.next;
    // What is made meanwhile is newer than everything, and does not move the place.
    if (parts === 1) await makeMany(hub, ["2031-01-01T00:00:00Z"]);
    if (parts === 2) await store.deleteArtifact(seen.at(-1)!.id, organization.id);
    if (after === null) {
      assert.equal(parts, 3);
      break;
    }
    assert.match(after, /^[\w-]+$/);
  }
  assert.deepEqual(seen.map(({ id }) => id), [ids[5], ...ids.slice(1, 5).sort().reverse(), ids[0]]);
  const whole = await store.artifacts(organization.id, { first: 6, after: null });
  assert.equal(whole.items.length, 6);
  assert.equal(whole.next, null);
});

onEach("artifacts are found by the hash of a file that their owner is told of", async ({ store, organization }) => {
  const [network, input] = [file(), file()];
  const make = (files: Record<string, typeof network>) => store.createArtifact(newArtifact(organization, { files }));
  const first = await make({ "network.onnx": network, "input.json": input });
  await make({ "network.onnx": file() });
  const last = await make({ "network.compiled": network });
  const found = async (sha256: string, first = 9, after: string | null = null) =>
    await store.artifacts(organization.id, { first, after }, sha256);
  assert.deepEqual((await found(network.sha256)).items, [last, first]);
  const { items, next } = await found(network.sha256, 1);
  assert.deepEqual([...items, ...(await found(network.sha256, 1, next)).items], [last, first]);
  for (const hash of [input.sha256, "", "\0", "'"]) assert.deepEqual((await found(hash)).items, [], hash);
  const stranger = await store.createOrganization(crypto.randomUUID());
  assert.deepEqual((await store.artifacts(stranger.id, { first: 9, after: null }, network.sha256)).items, []);
});

onEach("a cursor or a length that is none is refused with a sentence", async ({ store, organization }) => {
  const bytes = (text: string) => new TextEncoder().encode(text).toBase64({ alphabet: "base64url" });
  const id = crypto.randomUUID();
  const cursors = ["", "x", "!", "\0", bytes(id), bytes(`999999999999999 ${id}`), bytes(`1 ${id}; DROP`), bytes("1 x")];
  for (const after of cursors) {
    await assert.rejects(store.artifacts(organization.id, { first: 1, after }), BadRequestError, after);
  }
  for (const first of [0, -1, 201, 1.5, NaN, Infinity]) {
    await assert.rejects(store.artifacts(organization.id, { first, after: null }), BadRequestError, `${first}`);
  }
});
