import assert from "node:assert/strict";
import { DatabaseError } from "../../../../../hub/server/errors.ts";
import { type Hub, onEach } from "./each.ts";

// A table of the test's own, since both databases are shared.
async function inTable(name: string, body: (hub: Hub, table: string) => Promise<void>, hub: Hub): Promise<void> {
  await hub.database.query(`CREATE TABLE ${name} (a integer UNIQUE)`);
  try {
    await body(hub, name);
  } finally {
    await hub.database.query(`DROP TABLE ${name}`);
  }
}

function onTable(name: string, body: (hub: Hub, table: string) => Promise<void>): void {
  onEach(name, (hub) => inTable("transactions_test", body, hub));
}

onTable("a transaction holds as a whole, and gives back what it returns", async ({ database }, table) => {
  const result = await database.transaction(async (sql) => {
    await sql.query(`INSERT INTO ${table} VALUES ($1)`, [1]);
    return await sql.query(`INSERT INTO ${table} VALUES ($1) RETURNING a`, [2]);
  });
  assert.deepEqual(result, [{ a: 2 }]);
  assert.deepEqual(await database.query(`SELECT a FROM ${table} ORDER BY a`), [{ a: 1 }, { a: 2 }]);
});

onTable("a transaction that throws changes nothing, and the next one runs", async ({ database }, table) => {
  const failing = database.transaction(async (sql) => {
    await sql.query(`INSERT INTO ${table} VALUES (1)`);
    throw new Error("on purpose");
  });
  await assert.rejects(failing, /on purpose/);
  await assert.rejects(database.transaction((sql) => sql.query(`INSERT INTO ${table} VALUES (2), (2)`)));
  await database.transaction((sql) => sql.query(`INSERT INTO ${table} VALUES (3)`));
  assert.deepEqual(await database.query(`SELECT a FROM ${table}`), [{ a: 3 }]);
});

onTable("a transaction that keeps quiet about a failed statement is refused", async ({ database }, table) => {
  const quiet = database.transaction(async (sql) => {
    await sql.query(`INSERT INTO ${table} VALUES (1)`);
    await sql.query(`INSERT INTO ${table} VALUES (1)`).catch(() => {});
  });
  await assert.rejects(quiet, DatabaseError);
  assert.deepEqual(await database.query(`SELECT a FROM ${table}`), []);
});
