/**
 * What takes jobs: one at a time, as many as fit its memory.
 * @module
 */
import type { KeyCache } from "../files/key_cache.ts";
import type { Services } from "../services.ts";
import { artifactJob } from "./artifact_job.ts";
import { giveWay } from "./background.ts";
import { Compiler } from "./compiler.ts";
import { EngineHolder } from "./engine_holder.ts";
import type { JobContext } from "./job_context.ts";
import { proofJob } from "./proof_job.ts";
import type { JobRef } from "../queue.ts";

/** Seconds between two signs of life. */
const SIGN = 5;

/** What a worker may be given. */
export interface WorkerOptions {
  /** Reads public files; without it they are read where they are stored. */
  keys?: KeyCache;
  /** Calibrates and compiles; without it a compiler of the worker's own. */
  compiler?: Compiler;
  /** Seconds that a job waits in place for files or the database to come back. Default: 180. */
  outageSeconds?: number;
}

/** Takes jobs from the line until it is stopped. */
export class Worker {
  /** Its name among the workers. */
  readonly id: string = crypto.randomUUID();
  readonly #context: JobContext;
  #timer: ReturnType<typeof setInterval> | undefined;
  #job: JobRef | null = null;
  #stopped: Promise<void> | null = null;

  /** Over a hub's parts; takes nothing before `start`. */
  constructor(services: Services, options: WorkerOptions = {}) {
    const { memoryGiB, threads } = services.config;
    this.#context = {
      services,
      compiler: options.compiler ?? new Compiler({ bytes: Math.max(1, memoryGiB) * 2 ** 30 }),
      holder: new EngineHolder(threads),
      keys: options.keys ?? { read: (ref) => services.blobs.read(ref) },
      outageSeconds: options.outageSeconds ?? 180,
    };
  }

  /** The job that it has, or null. */
  get job(): JobRef | null {
    return this.#job;
  }

  /** Takes jobs from now on. */
  async start(): Promise<void> {
    const { queue, config: { memoryGiB }, log } = this.#context.services;
    await this.#note();
    this.#timer = setInterval(() => void this.#note(), SIGN * 1000);
    await queue.work(memoryGiB, (job, signal) => this.#run(job, signal));
    log.info("worker_started", { worker: this.id, memoryGiB });
  }

  /**
   * Takes no more jobs, waits up to so many seconds for the one that runs, and ends it then: another attempt goes on
   * with what it has kept. The queue is stopped with it.
   */
  stop(drainSeconds: number): Promise<void> {
    this.#stopped ??= this.#stop(drainSeconds);
    return this.#stopped;
  }

  async #stop(drainSeconds: number): Promise<void> {
    const { services: { queue, store, log }, compiler, holder } = this.#context;
    try {
      await queue.stop(drainSeconds);
    } finally {
      clearInterval(this.#timer);
      await Promise.all([compiler[Symbol.asyncDispose](), holder[Symbol.asyncDispose]()]);
      await store.forgetWorker(this.id).catch(() => {});
      log.info("worker_stopped", { worker: this.id });
    }
  }

  async #run(job: JobRef, signal: AbortSignal): Promise<void> {
    this.#job = job;
    const end = this.#context.services.config.serve ? giveWay() : () => {};
    try {
      await (job.kind === "artifact" ? artifactJob : proofJob)(this.#context, job.id, signal);
    } finally {
      this.#job = null;
      end();
    }
  }

  async #note(): Promise<void> {
    const { store, config: { memoryGiB }, log } = this.#context.services;
    try {
      await store.noteWorker(this.id, memoryGiB);
    } catch (error) {
      log.warn("worker_not_noted", { worker: this.id, reason: (error as Error).message });
    }
  }
}
