/**
 * Fetching a file of known size.
 * @module
 */
import { ArgumentError, FormatError, ZkgradError } from "../../../core/base/errors.ts";
import type { SrsProgress } from "./generate.ts";

/** How {@linkcode download} fetches. */
export interface DownloadOptions {
  /** Bytes that the file must have. */
  size: number;
  /** Seconds without a byte after which it gives up. */
  patience: number;
  /** In place of the runtime's own. */
  fetch?: typeof globalThis.fetch;
  /** Stops the download. */
  signal?: AbortSignal;
  /** Called with the bytes so far. */
  onProgress?: (progress: SrsProgress) => void;
}

/**
 * The bytes at an address.
 * @throws {ArgumentError} for an address that is none
 * @throws {FormatError} for an answer of another size, at the first byte too many
 * @throws {ZkgradError} for a server that refuses, breaks off or falls silent
 */
export async function download(url: string, options: DownloadOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { size, patience, signal, onProgress } = options;
  checkAddress(url);
  signal?.throwIfAborted();
  // An own controller, because silence ends the transfer as well as the caller's signal.
  const stop = new AbortController();
  const abort = () => stop.abort(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => stop.abort(new ZkgradError(`getSrs(): ${url} sent nothing for ${patience} s`)),
      patience * 1000,
    );
  };
  let done = 0;
  try {
    wait();
    const answer = await (options.fetch ?? globalThis.fetch)(url, { signal: stop.signal });
    if (!answer.ok || !answer.body) {
      await answer.body?.cancel();
      throw new ZkgradError(
        `getSrs(): ${url} answered ${answer.status} ${answer.statusText}; check the address`.trim(),
      );
    }
    const bytes = new Uint8Array(size);
    const reader = answer.body.getReader();
    // Before the loop: an abort between two reads has nobody else to tell it.
    stop.signal.addEventListener("abort", () => void reader.cancel(stop.signal.reason).catch(() => {}), { once: true });
    while (true) {
      const { done: ended, value } = await reader.read();
      stop.signal.throwIfAborted();
      if (ended) break;
      wait();
      if (done + value.length > size) {
        await reader.cancel();
        throw new FormatError(`getSrs(): ${url} sent more than the expected ${size} bytes; check the address`);
      }
      bytes.set(value, done);
      done += value.length;
      onProgress?.({ done, total: size });
    }
    if (done < size) {
      throw new FormatError(
        `getSrs(): ${url} sent ${done} bytes, expected ${size}; it broke off or is another file, try again`,
      );
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof ZkgradError) throw cause;
    stop.signal.throwIfAborted();
    throw new ZkgradError(
      `getSrs(): ${url} broke off after ${done} of ${size} bytes (${
        cause instanceof Error ? cause.message : cause
      }); ` +
        "check the address and the network",
      { cause },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function checkAddress(url: string): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : "";
  if (scheme === "https:" || scheme === "http:") return;
  throw new ArgumentError(
    `getSrs(): ${JSON.stringify(url)} is no address, expected one such as https://example.org/srs-{k}; ` +
      "give a file on this machine as path",
  );
}
