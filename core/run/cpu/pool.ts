/**
 * The threads of a device: made when there is something to compute, ended after a while without. Until all are there,
 * and where there are none to be had, the caller's own thread computes; results are the same.
 * @module
 */
import { builtin, NODE_PORT } from "../../base/host.ts";
import { DeviceError } from "../../base/errors.ts";
import { type FromThread, serve, type ToThread } from "./serve.ts";

/** Milliseconds without work after which threads end: in Deno they keep the process alive. */
const IDLE = 500;

// Taken early: other packages may put another in its place.
const WebWorker = globalThis.Worker as typeof Worker | undefined;

/** One thread, of whatever runtime. */
interface Thread {
  send(message: ToThread): void;
  end(): void;
}

/** What is to be run: the exports of a plan's module by what threads and the caller need of it. */
export interface Runnable {
  /** Its number, by which threads know it. */
  readonly id: number;
  /** The compiled module. */
  readonly module: WebAssembly.Module;
  /** The first thread's memory for activations, and bytes from one thread's to the next. */
  readonly arena: readonly [number, number];
  /** Runs steps on the caller's own thread: arena, threads, first step, number of steps. */
  readonly run: (arena: number, threads: number, step: number, steps: number) => void;
}

/** The threads of a device. */
export class Pool {
  readonly #size: number;
  readonly #memory: WebAssembly.Memory;
  readonly #runnables = new Map<number, Runnable>();
  #threads: Thread[] = [];
  #ready = 0;
  #refused = false;
  #failure: DeviceError | null = null;
  #pending: { left: number; resolve: () => void; reject: (error: Error) => void } | null = null;
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
  add(module: WebAssembly.Module, arena: readonly [number, number]): Runnable {
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const runnable = { id: this.#ids++, module, arena, run: exports.run as unknown as Runnable["run"] };
    this.#runnables.set(runnable.id, runnable);
    this.#threads.forEach((thread) => thread.send(this.#introduction(runnable)));
    return runnable;
  }

  /** Forgets a module. */
  remove({ id }: Runnable): void {
    this.#runnables.delete(id);
    this.#threads.forEach((thread) => thread.send({ kind: "forget", id }));
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

  /** Runs `steps` steps whose fields begin at `step`; throws a `DeviceError` where a thread fails. */
  async run(runnable: Runnable, step: number, steps: number): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#failure !== null) throw this.#failure;
    const { id, arena: [arena, stride] } = runnable;
    if (this.#threads.length === 0 || this.#ready < this.#threads.length) {
      runnable.run(arena, 1, step, steps);
      // After the first step, which needs no thread.
      if (this.#size > 1 && !this.#refused && this.#threads.length === 0) this.#start();
      // A turn of the event loop: timers, signals and threads that are ready come in.
      await new Promise((resolve) => setTimeout(resolve));
      this.#rest();
      return;
    }
    const done = new Promise<void>((resolve, reject) =>
      this.#pending = { left: this.#threads.length, resolve, reject }
    );
    this.#threads.forEach((thread, k) =>
      thread.send({ kind: "run", id, run: [arena + k * stride, this.#threads.length, step, steps] })
    );
    try {
      await done;
    } finally {
      this.#pending = null;
    }
    this.#rest();
  }

  /** Ends all threads. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#end();
    this.#fail(new DeviceError("the CPU device was disposed of; make a new device or trainer"));
  }

  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#threads.length > 0) this.#timer = setTimeout(() => this.#end(), IDLE);
  }

  #end(): void {
    this.#threads.forEach((thread) => thread.end());
    this.#threads = [];
    this.#ready = 0;
  }

  #start(): void {
    try {
      for (let k = 0; k < this.#size; k++) this.#threads.push(this.#thread());
      for (const runnable of this.#runnables.values()) {
        this.#threads.forEach((thread) => thread.send(this.#introduction(runnable)));
      }
    } catch {
      // A page may forbid threads; the caller's own does.
      this.#end();
      this.#refused = true;
    }
  }

  #introduction({ id, module }: Runnable): ToThread {
    return { kind: "module", id, module, memory: this.#memory };
  }

  #thread(): Thread {
    const hear = (message: FromThread): void => {
      if (message.kind === "ready") this.#ready++;
      else if (message.kind === "failed") this.#lose(message.reason);
      else if (this.#pending !== null && --this.#pending.left === 0) this.#pending.resolve();
    };
    const node = WebWorker === undefined ? builtin("node:worker_threads") : undefined;
    if (node !== undefined) {
      const worker = new node.Worker(`(${serve})(${NODE_PORT})`, { eval: true });
      worker.on("message", hear as (value: never) => void);
      worker.on("error", ((error: Error) => this.#lose(error.message)) as (value: never) => void);
      return { send: (message) => worker.postMessage(message), end: () => void worker.terminate() };
    }
    const url = URL.createObjectURL(new Blob([`(${serve})(self)`], { type: "text/javascript" }));
    const worker = new WebWorker!(url, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<FromThread>) => hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(event.message);
    };
    return {
      send: (message) => worker.postMessage(message),
      end: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  }

  /** A thread that never came means that there are none to be had; one that fails at work ends the device. */
  #lose(reason: string): void {
    if (this.#ready < this.#threads.length) {
      this.#end();
      this.#refused = true;
      return;
    }
    this.#end();
    this.#fail(
      new DeviceError(
        `a thread of the CPU back end has ended, saying "${reason}". Make a new trainer and go on from the last checkpoint`,
      ),
    );
  }

  #fail(error: DeviceError): void {
    this.#failure ??= error;
    this.#pending?.reject(error);
  }
}
