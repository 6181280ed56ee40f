/**
 * Waiting: between two tries, and for a limited time.
 * @module
 */
import { type HubCallOptions, milliseconds } from "./access.ts";
import type { HubTimeoutError } from "./errors.ts";

/**
 * Milliseconds to wait after so many tries: `first`, growing by `growth` up to five seconds.
 * A random quarter more or less keeps many clients from coming back all at once.
 */
export function backoff(tries: number, first: number, growth: number): number {
  return Math.min(5000, first * growth ** tries) * (0.75 + Math.random() / 2);
}

/** Resolves after `ms`; rejects with the signal's reason where that comes first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", stop, { once: true });
    function end(): void {
      signal.removeEventListener("abort", stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}

/**
 * Runs `body` with a signal that is aborted with the caller's, or once `timeout` is over:
 * then with an error of the sentence that `late` gives.
 */
export async function limited<T>(
  caller: string,
  { signal, timeout }: HubCallOptions,
  late: () => HubTimeoutError,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const end = new AbortController();
  const stop = () => end.abort(signal!.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const timer = timeout === undefined
    ? undefined
    : setTimeout(() => end.abort(late()), milliseconds(caller, "timeout", timeout));
  try {
    return await body(end.signal);
  } catch (error) {
    // What a fetch throws when it is aborted differs from runtime to runtime.
    end.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
