/**
 * Threads that were made together and compute together. Where one of them ends, the others would wait for it for ever:
 * they are told to leave their work, and then ended. None is ended while it computes: an engine may stand still where a
 * thread is ended that waits for others.
 * @module
 */
import type { DeviceError } from "../../base/errors.ts";
import { TornStepError } from "../backend.ts";
import { type FromThread, serve, type ToThread } from "./serve.ts";
import { makeThread, type Thread as AnyThread } from "./thread.ts";

/** Milliseconds that threads are given to leave their work. */
const LEAVING = 5000;

type Thread = AnyThread<ToThread>;

/** A run under way. */
interface Work {
  /** Who computes. */
  readonly left: Set<Thread>;
  /** Tells them to leave it. */
  readonly stop: () => void;
  readonly resolve: () => void;
  readonly reject: (error: DeviceError) => void;
  /** Why it comes to nothing. */
  failure: DeviceError | null;
  /** Runs while they are to leave it. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Threads. */
export class Crew {
  readonly #threads: Thread[] = [];
  readonly #onLost: (ready: boolean) => void;
  #heard = 0;
  #lost = false;
  #work: Work | null = null;

  /**
   * Makes so many threads; throws where there are none to be had. `onLost` is called once, where one fails or ends, and
   * told whether all had been there.
   */
  constructor(size: number, onLost: (ready: boolean) => void) {
    this.#onLost = onLost;
    try {
      for (let k = 0; k < size; k++) {
        const thread: Thread = makeThread<ToThread, FromThread>(`${serve}`, {
          hear: (message) => this.#hear(thread, message),
          lose: (reason) => this.#lose(thread, reason),
        });
        this.#threads.push(thread);
      }
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#threads.length;
  }

  /** Whether all are there. */
  get ready(): boolean {
    return this.#heard === this.#threads.length;
  }

  /** Tells all threads something. */
  tell(message: ToThread): void {
    this.#threads.forEach((thread) => thread.send(message));
  }

  /**
   * Has all threads run module `id`, each with numbers of its own. `stop` makes them leave it; throws a `TornStepError`
   * where one is lost, when nobody writes any more.
   */
  async run(id: number, given: (k: number) => readonly [number, number, number, number], stop: () => void) {
    const done = new Promise<void>((resolve, reject) =>
      this.#work = { left: new Set(this.#threads), stop, resolve, reject, failure: null, timer: undefined }
    );
    this.#threads.forEach((thread, k) => thread.send({ kind: "run", id, run: given(k) }));
    try {
      await done;
    } catch (error) {
      await this.#terminate();
      throw error;
    } finally {
      clearTimeout(this.#work?.timer);
      this.#work = null;
    }
  }

  /** Ends all threads; a run under way comes to nothing, for the given reason. */
  end(reason?: DeviceError): void {
    this.#lost = true;
    if (this.#work !== null && reason !== undefined) this.#abandon(this.#work, reason);
    else void this.#terminate();
  }

  async #terminate(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #hear(thread: Thread, message: FromThread): void {
    if (message.kind === "ready") this.#heard++;
    else if (message.kind === "failed") this.#lose(thread, message.reason);
    else this.#leave(thread);
  }

  #lose(thread: Thread, reason: string): void {
    if (!this.#lost) {
      this.#lost = true;
      this.#onLost(this.ready);
      const text = `a thread of the CPU back end has ended in the middle of a step, saying "${reason}"`;
      if (this.#work === null) void this.#terminate();
      else this.#abandon(this.#work, new TornStepError(text));
    }
    this.#leave(thread);
  }

  #abandon(work: Work, failure: DeviceError): void {
    work.failure = failure;
    work.stop();
    work.timer = setTimeout(() => work.reject(failure), LEAVING);
  }

  /** One thread fewer computes. */
  #leave(thread: Thread): void {
    const work = this.#work;
    if (work === null || !work.left.delete(thread) || work.left.size > 0) return;
    if (work.failure === null) work.resolve();
    else work.reject(work.failure);
  }
}
