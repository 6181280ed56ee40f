/**
 * Pauses in long work: whoever else has something to do, or to stop it, has a turn.
 * @module
 */

/** Milliseconds of work after which others have their turn. */
const TURN = 15;

/** Waits for the event loop where it is time to. */
export type Pause = () => Promise<void>;

/** Waits for the event loop once so much time has gone by since the last wait; rejects where `signal` was aborted. */
export function pauses(signal?: AbortSignal): Pause {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN) return;
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    last = performance.now();
  };
}

/** Does work of several steps at once. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does work of several steps with pauses between them. */
export async function withPauses<T>(steps: Generator<void, T>, pause: Pause): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}
