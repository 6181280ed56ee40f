/** What the embedded database's store answers from memory: always what a look into the tables would have found. */
import assert from "node:assert/strict";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import type { Organization } from "../../../../hub/server/store/records.ts";
import type { NewProof, Store } from "../../../../hub/server/store/store.ts";
import { inFolder } from "../../../folder.ts";
import { embeddedDatabase } from "../pglite.ts";
import { file, newArtifact } from "./suite/each.ts";

/** A store, an organisation, and how many statements the database was asked. */
async function onStore(
  body: (store: Store, organization: Organization, asked: () => number) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const database = await embeddedDatabase(`${folder}/database`);
    let count = 0;
    const query = database.query.bind(database);
    database.query = (...statement) => {
      count++;
      return query(...statement);
    };
    const store = await openStore(database);
    const organization = await store.createOrganization("one");
    const asked = () => {
      const before = count;
      count = 0;
      return before;
    };
    await body(store, organization, asked);
    await store.close();
  });
}

function newProof({ id: organizationId }: Organization, artifactId: string): NewProof {
  return { id: crypto.randomUUID(), artifactId, organizationId, files: { "input.json": file() } };
}

Deno.test("hundreds who ask for a record and a key ask the database once", () =>
  onStore(async (store, organization, asked) => {
    const { id } = await store.createArtifact(newArtifact(organization));
    const proof = (await store.createProof(newProof(organization, id)))!;
    const key = await store.createApiKey(organization.id, "mine");
    asked();
    for (let round = 0; round < 2; round++) {
      const all = Array.from({ length: 200 }, async () => {
        assert.equal((await store.authenticate(key))!.organization.id, organization.id);
        assert.equal((await store.artifact(id, organization.id))!.id, id);
        assert.equal((await store.proof(proof.id.toUpperCase(), organization.id))!.id, proof.id);
      });
      await Promise.all(all);
    }
    assert.equal(asked(), 3);
  }));

Deno.test("whoever was told of a write reads it, whatever is read meanwhile", () =>
  onStore(async (store, organization) => {
    const { id } = await store.createArtifact(newArtifact(organization));
    const proof = (await store.createProof(newProof(organization, id)))!;
    const { attempt } = (await store.beginProof(proof.id))!.proof;
    for (let step = 1; step <= 50; step++) {
      const reading = Array.from({ length: 3 }, () => store.proof(proof.id, organization.id));
      const writing = store.patchProof(proof.id, attempt, { progress: step / 100 });
      reading.push(store.proof(proof.id, organization.id));
      assert.ok(await writing);
      assert.equal((await store.proof(proof.id, organization.id))!.progress, step / 100);
      await Promise.all(reading);
      assert.equal((await store.proof(proof.id, organization.id))!.progress, step / 100);
    }
    assert.ok(await store.cancelProof(proof.id, organization.id));
    assert.equal((await store.proof(proof.id, organization.id))!.status, "CANCELLED");
    await store.deleteArtifact(id, organization.id);
    assert.equal(await store.artifact(id, organization.id), null);
    assert.equal(await store.proof(proof.id, organization.id), null);
  }));

Deno.test("a record in memory is still its owner's alone", () =>
  onStore(async (store, organization) => {
    const { id } = await store.createArtifact(newArtifact(organization));
    const stranger = await store.createOrganization("two");
    const ask = () => [store.artifact(id, stranger.id), store.artifact(id, organization.id)];
    for (const answers of [ask(), ask(), ask().reverse()]) await Promise.all(answers);
    const [theirs, own] = await Promise.all(ask());
    assert.equal(theirs, null);
    assert.equal(own!.id, id);
  }));

Deno.test("a revoked key opens nothing from the moment that it is revoked", () =>
  onStore(async (store, organization) => {
    const key = await store.createApiKey(organization.id, "mine");
    const { keyId } = (await store.authenticate(key))!;
    const meanwhile = store.authenticate(key);
    assert.equal(await store.revokeApiKey(keyId), true);
    await meanwhile;
    assert.equal(await store.authenticate(key), null);
    assert.equal(await store.authenticate(key.replace(/.$/, (last) => last === "0" ? "1" : "0")), null);
  }));
