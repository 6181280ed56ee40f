/**
 * A record as it changes, from now to its end.
 * @module
 */
import type { Status } from "../store/records.ts";

/** What is followed. */
export interface Followed<T> {
  /** The record as it is, or null where it is gone. */
  read(): Promise<T | null>;
  /** Hears of changes; returns what ends that. */
  hear(changed: () => void): () => void;
  /** Whether the one who follows still may. */
  allowed(): Promise<boolean>;
  /** Ends it. */
  signal: AbortSignal;
}

/** At most ten values a second, beside the last. */
const PAUSE_MS = 100;

/** A look without having heard of a change, in case word of one got lost. */
const LOOK_MS = 15_000;

/**
 * The value now, then the value after changes, until it is no longer PENDING. Several changes
 * within a tenth of a second are one, but for the last, which is told at once. `return()` ends
 * it at once, also while it waits, which a generator by itself would not.
 */
export function changes<T extends { status: Status; updatedAt: Date }>(
  followed: Followed<T>,
): AsyncIterableIterator<T, void> {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, followed.signal]);
  const values = follow(followed, signal);
  return {
    next: () => values.next(),
    return: async () => {
      left.abort();
      return await values.return();
    },
    throw: async (error) => {
      left.abort();
      return await values.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* follow<T extends { status: Status; updatedAt: Date }>(
  { read, hear, allowed }: Followed<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  let wake = Promise.withResolvers<void>();
  const end = hear(() => wake.resolve());
  try {
    for (let last = -Infinity, next = -Infinity; !signal.aborted && await allowed();) {
      // Renewed before the look, so that a change during it leads to another.
      wake = Promise.withResolvers<void>();
      const value = await read();
      if (value === null || signal.aborted) return;
      const early = next - performance.now();
      if (value.status === "PENDING" && early > 0) {
        // The end of it is told at once, so every change is looked at.
        await pause(early, signal, wake.promise);
        continue;
      }
      if (value.updatedAt.getTime() > last || value.status !== "PENDING") {
        last = value.updatedAt.getTime();
        next = performance.now() + PAUSE_MS;
        yield value;
      }
      if (value.status !== "PENDING") return;
      await pause(LOOK_MS, signal, wake.promise);
    }
  } finally {
    end();
  }
}

/** Ends after a time, at the signal, or with `early`. */
async function pause(ms: number, signal: AbortSignal, early?: Promise<void>): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  early?.then(resolve);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}
