import assert from "node:assert/strict";
import { HubError, StorageFullError } from "../../../../hub/server/errors.ts";
import { openStore } from "../../../../hub/server/store/open_store.ts";
import { openPglite } from "../../../../hub/server/store/pglite.ts";
import { embeddedDatabase } from "../pglite.ts";
import { fillUp, onSmallDisk, SMALL_DISKS } from "../small_disk.ts";
import { newArtifact } from "./suite/each.ts";

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function onDisk(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `${name} (where disks can be mounted)`,
    ignore: !SMALL_DISKS,
    // An engine that has panicked cannot close the files it has open.
    sanitizeResources: false,
    fn: () => onSmallDisk(120, body),
  });
}

// With little room a table cannot grow, which is an error; with more it is the log, which is the engine's end.
for (const [room, what] of [[2, "table"], [12, "log"]] as const) {
  onDisk(`a hub whose ${what} has no room says so, and goes on without loss when there is some`, async (folder) => {
    const database = await embeddedDatabase(`${folder}/database`);
    const store = await openStore(database);
    const organization = await store.createOrganization("local");
    const kept: string[] = [];
    const write = async (): Promise<void> => {
      const description = crypto.getRandomValues(new Uint8Array(20_000)).toBase64();
      kept.push((await store.createArtifact(newArtifact(organization, { description }))).id);
    };
    await write();
    let [heard, queueHeard] = [0, 0];
    store.onChange(kept[0]!, () => heard++);
    await database.pglite.listen("queue", () => queueHeard++);

    const giveBack = await fillUp(folder, room);
    await assert.rejects(async () => {
      while (true) await write();
    }, StorageFullError);
    assert.ok(kept.length > 10, `${kept.length}`);
    for (let tries = 0; tries < 3; tries++) {
      // The last bytes may still serve a write; what is refused is refused with a sentence, and soon.
      const asked = [write(), write(), store.artifact(kept[0]!, organization.id), database.pglite.exec("SELECT 1")];
      for (const answer of await Promise.allSettled(asked)) {
        if (answer.status === "rejected") assert.ok(answer.reason instanceof HubError, `${answer.reason}`);
        if (answer.status === "rejected") assert.ok([503, 507].includes(answer.reason.status));
      }
      assert.equal(await store.ping(), what === "table");
      await pause(400);
    }

    await giveBack();
    await pause(1100);
    await write();
    if (what === "log") assert.ok(heard > 0);
    heard = 0;
    await store.beginArtifact(kept[0]!);
    await database.pglite.query("SELECT pg_notify('queue', 'x')");
    await pause(50);
    assert.deepEqual([heard, queueHeard], [1, 1]);
    const there = new Set((await store.pendingArtifacts()).map(({ id }) => id));
    assert.deepEqual(kept.filter((id) => !there.has(id)), []);
    await store.close();
  });
}

onDisk("a start on a full disk says so, and works when there is room", async (folder) => {
  const giveBack = await fillUp(folder, 10);
  await assert.rejects(openPglite(`${folder}/database`), StorageFullError);
  await giveBack();
  const database = await openPglite(`${folder}/database`);
  assert.equal(await database.ping(), true);
  await database.close();
});
