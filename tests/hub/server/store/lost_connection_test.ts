import assert from "node:assert/strict";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPostgres, UncertainCommitError } from "../../../../hub/server/store/postgres.ts";
import type { Organization } from "../../../../hub/server/store/records.ts";
import type { Store } from "../../../../hub/server/store/store.ts";
import { POSTGRES_INSTALLED, TestPostgres } from "../postgres.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { newArtifact, quiet } from "./suite/each.ts";

let server: TestPostgres;
let databases = 0;

Deno.test.beforeAll(async () => {
  if (POSTGRES_INSTALLED) server = await TestPostgres.create();
});
Deno.test.afterAll(async () => {
  if (POSTGRES_INSTALLED) await server.remove();
});

type Body = (hub: { store: Store; organization: Organization; proxy: CuttingProxy }) => Promise<void>;

function behindProxy(name: string, body: Body): void {
  Deno.test({
    name: `${name} (where Postgres is installed)`,
    ignore: !POSTGRES_INSTALLED,
    fn: async () => {
      const proxy = new CuttingProxy(await server.createDatabase(`test${++databases}`));
      const store = await openStore(await openPostgres(proxy.url, quiet));
      try {
        await body({ store, organization: await store.createOrganization("local"), proxy });
      } finally {
        await store.close();
        await proxy.close();
      }
    },
  });
}

for (
  const [word, when] of [["BEGIN", "before"], ["BEGIN", "after"], ["INSERT", "before"], ["INSERT", "after"]] as const
) {
  behindProxy(`a record is made once where the connection is cut ${when} ${word}`, async (hub) => {
    const { store, organization, proxy } = hub;
    proxy.cutAt(word, when);
    const { id } = await store.createArtifact(newArtifact(organization));
    assert.ok(proxy.wasCut);
    assert.deepEqual((await store.pendingArtifacts()).map((pending) => pending.id), [id]);
  });
}

for (const when of ["before", "after"] as const) {
  behindProxy(`a new record is told as uncertain where the connection is cut ${when} COMMIT`, async (hub) => {
    const { store, organization, proxy } = hub;
    proxy.cutAt("COMMIT", when);
    await assert.rejects(store.createArtifact(newArtifact(organization)), UncertainCommitError);
    assert.equal((await store.pendingArtifacts()).length, when === "before" ? 0 : 1);
  });

  behindProxy(`a worker's last write counts where the connection is cut ${when} COMMIT`, async (hub) => {
    const { store, organization, proxy } = hub;
    const { id } = await store.createArtifact(newArtifact(organization));
    await store.beginArtifact(id);
    proxy.cutAt("COMMIT", when);
    assert.equal(await store.patchArtifact(id, 1, { progress: 0.5 }), true);
    assert.ok(proxy.wasCut);
    proxy.cutAt("COMMIT", when);
    assert.equal(await store.patchArtifact(id, 1, { status: "SUCCESS" }), true);
    assert.ok(proxy.wasCut);
    assert.equal((await store.artifact(id, organization.id))?.status, "SUCCESS");
    proxy.cutAt("COMMIT", when);
    assert.equal(await store.patchArtifact(id, 1, { status: "FAILED" }), false);
  });
}

behindProxy("a reading is repeated where the connection is cut", async ({ store, organization, proxy }) => {
  const made = await store.createArtifact(newArtifact(organization));
  for (const when of ["before", "after"] as const) {
    proxy.cutAt("FROM zkgrad_hub.artifacts", when);
    assert.deepEqual(await store.artifact(made.id, organization.id), made);
    assert.ok(proxy.wasCut);
  }
});
