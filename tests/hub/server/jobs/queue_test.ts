import assert from "node:assert/strict";
import { BossQueue } from "../../../../hub/server/jobs/boss_queue.ts";
import type { JobRef } from "../../../../hub/server/queue.ts";
import type { Log } from "../../../../hub/server/log.ts";
import { openPglite } from "../../../../hub/server/store/pglite.ts";
import { inFolder } from "../../../folder.ts";
import { POSTGRES_INSTALLED, TestPostgres } from "../postgres.ts";

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

const artifact = (): JobRef => ({ kind: "artifact", id: crypto.randomUUID() });

/** Waits until `test` holds. */
async function until(test: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!await test()) {
    if (performance.now() > end) throw new Error(`not so after ${seconds} s: ${test}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What every line has to do, wherever it is kept. */
async function behaves(t: Deno.TestContext, open: () => Promise<BossQueue>): Promise<void> {
  const queue = await open();
  const taken: JobRef[] = [];
  let handle: (job: JobRef, signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  await t.step("a job is in the line once, whoever asks and how often", async () => {
    const [job, other] = [artifact(), { kind: "proof" as const, id: crypto.randomUUID() }];
    await Promise.all([queue.enqueue(job, 2), queue.enqueue(job, 2), queue.enqueue(other, 1)]);
    await queue.enqueue(job, 3);
    assert.deepEqual(await queue.counts(), { queued: 2, active: 0 });
    const lined = (await queue.jobs()).toSorted((a, b) => a.memoryGiB - b.memoryGiB);
    assert.deepEqual(lined, [{ ...other, active: false, memoryGiB: 1 }, { ...job, active: false, memoryGiB: 2 }]);
    await queue.cancel(job);
    await queue.cancel(other);
    assert.deepEqual(await queue.counts(), { queued: 0, active: 0 });
  });

  await t.step("a worker takes what fits its memory, the smallest first, one at a time", async () => {
    const [small, middle, large] = [artifact(), artifact(), artifact()];
    await queue.enqueue(large, 8);
    await queue.enqueue(middle, 4);
    await queue.enqueue(small, 1);
    let running = 0, most = 0;
    handle = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 50));
      running--;
    };
    const begun = performance.now();
    await queue.work(4.5, async (job, signal) => {
      taken.push(job);
      await handle(job, signal);
    });
    await until(async () => (await queue.counts()).queued === 1 && (await queue.counts()).active === 0);
    assert.ok(performance.now() - begun < 1500, "the next job is looked for as soon as one has ended");
    assert.deepEqual(taken, [small, middle]);
    assert.equal(most, 1);
    assert.deepEqual((await queue.jobs())[0], { ...large, active: false, memoryGiB: 8 });
    await queue.cancel(large);
  });

  await t.step("a job is taken at once when it comes, and cancelling it aborts it", async () => {
    const job = artifact();
    let aborted: unknown = null;
    handle = (_, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted = signal.reason;
          reject(signal.reason);
        })
      );
    const begun = performance.now();
    await queue.enqueue(job, 1);
    await until(() => taken.at(-1)?.id === job.id);
    assert.ok(performance.now() - begun < 1500, "a notification, rather than the next look, brings it");
    assert.deepEqual(await queue.jobs(), [{ ...job, active: true, memoryGiB: 1 }]);
    await queue.enqueue({ ...artifact() }, 64);
    await queue.cancel(job);
    await until(() => aborted !== null);
    assert.match(String(aborted), /cancelled/);
    await until(async () => (await queue.counts()).active === 0);
    assert.equal((await queue.counts()).queued, 1);
  });

  await t.step(
    "a job that asks for itself comes again when it has ended, with the memory that it asked for",
    async () => {
      const job = artifact();
      handle = async () => {
        await queue.enqueue(job, 16);
        await queue.enqueue(job, 32);
      };
      await queue.enqueue(job, 1);
      await until(async () => (await queue.jobs()).some(({ id, memoryGiB }) => id === job.id && memoryGiB === 32));
      assert.equal(taken.filter(({ id }) => id === job.id).length, 1);
    },
  );

  await t.step("a handler that throws has its job tried again, and nothing that it said is kept", async () => {
    const job = artifact();
    let tries = 0;
    handle = () => {
      if (++tries === 1) return Promise.reject(new TypeError("pixels 0.5 0.25"));
      return Promise.resolve();
    };
    await queue.enqueue(job, 1);
    await until(() => tries === 2);
    await until(async () => !(await queue.jobs()).some(({ id }) => id === job.id));
  });

  await t.step("a stop waits for the job that runs, then ends it, and another goes on with it", async () => {
    const job = artifact();
    let reason: unknown = null;
    handle = (_, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          reason = signal.reason;
          reject(signal.reason);
        })
      );
    await queue.enqueue(job, 1);
    await until(() => taken.at(-1)?.id === job.id);
    const begun = performance.now();
    await queue.stop(0.5);
    const seconds = (performance.now() - begun) / 1000;
    assert.ok(seconds >= 0.5 && seconds < 5, `${seconds}`);
    assert.match(String(reason), /stopping/);
    await queue.enqueue(job, 1);
  });
}

Deno.test("the line in the embedded Postgres", async (t) => {
  await inFolder(async (folder) => {
    const database = await openPglite(`${folder}/db`);
    await behaves(t, () => BossQueue.open({ pglite: database.pglite }, silent));
    await t.step("the next process begins with an empty line", async () => {
      const queue = await BossQueue.open({ pglite: database.pglite }, silent);
      assert.deepEqual(await queue.counts(), { queued: 0, active: 0 });
      const kept = await database.query<{ text: string }>(
        "SELECT coalesce(string_agg(output::text, ''), '') AS text FROM pgboss.job",
      );
      assert.doesNotMatch(kept[0].text, /pixels/);
      await queue.stop(0);
    });
    await database.close();
  });
});

Deno.test({
  name: "the line in a real Postgres",
  ignore: !POSTGRES_INSTALLED,
  fn: async (t) => {
    const postgres = await TestPostgres.create();
    try {
      await behaves(t, () => BossQueue.open({ url: postgres.url() }, silent));
      await t.step("nothing that a handler said is kept", async () => {
        assert.doesNotMatch(await postgres.sql("SELECT output FROM pgboss.job"), /pixels/);
      });
      await t.step("it outlives restarts of Postgres, and jobs come through after them", async () => {
        const queue = await BossQueue.open({ url: postgres.url() }, silent);
        const taken: string[] = [];
        let ended = 0;
        await queue.work(1, async ({ id }) => {
          taken.push(id);
          await new Promise((resolve) => setTimeout(resolve, 2500));
          ended++;
        });
        const [running, later] = [artifact(), artifact()];
        await queue.enqueue(running, 1);
        await until(() => taken.includes(running.id));
        await postgres.restart("kill");
        await until(() => ended >= 1);
        await queue.enqueue(later, 1);
        await until(() => taken.includes(later.id), 20);
        await queue.stop(0);
      });
    } finally {
      await postgres.remove();
    }
  },
});
