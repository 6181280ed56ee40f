import assert from "node:assert/strict";
import type { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, seconds, upTo } from "./rounds.ts";
import type { System } from "./system.ts";

/** Kills one of two workers at any moment of a proof, while another proof waits or is made beside it. */
export async function killedProvers(system: System, invariants: Invariants, rounds: number): Promise<void> {
  system.hub("--no-worker");
  const workers = [system.worker("one"), system.worker("two")];
  const artifact = await system.deployed();
  let usual = 1000, inTime = 0;
  await inRounds("worker killed during a proof", async (_, note) => {
    const [id] = [await system.ask(artifact), await system.ask(artifact)];
    const { member } = await anyHeard(workers, (line) => line.id === id && line.stage === "witness");
    const delay = upTo(usual);
    await sleep(delay);
    await member.kill();
    const killed = performance.now();
    const late = member.lines.some((line) => line.id === id && line.stage === "verification");
    const other = workers.find((worker) => worker !== member)!;
    workers[workers.indexOf(member)] = system.worker(member.name);
    await system.proofDone(id);
    note(`killed ${member.name} after ${delay} ms${late ? ", too late" : ""}, done ${seconds(killed)} s later`);
    await invariants.hold();
    const { attempts } = await invariants.booksHold();
    if (late) return;
    inTime++;
    assert.equal(attempts.get(id), 2);
    const proven = [other, ...workers].flatMap(({ lines }) => lines).find(({ event, stage, outcome }) =>
      event === "stage" && stage === "proof" && outcome === "done"
    );
    if (proven) usual = 1100 * Number(proven.seconds);
  }, rounds);
  assert.ok(inTime > 0, "no worker was killed in time");
}
