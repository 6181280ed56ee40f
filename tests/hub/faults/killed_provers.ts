import assert from "node:assert/strict";
import type { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, seconds, Usual } from "./rounds.ts";
import type { System } from "./system.ts";

/** Kills one of two workers at any moment of a proof, while another proof waits or is made beside it. */
export async function killedProvers(system: System, invariants: Invariants, rounds: number): Promise<void> {
  system.hub("--no-worker");
  const workers = [system.worker("one"), system.worker("two")];
  const artifact = await system.deployed();
  const usual = new Usual();
  await inRounds("worker killed during a proof", async (_, note) => {
    const [id] = [await system.ask(artifact), await system.ask(artifact)];
    const { member } = await anyHeard(workers, (line) => line.id === id && line.stage === "witness");
    const delay = usual.moment();
    await sleep(delay);
    await member.kill();
    const killed = performance.now();
    const late = member.lines.some((line) => line.id === id && line.stage === "verification");
    workers[workers.indexOf(member)] = system.worker(member.name);
    await system.proofDone(id);
    note(`killed ${member.name} after ${delay} ms, done ${seconds(killed)} s later`);
    await invariants.hold();
    const proven = workers.flatMap(({ lines }) => lines).find((line) => line.id === id && line.stage === "proof");
    if (proven?.outcome === "done") usual.took(Number(proven.seconds));
    const { attempts, strays } = await invariants.booksHold();
    note(`${strays} stray files`);
    if (!late) assert.equal(attempts.get(id), 2);
    return late ? "late" : undefined;
  }, rounds);
}
