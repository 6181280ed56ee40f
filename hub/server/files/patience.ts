/**
 * Trying again while a storage does not answer, up to a limit.
 * @module
 */

/** One try. */
export interface Attempt {
  /** Aborted once the try takes too long without moving. */
  readonly signal: AbortSignal;
  /** Tells how many bytes are through. */
  moved(bytes: number): void;
}

/** Longest time in seconds that one try may stand still. */
const STILL = 60;
const FIRST_PAUSE = 0.1;
const LONGEST_PAUSE = 5;

/**
 * Runs `attempt` until it succeeds or fails for good (`passing` says no), with pauses that double. It gives up, with the
 * last error, once `seconds` have passed since a byte went further than any before, so a large file may take
 * longer than that. A try that stands still for half of it is aborted.
 */
export async function patiently<T>(
  seconds: number,
  passing: (error: unknown) => boolean,
  attempt: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  let furthest = 0;
  let last = performance.now();
  for (let pause = FIRST_PAUSE;; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    using watch = new Watch(Math.min(STILL, seconds / 2));
    const moved = (bytes: number) => {
      watch.moved();
      if (bytes <= furthest) return;
      furthest = bytes;
      last = performance.now();
    };
    try {
      return await Promise.race([attempt({ signal: watch.signal, moved }), watch.still]);
    } catch (error) {
      const wait = pause * (0.5 + Math.random() / 2);
      if (!passing(error) || (performance.now() - last) / 1000 + wait > seconds) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}

/** A try stood still for too long. */
export class StillError extends Error {
  /** The class, as text. */
  override name = "StillError";
}

/** Rejects unless the promise settles within so many seconds. */
export async function within<T>(seconds: number, promise: Promise<T>): Promise<T> {
  using watch = new Watch(seconds);
  return await Promise.race([promise, watch.still]);
}

/** Fails once nothing has moved for so many seconds. */
class Watch {
  readonly still: Promise<never>;
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reject: (error: Error) => void = () => {};

  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000;
    this.still = new Promise((_, reject) => this.#reject = reject);
    this.still.catch(() => {});
    this.moved();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  moved(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = setTimeout(() => {
      const error = new StillError(`no byte moved for ${this.#milliseconds / 1000} s`);
      this.#over = true;
      this.#reject(error);
      this.#controller.abort(error);
    }, this.#milliseconds);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    // A try that lost the race may still move bytes: that must not set the timer again.
    this.#over = true;
  }
}
