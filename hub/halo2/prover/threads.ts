/**
 * The threads of a prover: Workers over one memory, each of which does the next job that is left.
 * @module
 */
import { DeviceError } from "../../../core/base/errors.ts";
import type { Crew, Job, JobResult } from "./jobs.ts";
import type { FromThread, ToThread } from "./messages.ts";
import { type Tools, toolsBytes } from "./tools.ts";

/** One thread. */
interface Thread {
  readonly worker: Worker;
  /** What it works on, and whom to tell. */
  current: { readonly at: number; readonly batch: Batch } | null;
}

/** Jobs that were asked for together. */
interface Batch {
  readonly jobs: readonly Job[];
  readonly results: JobResult[];
  next: number;
  left: number;
  resolve(results: JobResult[]): void;
  reject(error: unknown): void;
}

/** Threads that share the prover's memory. */
export class ThreadCrew implements Crew {
  /** How many work at once. */
  readonly size: number;
  readonly #threads: Thread[] = [];
  #batch: Batch | null = null;
  #failure: Error | null = null;
  #stopped: { reason: unknown } | null = null;
  #resting: (() => void) | null = null;

  private constructor(size: number) {
    this.size = size;
  }

  /** Starts `size` threads; null where there are none to be had. The tools' memory must be shared. */
  static async start(tools: Tools, size: number): Promise<ThreadCrew | null> {
    const crew = new ThreadCrew(size);
    try {
      await Promise.all(Array.from({ length: size }, () => crew.#add(tools)));
      return crew;
    } catch {
      crew.dispose();
      return null; // a page may forbid threads, and some runtimes have no Workers
    }
  }

  all(jobs: readonly Job[]): Promise<JobResult[]> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#stopped !== null) return Promise.reject(this.#stopped.reason);
    if (jobs.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#batch = { jobs, results: new Array(jobs.length), next: 0, left: jobs.length, resolve, reject };
      this.#threads.forEach((thread) => this.#give(thread));
    });
  }

  stop(reason: unknown): void {
    this.#stopped = { reason };
    this.#batch?.reject(reason);
    this.#batch = null;
  }

  async rest(): Promise<void> {
    if (this.#failure === null && this.#threads.some(({ current }) => current !== null)) {
      await new Promise<void>((resolve) => this.#resting = resolve);
    }
    this.#stopped = null;
  }

  /** Ends all threads, in the middle of what they do too. */
  dispose(reason: Error = new DeviceError("the prover was disposed of; make a new one")): void {
    this.#failure ??= reason;
    this.#threads.forEach(({ worker }) => worker.terminate());
    this.#batch?.reject(this.#failure);
    this.#batch = null;
    this.#resting?.();
  }

  async #add(tools: Tools): Promise<void> {
    const bytes = toolsBytes(tools.domain.rows), from = tools.kernels.take(bytes);
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const thread: Thread = { worker, current: null };
    this.#threads.push(thread);
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromThread>) => {
        if (data.kind === "ready") resolve();
        else if (data.kind === "done") this.#take(thread, data.result);
        else {
          reject(new Error(data.reason));
          this.#lose(data.reason);
        }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
        this.#lose("an error outside of a job");
      };
      const { kernels, domain, points } = tools;
      const { form: { name: form }, module, memory } = kernels;
      const join = { kernels: { form, module, memory }, domain: domain.tables, points };
      worker.postMessage({ kind: "join", tools: join, from, to: from + bytes } satisfies ToThread);
    });
  }

  #give(thread: Thread): void {
    const batch = this.#batch;
    if (batch === null || batch.next === batch.jobs.length || thread.current !== null) return;
    const at = batch.next++;
    thread.current = { at, batch };
    thread.worker.postMessage({ kind: "do", job: batch.jobs[at] } satisfies ToThread);
  }

  #take(thread: Thread, result: JobResult): void {
    const { at, batch } = thread.current!;
    thread.current = null;
    batch.results[at] = result;
    if (--batch.left === 0 && this.#batch === batch) {
      this.#batch = null;
      batch.resolve(batch.results);
    }
    this.#give(thread);
    if (this.#resting !== null && this.#threads.every(({ current }) => current === null)) {
      this.#resting();
      this.#resting = null;
    }
  }

  #lose(reason: string): void {
    this.dispose(
      new DeviceError(`a thread of the prover has ended (${reason}); make a new prover and prove again`),
    );
  }
}
