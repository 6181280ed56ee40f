import assert from "node:assert/strict";
import { ConfigError } from "../../../../hub/server/errors.ts";
import type { Database } from "../../../../hub/server/store/database.ts";
import { migrate } from "../../../../hub/server/store/migrations.ts";
import { openPostgres } from "../../../../hub/server/store/postgres.ts";
import { STEPS } from "../../../../hub/server/store/schema.ts";
import { inFolder } from "../../../folder.ts";
import { embeddedDatabase } from "../pglite.ts";
import { POSTGRES_INSTALLED, TestPostgres } from "../postgres.ts";
import { quiet } from "./suite/each.ts";

const ADD = [["CREATE TABLE zkgrad_hub.one (a integer)"], ["ALTER TABLE zkgrad_hub.one ADD b integer"]];
const BROKEN = [...ADD, ["CREATE TABLE zkgrad_hub.two (a integer)", "ALTER TABLE zkgrad_hub.nowhere ADD a integer"]];

async function steps(database: Database): Promise<number[]> {
  return (await database.query<{ step: number }>("SELECT step FROM zkgrad_hub.migrations ORDER BY step"))
    .map(({ step }) => step);
}

async function followsSteps(database: Database): Promise<void> {
  await migrate(database, ADD.slice(0, 1));
  assert.deepEqual(await steps(database), [1]);
  await database.query("INSERT INTO zkgrad_hub.one VALUES (7)");
  await migrate(database, ADD);
  await migrate(database, ADD);
  assert.deepEqual(await steps(database), [1, 2]);
  assert.deepEqual(await database.query("SELECT a, b FROM zkgrad_hub.one"), [{ a: 7, b: null }]);
  await assert.rejects(migrate(database, BROKEN), /nowhere/);
  assert.deepEqual(await steps(database), [1, 2]);
  assert.deepEqual(await database.query("SELECT to_regclass('zkgrad_hub.two') AS two"), [{ two: null }]);
  await assert.rejects(migrate(database, ADD.slice(0, 1)), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /newer zkgrad \(step 2; this program knows 1\): update this program/);
    return true;
  });
  assert.deepEqual(await database.query("SELECT a, b FROM zkgrad_hub.one"), [{ a: 7, b: null }]);
}

Deno.test("steps run once, all or none, and a newer database is refused (PGlite)", async () => {
  await inFolder(async (folder) => {
    const database = await embeddedDatabase(`${folder}/database`);
    try {
      await followsSteps(database);
    } finally {
      await database.close();
    }
  });
});

Deno.test({
  name: "steps run once, all or none, also where several processes start (Postgres, where it is installed)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    const server = await TestPostgres.create();
    const databases = await Promise.all(Array.from({ length: 4 }, () => openPostgres(server.url(), quiet)));
    try {
      await Promise.all(databases.map((database) => migrate(database)));
      assert.deepEqual(await steps(databases[0]!), STEPS.map((_, i) => i + 1));
      await databases[0]!.query("DROP SCHEMA zkgrad_hub CASCADE");
      await followsSteps(databases[0]!);
    } finally {
      for (const database of databases) await database.close();
      await server.remove();
    }
  },
});
