/**
 * Looks at uploaded inputs without keeping others waiting.
 * @module
 */
import { BadRequestError } from "../errors.ts";
import { countNumbers } from "./sample_count.ts";
import type { CountMessage } from "./sample_count_worker.ts";

/** Parsing more than this takes longer than starting a thread for it. */
const LARGE = 2 ** 20;

/** How many numbers each list of an upload holds. Errors as {@linkcode countNumbers} has them. */
export async function checkSamples(bytes: Uint8Array, name: string): Promise<number[]> {
  if (bytes.length <= LARGE) return countNumbers(bytes, name);
  const worker = new Worker(new URL("./sample_count_worker.ts", import.meta.url), { type: "module" });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<CountMessage>();
    worker.onmessage = ({ data }: MessageEvent<CountMessage>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new BadRequestError(`${name} cannot be read; it may be too large`));
    };
    worker.postMessage({ bytes, name });
    const message = await promise;
    if ("refused" in message) throw new BadRequestError(message.refused);
    return message.counts;
  } finally {
    worker.terminate();
  }
}
