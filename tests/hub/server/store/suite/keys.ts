import assert from "node:assert/strict";
import { ConflictError, NotFoundError } from "../../../../../hub/server/errors.ts";
import { onEach } from "./each.ts";

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
  assert.deepEqual(await other.authenticate(key), { organization, keyId });
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

onEach("a key of no organisation is refused", async ({ store }) => {
  await assert.rejects(store.createApiKey(crypto.randomUUID(), ""), NotFoundError);
  await assert.rejects(store.createApiKey("nobody", ""), NotFoundError);
  assert.deepEqual(await store.apiKeys("nobody"), []);
});
