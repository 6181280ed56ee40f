import assert from "node:assert/strict";
import type { Invariants } from "./invariants.ts";
import type { Member } from "./member.ts";
import { inRounds, seconds } from "./rounds.ts";
import type { System } from "./system.ts";

/** Starts a second hub while the first proves, and in every other round two at once on a folder that is free. */
export async function refusedSecondHubs(system: System, invariants: Invariants, rounds: number): Promise<void> {
  let first = system.hub();
  const artifact = await system.deployed();
  await inRounds("two hubs on one folder", async (round, note) => {
    if (round % 2 === 0) {
      await (round % 4 === 0 ? first.kill() : first.stop());
      const [one, other] = [system.hub(), system.hub()];
      const winner = await Promise.race([one, other].map((hub) => hub.ended.then(() => hub === one ? other : one)));
      await refused(winner === one ? other : one);
      note("of two at once one was refused");
      first = winner;
      await first.url();
    }
    const id = await system.ask(artifact);
    const begun = performance.now();
    await refused(system.hub("--port", "0"));
    note(`the second was refused after ${seconds(begun)} s`);
    await invariants.hold();
    assert.ok(first.alive, "the first hub ended");
    assert.ok(first.lines.some((line) => line.id === id && line.stage === "proof"), "another hub proved");
  }, rounds);
  await system.stop();
  await invariants.booksHold();
}

async function refused(hub: Member): Promise<void> {
  const { code } = await hub.ended;
  await hub.kill();
  assert.equal(code, 1, hub.tail());
  assert.match(
    hub.text,
    /^another hub( \(process \d+\))? has the data folder .*: stop it, or give this one another folder/,
  );
  assert.deepEqual(hub.lines, []);
}
