/** The disk of the embedded hub is full while uploads and jobs run. */
import assert from "node:assert/strict";
import { getHubArtifact, HubClientError } from "../../../hub/mod.ts";
import { freeBytes } from "../../../hub/server/files/disk_space.ts";
import { Invariants } from "./invariants.ts";
import { sleep } from "./member.ts";
import { inRounds, seconds, upTo } from "./rounds.ts";
import { MOUNTABLE, onSmallDisk } from "./small_disk.ts";
import { System } from "./system.ts";

const MIB = 2 ** 20;

Deno.test({
  name: "a full disk refuses uploads and loses none that it took (needs root, to mount a small disk)",
  ignore: !MOUNTABLE,
  fn: async () => {
    await onSmallDisk(256, async (disk) => {
      await using system = await System.open({ shared: false, data: `${disk}/hub`, flags: ["--reserve", "8"] });
      const invariants = new Invariants(system);
      let hub = system.hub();
      const known = system.model(), artifact = await system.deploy(known);
      await system.artifactDone(artifact);
      await inRounds("disk full", async (round, note) => {
        const id = await system.ask(artifact);
        const other = await system.deploy();
        await sleep(upTo(1500));
        // In odd rounds the hub's reserve is left, in even ones nothing.
        const left = round % 2 === 1 ? 4 * MIB : 0;
        const filler = await fill(disk, left);
        const filled = performance.now();
        const codes: string[] = [];
        while (performance.now() - filled < 8000) {
          const error = await (codes.length % 2 === 0 ? system.deploy(known) : system.ask(artifact))
            .then(() => null, (error) => error);
          assert.ok(error instanceof HubClientError, error === null ? "it was taken" : `${error.stack}\n${hub.tail()}`);
          assert.equal(`${error.status} ${error.code}`, "507 STORAGE_FULL", error.message);
          codes.push(error.message);
          assert.equal((await getHubArtifact(artifact, { credentials: system.credentials })).status, "SUCCESS");
          await sleep(500);
        }
        note(`${left / MIB} MiB left, ${codes.length} uploads answered 507`);
        // In every third round the hub is killed meanwhile, too.
        if (round % 3 === 0) await hub.kill();
        await Deno.remove(filler);
        const freed = performance.now();
        if (round % 3 === 0) hub = system.hub();
        await hub.url();
        await system.deploy(known);
        await system.proofDone(id);
        await system.artifactDone(other);
        note(`all done ${seconds(freed)} s after there was room`);
        assert.ok(hub.alive, "the hub ended");
        await invariants.hold();
        await system.stop();
        const { strays } = await invariants.booksHold();
        note(`${strays} stray files`);
        hub = system.hub();
        await hub.url();
      });
    });
  },
});

/** Leaves so many bytes free. */
async function fill(disk: string, left: number): Promise<string> {
  const path = `${disk}/filler`;
  using file = await Deno.open(path, { create: true, write: true });
  try {
    for (let block = MIB; block >= 4096;) {
      if (await freeBytes(disk) - left >= block) await file.write(new Uint8Array(block));
      else block /= 2;
    }
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
  return path;
}
