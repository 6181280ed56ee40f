/** A worker is killed while it makes keys. */
import assert from "node:assert/strict";
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, seconds, Usual } from "./rounds.ts";
import { System } from "./system.ts";

Deno.test({
  name: "keys are made by another worker where one is killed while it makes them (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    const invariants = new Invariants(system);
    system.hub("--no-worker");
    const workers = [system.worker("one"), system.worker("two")];
    const usual = new Usual();
    await inRounds("worker killed during keys", async (_, note) => {
      const id = await system.deploy();
      const { member } = await anyHeard(workers, (line) => line.id === id && line.stage === "srs");
      const delay = usual.moment();
      await sleep(delay);
      await member.kill();
      const killed = performance.now();
      const late = member.lines.some((line) => line.id === id && line.stage === "keys");
      await system.artifactDone(id);
      note(`killed ${member.name} after ${delay} ms, done ${seconds(killed)} s later`);
      const { line, member: maker } = await anyHeard(workers, (line) => line.id === id && line.stage === "keys");
      if (!late) assert.notEqual(maker, member);
      usual.took(Number(line.seconds));
      workers[workers.indexOf(member)] = system.worker(member.name);
      await system.ask(id);
      await invariants.hold();
      const { attempts, strays } = await invariants.booksHold();
      note(`${strays} stray files`);
      if (!late) assert.equal(attempts.get(id), 2);
      return late ? "late" : undefined;
    });
  },
});
