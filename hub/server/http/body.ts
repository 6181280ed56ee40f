/**
 * The bytes of a request, counted and timed as they come.
 * @module
 */
import { BadRequestError, TooLargeError } from "../errors.ts";
import { RequestTimeoutError } from "./errors.ts";

/** How much a body may have, and how slow it may be. */
export interface BodyLimits {
  /** Bytes in all. */
  bytes: number;
  /** Milliseconds without a byte. */
  idleMs: number;
  /** Milliseconds in all. */
  bodyMs: number;
}

/** Refuses a body that says of itself that it is too large, before any of it is read. */
export function checkDeclaredSize(headers: Headers, most: number): void {
  const declared = headers.get("content-length");
  if (declared !== null && Number(declared) > most) throw tooLarge(most);
}

/**
 * A body's pieces. However it is left, the rest of the body is not read.
 * @throws {TooLargeError} where more comes than `bytes`
 * @throws {RequestTimeoutError} where it comes too slowly
 * @throws {BadRequestError} where the connection breaks
 */
export async function* bodyPieces(request: Request, limits: BodyLimits): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  checkDeclaredSize(request.headers, limits.bytes);
  if (request.body === null) return;
  const reader = request.body.getReader();
  const end = performance.now() + limits.bodyMs;
  let bytes = 0;
  try {
    while (true) {
      const patience = Math.min(limits.idleMs, end - performance.now());
      const { done, value } = await within(reader.read(), patience, limits);
      if (done) return;
      bytes += value.length;
      if (bytes > limits.bytes) throw tooLarge(limits.bytes);
      yield value;
    }
  } finally {
    // A client that goes on sending must not keep us: nothing waits for this.
    reader.cancel().catch(() => {});
  }
}

/** A whole body as text. */
export async function bodyText(request: Request, limits: BodyLimits): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const piece of bodyPieces(request, limits)) text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  } catch (cause) {
    if (cause instanceof TypeError) throw new BadRequestError("the body is not UTF-8; send JSON in UTF-8", { cause });
    throw cause;
  }
}

async function within<T>(reading: Promise<T>, ms: number, limits: BodyLimits): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new RequestTimeoutError(
        `the body came too slowly: ${limits.idleMs / 1000} s without a byte, or ${limits.bodyMs / 1000} s in all, ` +
          "is the limit; send it again over a faster connection",
      ),
    );
  }, Math.max(0, ms));
  try {
    return await Promise.race([
      reading.catch((cause) => {
        throw new BadRequestError("the connection broke before the body was whole; send it again", { cause });
      }),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(most: number): TooLargeError {
  return new TooLargeError(
    `the body has more than ${most} bytes, which is the limit here; send less, or ask the operator for more`,
  );
}
