/**
 * The threads of a prover: over one memory, each does the next job that is left. Where one of them ends, what it was
 * asked for comes to nothing, and new ones do what is asked for next.
 * @module
 */
import { DeviceError } from "../../../core/base/errors.ts";
import { makeThread, type Thread } from "../../../core/run/cpu/thread.ts";
import type { Crew, Job, JobResult } from "./jobs.ts";
import type { FromThread, ToThread } from "./messages.ts";
import { type Tools, toolsBytes } from "./tools.ts";
import { WORKER_TEXT } from "./worker_text.ts";

/** Jobs that a thread is told of at once, so that it need not wait for the next. */
const AHEAD = 2;

/** One thread. */
interface Member {
  readonly thread: Thread<ToThread>;
  /** What it works on, in order. */
  readonly jobs: { readonly at: number; readonly batch: Batch }[];
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
  readonly #tools: Tools;
  /** Where each may write. */
  readonly #rooms: readonly (readonly [from: number, to: number])[];
  #members: Member[] = [];
  #batch: Batch | null = null;
  #disposed: Error | null = null;
  #stopped: { reason: unknown } | null = null;
  #resting: (() => void) | null = null;
  /** Done when those that were there before write no more. */
  #ended: Promise<unknown> = Promise.resolve();

  private constructor(tools: Tools, size: number) {
    this.size = size;
    this.#tools = tools;
    const bytes = toolsBytes(tools.domain.rows);
    this.#rooms = Array.from({ length: size }, () => {
      const from = tools.kernels.take(bytes);
      return [from, from + bytes];
    });
  }

  /** Starts `size` threads; null where there are none to be had. The tools' memory must be shared. */
  static async start(tools: Tools, size: number): Promise<ThreadCrew | null> {
    const crew = new ThreadCrew(tools, size);
    try {
      await crew.#gather();
      return crew;
    } catch {
      await crew.dispose();
      return null; // a page may forbid threads, and some runtimes have none
    }
  }

  async all(jobs: readonly Job[]): Promise<JobResult[]> {
    if (this.#disposed === null && this.#members.length === 0) await this.#gather();
    if (this.#disposed !== null) throw this.#disposed;
    if (this.#stopped !== null) throw this.#stopped.reason;
    if (jobs.length === 0) return [];
    return await new Promise((resolve, reject) => {
      this.#batch = { jobs, results: new Array(jobs.length), next: 0, left: jobs.length, resolve, reject };
      // One each, before anybody has a second.
      for (let each = 0; each < AHEAD; each++) this.#members.forEach((member) => this.#give(member));
    });
  }

  stop(reason: unknown): void {
    this.#stopped = { reason };
    this.#batch?.reject(reason);
    this.#batch = null;
  }

  async rest(): Promise<void> {
    if (this.#members.some(({ jobs }) => jobs.length > 0)) {
      await new Promise<void>((resolve) => this.#resting = resolve);
    }
    await this.#ended;
    this.#stopped = null;
  }

  /** Ends all threads, in the middle of what they do too. */
  async dispose(): Promise<void> {
    this.#disposed ??= new DeviceError("the prover was disposed of; make a new one");
    this.#end(this.#disposed);
    await this.#ended;
  }

  async #gather(): Promise<void> {
    await this.#ended;
    const { kernels, domain, points } = this.#tools;
    const { form: { name: form }, module, memory } = kernels;
    const tools = { kernels: { form, module, memory }, domain: domain.tables, points };
    await Promise.all(this.#rooms.map(([from, to]) =>
      new Promise<void>((resolve, reject) => {
        const lose = (reason: string) => {
          const error = new DeviceError(
            `a thread of the prover has ended, saying "${reason}", and what it worked on with it; prove again, with new threads`,
          );
          reject(error);
          if (this.#members.includes(member)) this.#end(error);
        };
        const thread: Thread<ToThread> = makeThread<ToThread, FromThread>(WORKER_TEXT, {
          hear: (said) => {
            if (said.kind === "joined") resolve();
            else if (said.kind === "done") this.#take(member, said.result);
            else if (said.kind === "failed") lose(said.reason);
          },
          lose,
        });
        const member: Member = { thread, jobs: [] };
        this.#members.push(member);
        thread.send({ kind: "join", tools, from, to });
      })
    ));
  }

  #give(member: Member): void {
    const batch = this.#batch;
    if (batch === null || batch.next === batch.jobs.length || member.jobs.length >= AHEAD) return;
    // The last jobs go to whoever is free.
    if (member.jobs.length > 0 && batch.jobs.length - batch.next < this.size) return;
    const at = batch.next++;
    member.jobs.push({ at, batch });
    member.thread.send({ kind: "do", job: batch.jobs[at] });
  }

  #take(member: Member, result: JobResult): void {
    const { at, batch } = member.jobs.shift()!;
    batch.results[at] = result;
    if (--batch.left === 0 && this.#batch === batch) {
      this.#batch = null;
      batch.resolve(batch.results);
    }
    for (let each = 0; each < AHEAD; each++) this.#give(member);
    if (this.#resting !== null && this.#members.every(({ jobs }) => jobs.length === 0)) this.#rest();
  }

  /** Ends those that are there. */
  #end(reason: Error): void {
    const members = this.#members;
    this.#members = [];
    this.#ended = Promise.all([this.#ended, ...members.map(({ thread }) => thread.end())]);
    this.#batch?.reject(reason);
    this.#batch = null;
    this.#rest();
  }

  #rest(): void {
    this.#resting?.();
    this.#resting = null;
  }
}
