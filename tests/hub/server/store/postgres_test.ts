import assert from "node:assert/strict";
import { ConfigError, DatabaseError } from "../../../../hub/server/errors.ts";
import type { Database } from "../../../../hub/server/store/database.ts";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPostgres, UncertainCommitError } from "../../../../hub/server/store/postgres.ts";
import { POSTGRES_INSTALLED, TestPostgres } from "../postgres.ts";
import { newArtifact, quiet } from "./suite/each.ts";

let server: TestPostgres;
let databases = 0;

Deno.test.beforeAll(async () => {
  if (POSTGRES_INSTALLED) server = await TestPostgres.create();
});
Deno.test.afterAll(async () => {
  if (POSTGRES_INSTALLED) await server.remove();
});

// Each test has a database of its own; what it leaves open, Deno's own check after each test finds.
function onPostgres(name: string, body: (database: Database, url: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (where Postgres is installed)`,
    ignore: !POSTGRES_INSTALLED,
    fn: async () => {
      const url = await server.createDatabase(`test${++databases}`);
      const database = await openPostgres(url, quiet);
      try {
        await body(database, url);
      } finally {
        await database.close();
      }
    },
  });
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function soon(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await pause(10);
  assert.ok(condition(), "it did not happen within five seconds");
}

onPostgres("statements go on after Postgres was restarted while nobody asked it", async (database) => {
  await database.query("CREATE TABLE t (a integer)");
  for (const how of ["fast", "kill"] as const) {
    await Promise.all(Array.from({ length: 8 }, () => database.query("SELECT pg_sleep(0.02)")));
    await server.restart(how);
    await database.query("INSERT INTO t VALUES (1)");
    await database.transaction((sql) => sql.query("INSERT INTO t VALUES (1)"));
  }
  assert.deepEqual(await database.query("SELECT count(*)::integer AS count FROM t"), [{ count: 4 }]);
});

onPostgres("records that are made while Postgres is killed again and again are there once", async (database) => {
  const store = await openStore(database);
  const organization = await store.createOrganization("local");
  const [kept, uncertain] = [new Set<string>(), new Set<string>()];
  let stop = false;
  const writer = async (): Promise<void> => {
    while (!stop) {
      const artifact = newArtifact(organization);
      try {
        await store.createArtifact(artifact);
        kept.add(artifact.id);
      } catch (error) {
        assert.ok(error instanceof UncertainCommitError, `${error}`);
        uncertain.add(artifact.id);
      }
    }
  };
  const writers = Array.from({ length: 4 }, writer);
  for (let round = 0; round < 6; round++) {
    await pause(250);
    await server.restart(round % 2 ? "fast" : "kill");
  }
  await pause(250);
  stop = true;
  await Promise.all(writers);
  const there = new Set((await store.pendingArtifacts()).map(({ id }) => id));
  assert.ok(kept.size > 100, `${kept.size}`);
  assert.deepEqual([...kept].filter((id) => !there.has(id)), []);
  assert.deepEqual([...there].filter((id) => !kept.has(id) && !uncertain.has(id)), []);
});

onPostgres("a worker's writes all count although Postgres is killed between and during them", async (database) => {
  const store = await openStore(database);
  const organization = await store.createOrganization("local");
  let stop = false;
  const worker = async (): Promise<number> => {
    for (let jobs = 0;; jobs++) {
      const { id } = await store.createArtifact(newArtifact(organization)).catch(() => ({ id: "" }));
      if (stop) return jobs;
      if (id === "") continue;
      let attempt = 0;
      while (attempt === 0) attempt = (await store.beginArtifact(id).catch(() => null))?.attempt ?? 0;
      assert.equal(await store.patchArtifact(id, attempt, { progress: 0.5 }), true);
      assert.equal(await store.patchArtifact(id, attempt, { status: "SUCCESS" }), true);
      assert.equal((await store.artifact(id, organization.id))?.status, "SUCCESS");
    }
  };
  const workers = Array.from({ length: 4 }, worker);
  for (let round = 0; round < 6; round++) {
    await pause(250);
    await server.restart("kill");
  }
  stop = true;
  for (const jobs of await Promise.all(workers)) assert.ok(jobs > 10, `${jobs}`);
});

onPostgres("who waits for a record is woken after an absence, and hears what comes then", async (database) => {
  const store = await openStore(database);
  const organization = await store.createOrganization("local");
  const { id } = await store.createArtifact(newArtifact(organization));
  await pause(100);
  let heard = 0;
  const end = store.onChange(id, () => heard++);
  for (const how of ["kill", "fast"] as const) {
    heard = 0;
    await server.stop(how);
    await pause(500);
    await server.start();
    await soon(() => heard > 0);
    heard = 0;
    await store.beginArtifact(id);
    await soon(() => heard === 1);
  }
  end();
});

onPostgres("a Postgres that stays away is told as unavailable, not for ever waited for", async (database) => {
  assert.equal(await database.ping(), true);
  await server.stop();
  try {
    assert.equal(await database.ping(), false);
    const begun = performance.now();
    await assert.rejects(database.query("SELECT 1"), (error) => {
      assert.ok(error instanceof DatabaseError);
      assert.match(error.message, /the database does not answer: see that Postgres runs/);
      assert.equal(error.status, 503);
      return true;
    });
    assert.ok(performance.now() - begun < 15_000);
  } finally {
    await server.start();
  }
  assert.equal(await database.ping(), true);
});

onPostgres("closing finishes what is under way and what still waits for a connection", async (database) => {
  await database.query("CREATE TABLE t (a integer)");
  const writes = Array.from({ length: 50 }, (_, i) => database.query("INSERT INTO t VALUES ($1) RETURNING a", [i]));
  await Promise.all([database.close(), database.close()]);
  assert.deepEqual(await Promise.all(writes), Array.from({ length: 50 }, (_, a) => [{ a }]));
  await assert.rejects(database.query("SELECT 1"), DatabaseError);
  assert.equal(await database.ping(), false);
});

onPostgres("statements that Postgres itself takes back are repeated", async (database) => {
  await database.query("CREATE TABLE t (id integer PRIMARY KEY, a integer)");
  await database.query("INSERT INTO t VALUES (1, 0), (2, 0)");
  // Rows taken in opposite orders lock each other out until Postgres ends one of the two.
  const both = (first: number, second: number): Promise<unknown> =>
    database.transaction(async (sql) => {
      await sql.query("UPDATE t SET a = a + 1 WHERE id = $1", [first]);
      await sql.query("SELECT pg_sleep(0.1)");
      await sql.query("UPDATE t SET a = a + 1 WHERE id = $1", [second]);
    });
  await Promise.all([both(1, 2), both(2, 1)]);
  assert.deepEqual(await database.query("SELECT a FROM t"), [{ a: 2 }, { a: 2 }]);
});

onPostgres("an address that is wrong is told without its password", async (_database, url) => {
  const wrong = [
    "hub.example/secret",
    "mysql://user:secret@127.0.0.1/x",
    "postgres://user:secret@[bad/x",
    url.replace("zkgrad@", "nobody:secret@"),
    url.replace("zkgrad@", "zkgrad:secret@").replace(/\w+$/, "nowhere"),
  ];
  for (const address of wrong) {
    await assert.rejects(openPostgres(address, quiet), (error) => {
      assert.ok(error instanceof ConfigError, `${error}`);
      assert.match(error.message, /DATABASE_URL/);
      assert.ok(!error.message.includes("secret"), error.message);
      return true;
    });
  }
});
