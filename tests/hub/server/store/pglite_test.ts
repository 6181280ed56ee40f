import assert from "node:assert/strict";
import { DatabaseError } from "../../../../hub/server/errors.ts";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPglite, type PgliteDatabase } from "../../../../hub/server/store/pglite.ts";
import { inFolder } from "../../../folder.ts";
import { embeddedDatabase } from "../pglite.ts";
import { FROZEN } from "../../../frozen.ts";

async function inDatabase(body: (database: PgliteDatabase, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const database = await embeddedDatabase(`${folder}/database`);
    try {
      await body(database, folder);
    } finally {
      await database.close();
    }
  });
}

Deno.test("what was written is there when the folder is opened again", async () => {
  await inFolder(async (folder) => {
    const store = await openStore(await openPglite(`${folder}/deep/database`));
    const organization = await store.createOrganization("local");
    const key = await store.createApiKey(organization.id, "first");
    await store.close();
    const again = await openStore(await openPglite(`${folder}/deep/database`));
    assert.deepEqual((await again.authenticate(key))?.organization, organization);
    await again.close();
  });
});

Deno.test("a first start that was cut short is begun anew", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/database.unfinished/base`, { recursive: true });
    await Deno.writeTextFile(`${folder}/database.unfinished/PG_VERSION`, "18\n");
    const database = await openPglite(`${folder}/database`);
    assert.equal(await database.ping(), true);
    await database.close();
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["database"]);
  });
});

Deno.test("a folder that is no database any more is refused with its name", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/database`);
    await Deno.writeTextFile(`${folder}/database/PG_VERSION`, "18\n");
    await assert.rejects(openPglite(`${folder}/database`), (error) => {
      assert.ok(error instanceof DatabaseError);
      assert.match(error.message, new RegExp(`the embedded database in ${folder}/database does not open`));
      return true;
    });
  });
});

Deno.test("a block of the queue's that failed on the shared session harms nobody else", async () => {
  await inDatabase(async (database) => {
    await database.query("CREATE TABLE t (a integer)");
    const fail = (): Promise<void> =>
      assert.rejects(database.pglite.exec("BEGIN; INSERT INTO t VALUES (0); SELECT 1 / 0; COMMIT"), /division by zero/);
    await fail();
    await database.query("INSERT INTO t VALUES (1)");
    await fail();
    await database.transaction((sql) => sql.query("INSERT INTO t VALUES (2)"));
    await fail();
    assert.equal(await database.ping(), true);
    assert.deepEqual(await database.query("SELECT a FROM t"), [{ a: 1 }, { a: 2 }]);
  });
});

Deno.test("closing waits for what is under way, can be done twice, and later statements say so", async () => {
  await inDatabase(async (database) => {
    const slow = database.query("SELECT count(*)::integer AS count FROM generate_series(1, 300000)");
    const end = await database.listen("zkgrad_hub", () => {}, () => {});
    const queued = Array.from({ length: 5 }, (_, i) => database.query("SELECT $1::integer AS i", [i]));
    const closing = Promise.all([database.close(), database.close()]);
    assert.deepEqual(await slow, [{ count: 300_000 }]);
    assert.deepEqual(await Promise.all(queued), [[{ i: 0 }], [{ i: 1 }], [{ i: 2 }], [{ i: 3 }], [{ i: 4 }]]);
    await closing;
    await end();
    assert.equal(await database.ping(), false);
    for (const late of [database.query("SELECT 1"), database.transaction((sql) => sql.query("SELECT 1"))]) {
      await assert.rejects(late, DatabaseError);
    }
  });
});

Deno.test("a process that is killed while it writes has lost nothing that it was told is kept", async () => {
  const writer = new URL("./keep_writing.ts", import.meta.url).pathname;
  await inFolder(async (folder) => {
    await (await embeddedDatabase(`${folder}/database`)).close();
    const kept: string[] = [];
    for (let round = 1; round <= 3; round++) {
      const args = ["run", "-A", "--no-check", ...FROZEN, writer, `${folder}/database`];
      const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
      const told: string[] = [];
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        told.push(text);
        if (told.join("").split("\n").length > 30 * round) break;
      }
      child.kill("SIGKILL");
      await child.status;
      kept.push(...told.join("").split("\n").filter((name) => name.length === 36));
    }
    assert.ok(kept.length >= 90);
    const store = await openStore(await openPglite(`${folder}/database`));
    const names = new Set((await store.organizations()).map(({ name }) => name));
    assert.deepEqual(kept.filter((name) => !names.has(name)), []);
    await store.close();
  });
});
