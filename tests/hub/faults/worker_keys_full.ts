/** A worker is killed while it makes keys. */
import assert from "node:assert/strict";
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, seconds, upTo } from "./rounds.ts";
import { System } from "./system.ts";

Deno.test({
  name: "keys are made by another worker where one is killed while it makes them (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    const invariants = new Invariants(system);
    system.hub("--no-worker");
    const workers = [system.worker("one"), system.worker("two")];
    let usual = 1000, begun = 0;
    await inRounds("worker killed during keys", async (_, note) => {
      const id = await system.deploy();
      const { member } = await anyHeard(workers, (line) => line.id === id && line.stage === "srs");
      const delay = upTo(0.9 * usual);
      await sleep(delay);
      await member.kill();
      const killed = performance.now();
      const inTime = !member.lines.some((line) => line.id === id && line.stage === "keys");
      if (inTime) begun++;
      note(`killed ${member.name} after ${delay} ms${inTime ? "" : ", too late"}`);
      await system.artifactDone(id);
      note(`done ${seconds(killed)} s later`);
      const other = workers.find((worker) => worker !== member)!;
      const line = await anyHeard(workers, (line) => line.id === id && line.stage === "keys");
      if (inTime) {
        assert.equal(line.member, other);
        usual = 1000 * Number(line.line.seconds);
      }
      workers[workers.indexOf(member)] = system.worker(member.name);
      await system.ask(id);
      await invariants.hold();
      const { attempts } = await invariants.booksHold();
      if (inTime) assert.equal(attempts.get(id), 2);
    });
    assert.ok(begun > 0, "no worker was killed in time");
  },
});
