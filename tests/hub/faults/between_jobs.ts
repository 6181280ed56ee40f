import assert from "node:assert/strict";
import type { Invariants } from "./invariants.ts";
import { sleep } from "./member.ts";
import { inRounds, seconds, upTo } from "./rounds.ts";
import type { System } from "./system.ts";

/** Kills the one process of a hub: in odd rounds between two jobs, in even ones when all of them wait. */
export async function killedBetweenJobs(name: string, system: System, invariants: Invariants): Promise<void> {
  let hub = system.hub();
  const artifact = await system.deployed();
  await inRounds(name, async (round, note) => {
    const proofs = await Promise.all([1, 2, 3].map(() => system.ask(artifact)));
    const model = await system.deploy();
    if (round % 2 === 1) {
      await hub.heard(({ id, stage }) => stage === "verification" && proofs.includes(id as string));
    }
    const delay = upTo(200);
    await sleep(delay);
    await hub.kill();
    const killed = performance.now();
    const ready = hub.lines.filter(({ id, stage }) => stage === "verification" && proofs.includes(id as string)).length;
    note(`killed ${delay} ms ${round % 2 === 1 ? "after the first of three proofs" : "after four requests"}`);
    hub = system.hub();
    await hub.url();
    await invariants.hold();
    note(`${ready} done before, all ${seconds(killed)} s after`);
    if (!system.postgres) await system.stop();
    const { attempts, strays } = await invariants.booksHold();
    note(`${strays} stray files`);
    const most = Math.max(...[...proofs, model].map((id) => attempts.get(id)!));
    assert.ok(most <= 2, `${most} attempts for one kill`);
    if (system.postgres) return;
    hub = system.hub();
    await hub.url();
  });
}
