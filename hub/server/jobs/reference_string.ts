/**
 * The reference string of an artifact: the ceremony's where the operator names it, else one
 * for tests.
 * @module
 */
import { describeSrs, getSrs, UNSAFE_SRS_NAME } from "../../ezkl/mod.ts";
import { HubError } from "../errors.ts";
import type { SrsNote } from "../store/records.ts";
import type { JobContext } from "./job_context.ts";

/** The ceremony's string cannot be had: the operator's concern, and perhaps over soon. */
export class SrsUnavailableError extends HubError {
  /** The class, as text. */
  override name = "SrsUnavailableError";
  /** For programs. */
  override readonly code: string = "SRS_UNAVAILABLE";
}

/** A reference string. */
export interface ReferenceString {
  /** The name that it is kept under. */
  name: string;
  /** Its bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  /** What it is worth. */
  note: SrsNote;
}

/** What a stage's fingerprint says of where strings come from: a ceremony's are the same everywhere. */
export function srsSource(srs: string | null): string {
  return srs === null ? "unsafe" : "ceremony";
}

/**
 * The string for 2^logrows rows.
 * @throws {SrsUnavailableError} where the ceremony's cannot be read
 */
export async function referenceString(
  { services: { config, log }, compiler }: Pick<JobContext, "services" | "compiler">,
  logrows: number,
  options: { signal: AbortSignal; onProgress: (done: number) => void },
): Promise<ReferenceString> {
  if (config.srs === null) {
    const { srs: bytes } = await compiler.call("srs", { logrows }, options);
    return { name: UNSAFE_SRS_NAME, bytes, note: { origin: "unsafe", logrows, unsafe: true } };
  }
  const bytes = await ceremony(config.srs, logrows, options).catch((cause) => {
    options.signal.throwIfAborted();
    log.error("srs_unavailable", { logrows, reason: cause instanceof Error ? cause.message : String(cause) });
    throw new SrsUnavailableError(
      `the reference string for 2^${logrows} rows cannot be had; the operator finds the reason in the log`,
      { cause },
    );
  });
  const { origin } = await describeSrs(bytes);
  return { name: "kzg.srs", bytes, note: { origin, logrows, unsafe: origin !== "ceremony" } };
}

async function ceremony(
  place: string,
  logrows: number,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (done: number) => void },
): Promise<Uint8Array<ArrayBuffer>> {
  if (!/^https?:/i.test(place)) return await getSrs(logrows, { path: place });
  return await getSrs(logrows, { url: place, signal, onProgress: ({ done, total }) => onProgress(done / total) });
}
