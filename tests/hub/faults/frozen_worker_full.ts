/** A worker stands still for longer than its heartbeat may be missed, and wakes when another has its job. */
import assert from "node:assert/strict";
import { getHubProof } from "../../../hub/mod.ts";
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, seconds, Usual } from "./rounds.ts";
import { System } from "./system.ts";

Deno.test({
  name: "what a frozen worker brings late is refused (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    const invariants = new Invariants(system);
    system.hub("--no-worker");
    const workers = [system.worker("one"), system.worker("two")];
    const artifact = await system.deployed();
    const usual = new Usual();
    await inRounds("worker frozen during a proof", async (round, note) => {
      const id = await system.ask(artifact);
      const { member } = await anyHeard(workers, (line) => line.id === id && line.stage === "witness");
      const other = workers.find((worker) => worker !== member)!;
      const delay = usual.moment();
      await sleep(delay);
      member.freeze();
      const frozen = performance.now();
      await sleep(50); // What it said before is read by then.
      const late = member.lines.some((line) => line.id === id && line.stage === "verification");
      // In odd rounds it wakes when the other is done, in even ones while the other proves.
      if (late || round % 2 === 1) await system.proofDone(id);
      else await system.postgresSays(`SELECT attempt = 2 FROM zkgrad_hub.proofs WHERE id = '${id}'`);
      const before = await getHubProof(id, { credentials: system.credentials });
      note(`froze ${member.name} after ${delay} ms for ${seconds(frozen)} s`);
      member.thaw();
      if (!late) {
        // A proof is verified sooner than its worker hears that nobody wants it: what it would write then is refused.
        const { event } = await member.heard((line) => line.id === id && /^job_/.test(line.event));
        assert.match(event, /^job_(lost|stopped)$/);
        note(event);
      }
      await system.proofDone(id);
      const proven = (late ? member : other).lines.find((line) => line.id === id && line.stage === "proof");
      if (proven?.outcome === "done") usual.took(Number(proven.seconds));
      await invariants.hold();
      const record = await getHubProof(id, { credentials: system.credentials });
      if (before.status === "SUCCESS") assert.deepEqual(record, before);
      const { attempts } = await invariants.booksHold();
      if (!late) assert.equal(attempts.get(id), 2);
      return late ? "late" : undefined;
    });
  },
});
