import assert from "node:assert/strict";
import { ConflictError, NotFoundError } from "../../../../../hub/server/errors.ts";
import { file, newArtifact, onEach } from "./each.ts";

onEach("an organisation is found by its name, which only one may have", async ({ store, organization }) => {
  assert.deepEqual(await store.organizationByName(organization.name), organization);
  assert.equal(await store.organizationByName(`${organization.name}\0`), null);
  assert.ok((await store.organizations()).some(({ id }) => id === organization.id));
  await assert.rejects(store.createOrganization(organization.name), ConflictError);
});

onEach("a key opens its organisation until it is revoked", async ({ store, other, organization }) => {
  const key = await store.createApiKey(organization.id, "laptop");
  assert.match(key, /^zkg_[0-9a-f]{16}_[0-9a-f]{64}$/);
  const keyId = key.split("_")[1]!;
  assert.deepEqual(await other.authenticate(key), { organization, keyId, scopes: ["deploy", "prove", "read"] });
  const [note, ...rest] = await store.apiKeys(organization.id);
  assert.deepEqual(rest, []);
  assert.equal(note!.label, "laptop");
  assert.ok(note!.createdAt instanceof Date);
  assert.equal(note!.revokedAt, null);
  assert.equal(await store.revokeApiKey(keyId), true);
  assert.equal(await store.revokeApiKey(keyId), false);
  assert.equal(await other.authenticate(key), null);
  assert.ok((await store.apiKeys(organization.id))[0]!.revokedAt instanceof Date);
});

onEach("what is nearly a key opens nothing", async ({ store, organization }) => {
  const key = await store.createApiKey(organization.id, "");
  const second = await store.createApiKey(organization.id, "");
  const [, id, secret] = key.split("_");
  const flipped = key.at(-1) === "0" ? "1" : "0";
  const wrong = [
    "",
    "zkg__",
    key.slice(0, -1) + flipped,
    key.toUpperCase(),
    `${key} `,
    `${key}\0`,
    `zkg_${"0".repeat(16)}_${secret}`,
    `zkg_${id}_${second.split("_")[2]}`,
    `zkg_${id}_${"0".repeat(64)}`,
    `zkg_' OR true --_${secret}`,
    "x".repeat(1_000_000),
  ];
  for (const text of wrong) assert.equal(await store.authenticate(text), null, text.slice(0, 100));
});

onEach("the database never holds a key's secret", async ({ store, database, organization }) => {
  const secret = (await store.createApiKey(organization.id, "")).split("_")[2]!;
  const rows = await database.query<{ row: string }>("SELECT k::text AS row FROM zkgrad_hub.api_keys k");
  assert.ok(rows.length > 0);
  for (const { row } of rows) assert.ok(!row.includes(secret));
});

onEach("a key has the scopes that it was made with, and one from before there were any has all", async (hub) => {
  const { store, other, database, organization } = hub;
  const key = await store.createApiKey(organization.id, "phone", ["read", "prove"]);
  assert.deepEqual((await other.authenticate(key))!.scopes, ["read", "prove"]);
  await assert.rejects(store.createApiKey(organization.id, "", []), /scopes_check/);
  await database.query(
    "INSERT INTO zkgrad_hub.api_keys (id, organization_id, label, secret_hash) VALUES ($1, $2, '', $3)",
    [
      crypto.randomUUID(),
      organization.id,
      new Uint8Array(32),
    ],
  );
  const scopes = (await store.apiKeys(organization.id)).map(({ scopes }) => scopes);
  assert.deepEqual(scopes, [["read", "prove"], ["deploy", "prove", "read"]]);
});

onEach("what a key was used for is counted once, and stays when the records go", async ({ store, organization }) => {
  const key = await store.createApiKey(organization.id, "");
  const keyId = key.split("_")[1]!;
  const used = async () => {
    const [{ artifacts, proofs, bytes, seconds }] = await store.apiKeys(organization.id);
    return { artifacts, proofs, bytes, seconds };
  };
  assert.deepEqual(await used(), { artifacts: 0, proofs: 0, bytes: 0, seconds: 0 });
  const artifact = await store.createArtifact(
    newArtifact(organization, { keyId, files: { "network.onnx": file("ab") } }),
  );
  await store.createArtifact(newArtifact(organization));
  const asked = {
    artifactId: artifact.id,
    organizationId: organization.id,
    files: { "input.json": file("abc") },
    keyId,
  };
  const [first, second] = await Promise.all(
    [1, 2].map(async () => (await store.createProof({ id: crypto.randomUUID(), ...asked }))!),
  );
  assert.deepEqual(await used(), { artifacts: 1, proofs: 0, bytes: 8, seconds: 0 });
  const { proof: { attempt } } = (await store.beginProof(first!.id))!;
  assert.ok(await store.patchProof(first!.id, attempt, { timings: '{"witness":0.25,"proof":2}' }));
  assert.ok(await store.patchProof(first!.id, attempt, { status: "SUCCESS", timings: '{"witness":0.25,"proof":2.5}' }));
  assert.equal(await store.patchProof(first!.id, attempt, { status: "SUCCESS" }), false);
  assert.ok(await store.cancelProof(second!.id, organization.id));
  const after = { artifacts: 1, proofs: 1, bytes: 8, seconds: 2.75 };
  assert.deepEqual(await used(), after);
  assert.ok(await store.deleteArtifact(artifact.id, organization.id));
  assert.deepEqual(await used(), after);
});

onEach("a key of no organisation is refused", async ({ store }) => {
  await assert.rejects(store.createApiKey(crypto.randomUUID(), ""), NotFoundError);
  await assert.rejects(store.createApiKey("nobody", ""), NotFoundError);
  assert.deepEqual(await store.apiKeys("nobody"), []);
});
