import assert from "node:assert/strict";
import { PgliteSession } from "../../../../hub/server/store/pglite_session.ts";
import { tidy } from "../../../../hub/server/store/pglite_upkeep.ts";
import { inFolder } from "../../../folder.ts";
import { embeddedDatabase } from "../pglite.ts";

Deno.test("an embedded database that is written for long neither grows its tables nor its log", async () => {
  await inFolder(async (folder) => {
    await (await embeddedDatabase(`${folder}/database`)).close();
    const session = await PgliteSession.open(`${folder}/database`);
    const ask = async (text: string): Promise<unknown[]> =>
      (await session.turn((pglite) => pglite.query<{ value: unknown }>(text))).rows.map(({ value }) => value);
    await ask("CREATE TABLE t AS SELECT i, repeat('x', 500) AS a, 0 AS u FROM generate_series(1, 1000) AS i");
    const sizes: number[] = [];
    const logFiles: number[] = [];
    for (let round = 0; round < 10; round++) {
      for (let writes = 0; writes < 20; writes++) await ask("UPDATE t SET u = u + 1");
      await tidy(session);
      sizes.push(Number((await ask("SELECT pg_relation_size('t') AS value"))[0]));
      logFiles.push([...Deno.readDirSync(`${folder}/database/pg_wal`)].filter(({ isFile }) => isFile).length);
    }
    assert.ok(sizes.at(-1)! <= sizes[0]! * 1.2, `${sizes}`);
    // 10 rounds write 8 files of log; those that a checkpoint frees are used again.
    assert.ok(Math.max(...logFiles) <= 4, `${logFiles}`);
    assert.deepEqual(await ask("SELECT min(u) AS value FROM t"), [200]);
    await session.close();
  });
});
