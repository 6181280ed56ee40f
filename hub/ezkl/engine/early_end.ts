/**
 * Promises that do not wait any longer.
 * @module
 */
import { EngineTimeoutError } from "./errors.ts";
import type { CallName } from "./messages.ts";

/** The promise, the signal's reason once it is aborted, or an EngineTimeoutError once `timeout` milliseconds have passed. */
export async function withinTime<T>(
  promise: Promise<T>,
  name: CallName,
  timeout: number | undefined,
  signal: AbortSignal,
): Promise<T> {
  if (timeout === undefined) return await untilAborted(promise, signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new EngineTimeoutError(`${name}: it was not done within its timeout of ${timeout} ms; allow it more`);
    timer = setTimeout(() => reject(error), timeout);
  });
  return await untilAborted(Promise.race([promise, late]), signal).finally(() => clearTimeout(timer));
}

/** The promise, or the signal's reason once it is aborted. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
