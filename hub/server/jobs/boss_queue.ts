/**
 * The line of jobs on pg-boss, in the embedded Postgres or a real one.
 * @module
 */
import { type ConstructorOptions, fromPglite, type Job, PgBoss } from "npm:pg-boss@12.35.0";
import type { Log } from "../log.ts";
import type { JobQueue, JobRef, LinedJob, QueueCounts } from "../queue.ts";

/** The part of PGlite that the queue needs. */
export type QueuePglite = Parameters<typeof fromPglite>[0];

/** Where the line is kept. */
export type QueueSource = { pglite: QueuePglite } | { url: string };

const SCHEMA = "pgboss";
const QUEUE = "zkgrad";

/** Seconds of silence after which a worker's job is given to another; pg-boss takes no less. */
const HEARTBEAT = 10;

/** Seconds that an aborted job is given to end. */
const LAST_WORDS = 10;

/** Jobs that are over are kept for an hour, for whoever looks after the database. */
const KEPT = 3600;

const DAY = 24 * 3600;

interface Active {
  controller: AbortController;
  /** GiB that it is to be asked for with once it has ended. */
  again: number | null;
}

/** A line of jobs, each named by what it is about, so that none is in it twice. */
export class BossQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #log: Log;
  readonly #active = new Map<string, Active>();
  /** pg-boss's name for what takes jobs here; empty where nothing does. */
  #taker = "";
  #stopped: Promise<void> | null = null;

  private constructor(boss: PgBoss, log: Log) {
    this.#boss = boss;
    this.#log = log;
  }

  /** Opens the line; its tables are made or brought up to date. */
  static async open(source: QueueSource, log: Log): Promise<BossQueue> {
    const boss = new PgBoss({ ...databaseOf(source), ...SETTINGS });
    const queue = new BossQueue(boss, log);
    // Without a listener an error of the connection would end the process; pg-boss comes back by itself.
    boss.on("error", (error) => log.warn("queue_error", { reason: error.message }));
    boss.on("warning", ({ message }) => log.warn("queue_warning", { reason: message }));
    await boss.start();
    try {
      // One job for each name, waiting or running: with a second one waiting behind the running one, every fetch
      // that meets it would come back empty.
      await boss.createQueue(QUEUE, {
        policy: "exclusive",
        heartbeatSeconds: HEARTBEAT,
        expireInSeconds: DAY,
        retentionSeconds: 30 * DAY,
        deleteAfterSeconds: KEPT,
        // The records count attempts; the line only waits longer each time.
        retryLimit: 1000,
        retryDelay: 2,
        retryBackoff: true,
        retryDelayMax: 60,
        notify: true,
      });
      // Whoever had these jobs was the one process of this folder, and is gone. The sweep asks for them again.
      if ("pglite" in source) await boss.deleteAllJobs(QUEUE);
    } catch (error) {
      await boss.stop({ graceful: false });
      throw error;
    }
    return queue;
  }

  /** As JobQueue says. */
  async enqueue(job: JobRef, memoryGiB: number): Promise<void> {
    const active = this.#active.get(nameOf(job));
    if (active) {
      active.again = memoryGiB;
      return;
    }
    if (this.#stopped !== null) return;
    try {
      await this.#send(job, memoryGiB);
    } catch (error) {
      // The record is there, and the next sweep asks again.
      this.#log.warn("queue_error", { reason: (error as Error).message, kind: job.kind, id: job.id });
    }
  }

  /** As JobQueue says. */
  async work(memoryGiB: number, handle: (job: JobRef, signal: AbortSignal) => Promise<void>): Promise<void> {
    const options = {
      minPriority: -Math.floor(memoryGiB),
      batchSize: 1,
      localConcurrency: 1,
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 2,
      heartbeatRefreshSeconds: 3,
    } as const;
    this.#taker = await this.#boss.work<JobRef>(QUEUE, options, async ([job]) => await this.#run(job, handle));
  }

  /** As JobQueue says. */
  async cancel(job: JobRef): Promise<void> {
    const found = await this.#boss.findJobs(QUEUE, { key: nameOf(job) });
    const ids = found.filter(({ state }) => state === "created" || state === "retry" || state === "active")
      .map(({ id }) => id);
    if (ids.length > 0) await this.#boss.cancel(QUEUE, ids);
    // A job of another process hears of it with its next heartbeat.
    this.#active.get(nameOf(job))?.controller.abort(new DOMException("the job was cancelled", "AbortError"));
  }

  /** As JobQueue says. */
  async jobs(): Promise<LinedJob[]> {
    const { rows } = await this.#boss.getDb().executeSql(
      `SELECT singleton_key AS name, state = 'active' AS active, priority FROM ${SCHEMA}.job
       WHERE name = $1 AND state <= 'active' AND singleton_key IS NOT NULL`,
      [QUEUE],
    );
    return (rows as { name: string; active: boolean; priority: number }[]).map(({ name, active, priority }) => ({
      ...refOf(name),
      active,
      memoryGiB: -priority,
    }));
  }

  /** As JobQueue says. */
  async counts(): Promise<QueueCounts> {
    const jobs = await this.jobs();
    const active = jobs.filter((job) => job.active).length;
    return { queued: jobs.length - active, active };
  }

  /** As JobQueue says. */
  stop(drainSeconds: number): Promise<void> {
    this.#stopped ??= this.#stop(drainSeconds);
    return this.#stopped;
  }

  async #stop(drainSeconds: number): Promise<void> {
    if (this.#taker !== "") {
      const ended = this.#boss.offWork(QUEUE, { wait: true });
      await Promise.race([ended, sleep(drainSeconds)]);
      const reason = new DOMException("the worker is stopping", "AbortError");
      for (const { controller } of this.#active.values()) controller.abort(reason);
      if (this.#active.size > 0) await Promise.race([ended, sleep(LAST_WORDS)]);
    }
    await this.#boss.stop({ graceful: false });
  }

  async #run(job: Job<JobRef>, handle: (job: JobRef, signal: AbortSignal) => Promise<void>): Promise<void> {
    const ref: JobRef = { kind: job.data.kind, id: job.data.id };
    const active: Active = { controller: new AbortController(), again: null };
    this.#active.set(nameOf(ref), active);
    try {
      await handle(ref, AbortSignal.any([job.signal, active.controller.signal]));
    } catch (error) {
      // pg-boss keeps what it is thrown, and a message might hold what must not be kept.
      throw new Error(error instanceof Error ? error.name : "Error");
    } finally {
      this.#active.delete(nameOf(ref));
      // It would look for the next job only after its usual pause.
      this.#boss.notifyWorker(this.#taker);
    }
    if (active.again === null) return;
    // Its own place in the line is free only once it is over.
    await this.#boss.complete(QUEUE, job);
    await this.#send(ref, active.again);
  }

  async #send({ kind, id }: JobRef, memoryGiB: number): Promise<void> {
    const data: JobRef = { kind, id };
    const priority = -Math.max(1, Math.ceil(memoryGiB));
    await this.#boss.send(QUEUE, data, { singletonKey: nameOf(data), priority });
  }
}

const SETTINGS: Partial<ConstructorOptions> = {
  schema: SCHEMA,
  useListenNotify: true,
  schedule: false,
  // A job whose worker was killed is given away within the heartbeat and this.
  superviseIntervalSeconds: 3,
  monitorIntervalSeconds: 3,
  maintenanceIntervalSeconds: 300,
  monitorVacuum: false,
};

function databaseOf(source: QueueSource): ConstructorOptions {
  if ("pglite" in source) return { db: fromPglite(source.pglite), backend: "pglite" };
  return {
    connectionString: source.url,
    application_name: "zkgrad-queue",
    max: 4,
    notifyHeartbeatIntervalMs: 5000,
  };
}

function nameOf({ kind, id }: JobRef): string {
  return `${kind}:${id}`;
}

function refOf(name: string): JobRef {
  const at = name.indexOf(":");
  return { kind: name.slice(0, at) as JobRef["kind"], id: name.slice(at + 1) };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    Deno.unrefTimer(timer);
  });
}
