/**
 * The threads of a device: made when there is something to compute, ended after a while without. Until all are there,
 * and where there are none to be had, the caller's own thread computes; results are the same.
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import { Crew } from "./crew.ts";
import { CONTROL, MOST_TASKS } from "./schedule.ts";
import type { ToThread } from "./serve.ts";

/** Milliseconds without work after which threads end: in Deno they keep the process alive. */
const IDLE = 500;

/** What is to be run: the exports of a plan's module by what threads and the caller need of it. */
export interface Runnable {
  /** Its number, by which threads know it. */
  readonly id: number;
  /** The compiled module. */
  readonly module: WebAssembly.Module;
  /** The first thread's memory for activations, and bytes from one thread's to the next. */
  readonly arena: readonly [number, number];
  /** Where its threads meet. */
  readonly control: number;
  /** Runs steps on the caller's own thread: arena, threads, first step, number of steps. */
  readonly run: (arena: number, threads: number, step: number, steps: number) => void;
}

/** The threads of a device. */
export class Pool {
  readonly #size: number;
  readonly #memory: WebAssembly.Memory;
  readonly #runnables = new Map<number, Runnable>();
  #crew: Crew | null = null;
  #refused = false;
  #runs = 0;
  #disposed: DeviceError | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ids = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #turns = 0;

  /** A pool of so many threads over a memory; none are made yet. */
  constructor(size: number, memory: WebAssembly.Memory) {
    this.#size = size;
    this.#memory = memory;
  }

  /** Whether anything is being computed, or waits for its turn. */
  get busy(): boolean {
    return this.#turns > 0;
  }

  /** Takes a module in. */
  add({ module, arena, control }: Pick<Runnable, "module" | "arena"> & { readonly control: number }): Runnable {
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const run = exports.run as unknown as Runnable["run"];
    const runnable = { id: this.#ids++, module, arena, control, run };
    this.#runnables.set(runnable.id, runnable);
    this.#crew?.tell(this.#introduction(runnable));
    return runnable;
  }

  /** Forgets a module. */
  remove({ id }: Runnable): void {
    this.#runnables.delete(id);
    this.#crew?.tell({ kind: "forget", id });
  }

  /**
   * Runs `body` when all that was asked for earlier is done: what it writes for {@linkcode run}, and what it reads
   * afterwards, is then its own.
   */
  inTurn<T>(body: () => Promise<T>): Promise<T> {
    this.#turns++;
    const turn = this.#turn.then(body).finally(() => this.#turns--);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * Runs `steps` steps whose fields begin at `step`. Throws a `TornStepError` where a thread ends in the middle of it;
   * the next run makes new threads.
   */
  async run(runnable: Runnable, step: number, steps: number): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#disposed !== null) throw this.#disposed;
    const { id, arena: [arena, stride], control } = runnable;
    const crew = this.#crew;
    if (crew === null || !crew.ready) {
      runnable.run(arena, 1, step, steps);
      // Not for the first step, which comes sooner without: making a thread takes as long as some steps.
      if (this.#size > 1 && !this.#refused && crew === null && this.#runs++ > 0) this.#start();
      // A turn of the event loop: timers, signals and threads that are ready come in.
      await new Promise((resolve) => setTimeout(resolve));
    } else {
      const meeting = new Int32Array(this.#memory.buffer, control, CONTROL.bytes / 4);
      const stop = (): void => {
        Atomics.store(meeting, CONTROL.stopped / 4, 1);
        Atomics.store(meeting, CONTROL.taken / 4, MOST_TASKS);
        Atomics.notify(meeting, CONTROL.meeting / 4);
      };
      try {
        await crew.run(id, (k) => [arena + k * stride, crew.size, step, steps], stop);
      } catch (error) {
        meeting.fill(0);
        throw error;
      }
    }
    clearTimeout(this.#timer);
    if (this.#crew !== null) this.#timer = setTimeout(() => this.#end(), IDLE);
  }

  /** Ends all threads. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#disposed ??= new DeviceError("the CPU device was disposed of; make a new device or trainer");
    this.#end(this.#disposed);
  }

  #end(reason?: DeviceError): void {
    this.#crew?.end(reason);
    this.#crew = null;
  }

  #start(): void {
    try {
      const crew = new Crew(this.#size, (ready) => {
        // One that never came means that there are none to be had.
        if (!ready) this.#refused = true;
        if (this.#crew === crew) this.#crew = null;
      });
      this.#crew = crew;
      for (const runnable of this.#runnables.values()) crew.tell(this.#introduction(runnable));
    } catch {
      // A page may forbid threads; the caller's own does.
      this.#refused = true;
    }
  }

  #introduction({ id, module }: Runnable): ToThread {
    return { kind: "module", id, module, memory: this.#memory };
  }
}
