/**
 * Waiting in the middle of a job until files or the database are there again, so that an
 * outage of a minute takes no attempt away.
 * @module
 */
import { isOutage } from "./refusals.ts";

/** How long is waited. */
export interface Waiting {
  /** Seconds after which the attempt is given up. */
  seconds: number;
  /** Ends the waiting. */
  signal: AbortSignal;
  /** Told of the first failure of each outage. */
  onOutage?: (error: Error) => void;
}

/** Runs `body` until it does not fail with an outage, or the time is up. */
export async function outlasting<T>({ seconds, signal, onOutage }: Waiting, body: () => Promise<T>): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (let pause = 250, tries = 0;; pause = Math.min(5000, 2 * pause), tries++) {
    try {
      return await body();
    } catch (error) {
      if (!isOutage(error) || performance.now() + pause > end) throw error;
      signal.throwIfAborted();
      if (tries === 0) onOutage?.(error as Error);
      await sleep(pause, signal);
    }
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
