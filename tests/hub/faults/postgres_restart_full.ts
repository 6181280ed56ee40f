/** Postgres is stopped in different ways, and is away for seconds, while a proof is made. */
import assert from "node:assert/strict";
import { HubUnreachableError } from "../../../hub/mod.ts";
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, seconds, upTo, Usual } from "./rounds.ts";
import { System } from "./system.ts";

const WAYS = ["fast", "quit", "kill"] as const;

Deno.test({
  name: "a proof outlasts a restart of Postgres (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    await using system = await System.open({ shared: true });
    const invariants = new Invariants(system);
    const hub = system.hub("--no-worker");
    const workers = [system.worker("one"), system.worker("two")];
    const artifact = await system.deployed();
    const usual = new Usual();
    let kept = 0;
    await inRounds("Postgres restarted during a proof", async (round, note) => {
      const id = await system.ask(artifact), how = WAYS[round % 3];
      const { member } = await anyHeard(workers, (line) => line.id === id && line.stage === "witness");
      const delay = usual.moment();
      await sleep(delay);
      await system.postgres!.stop(how);
      const stopped = performance.now();
      // Whoever asks meanwhile waits for an answer, or is told to come again; neither costs anything that was taken.
      const asking = system.ask(artifact, { patience: 0 }).then(() => "taken", (error) => error);
      await sleep(upTo(8000));
      await system.postgres!.start();
      note(`${how} after ${delay} ms, away for ${seconds(stopped)} s`);
      const back = performance.now();
      await system.proofDone(id);
      note(`done ${seconds(back)} s later`);
      const asked = await asking;
      if (asked !== "taken") {
        assert.ok(asked instanceof HubUnreachableError, `${asked?.stack}`);
        assert.equal(asked.status, 503, asked.message);
        assert.match(asked.message, /answers 503: \S+ .* \S+;/);
      }
      note(asked === "taken" ? "a request meanwhile was taken" : "a request meanwhile was answered 503");
      assert.ok([hub, ...workers].every(({ alive }) => alive), "a process ended");
      await invariants.hold();
      const { attempts } = await invariants.booksHold(asked === "taken" ? "none" : "some");
      if (attempts.get(id) === 1) kept++;
      note(`attempt ${attempts.get(id)}`);
      const line = member.lines.find((line) => line.id === id && line.stage === "proof");
      if (line?.outcome === "done") usual.took(Number(line.seconds));
    });
    assert.ok(kept > 0, "no attempt outlasted a restart");
  },
});
