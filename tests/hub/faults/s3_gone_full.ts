/** The S3 server is gone for a minute, or the line to it is dead. */
import assert from "node:assert/strict";
import { HubUnreachableError } from "../../../hub/mod.ts";
import { POSTGRES_INSTALLED } from "../server/postgres.ts";
import { Invariants } from "./invariants.ts";
import { anyHeard, sleep } from "./member.ts";
import { inRounds, ROUNDS, seconds, upTo } from "./rounds.ts";
import { System } from "./system.ts";

const MINUTE = 60_000;

Deno.test({
  name: "a minute without the file storage costs time alone (needs Postgres)",
  ignore: !POSTGRES_INSTALLED,
  fn: async () => {
    // Most of it is waiting, so two minutes pass at once.
    const half = Math.ceil(ROUNDS / 2);
    const lanes = [minutesWithout("S3 gone for a minute", "stop", half)];
    if (ROUNDS > 1) lanes.push(minutesWithout("line to S3 dead for a minute", "cut", ROUNDS - half));
    // One that fails leaves the other the time to remove what it made.
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
  },
});

async function minutesWithout(name: string, how: "stop" | "cut", rounds: number): Promise<void> {
  await using system = await System.open({ shared: true });
  const invariants = new Invariants(system);
  const hub = system.hub("--no-worker");
  const workers = [system.worker("one"), system.worker("two")];
  const known = system.model(), artifact = await system.deploy(known);
  await system.artifactDone(artifact);
  await inRounds(name, async (_, note) => {
    const [id, other] = [await system.ask(artifact), await system.deploy()];
    await anyHeard(workers, (line) => line.id === id && line.stage === "witness");
    await sleep(upTo(1500));
    const begun = performance.now();
    await (how === "stop" ? system.s3!.stop() : system.line!.cut());
    const answers = { taken: 0, refused: 0 };
    const asked: Promise<void>[] = [];
    for (let n = 0; performance.now() - begun < MINUTE; n++) {
      const asking = n % 2 === 0 ? system.deploy(known, { patience: 0 }) : system.ask(artifact, { patience: 0 });
      asked.push(asking.then(() => void answers.taken++, (error) => {
        assert.ok(error instanceof HubUnreachableError, `${error.stack}`);
        assert.equal(error.status, 503, error.message);
        assert.match(error.message, /answers 503: \S+ .* \S+;/);
        answers.refused++;
      }));
      await sleep(6000);
    }
    await (how === "stop" ? system.s3!.start() : system.line!.mend());
    const back = performance.now();
    await Promise.all(asked);
    note(`away for ${seconds(begun)} s, ${answers.taken} requests taken, ${answers.refused} answered 503`);
    await system.proofDone(id);
    await system.artifactDone(other);
    note(`the proof and the keys done ${seconds(back)} s later`);
    assert.ok([hub, ...workers].every(({ alive }) => alive), "a process ended");
    await invariants.hold();
    const { attempts, strays } = await invariants.booksHold();
    note(`${strays} stray files`);
    note(`attempts ${attempts.get(id)} and ${attempts.get(other)}`);
    assert.deepEqual([attempts.get(id), attempts.get(other)], [1, 1], "an outage took attempts away");
  }, rounds);
}
