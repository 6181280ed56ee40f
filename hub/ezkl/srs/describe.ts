/**
 * Where a reference string comes from.
 * @module
 */
import { CEREMONY_SHA256 } from "./ceremony.ts";
import { checkSrs } from "./check.ts";
import { sha256 } from "./sha256.ts";
import { isUnsafe, UNSAFE_SRS_NAME } from "./unsafe.ts";
import { verifierSrs } from "./verifier.ts";
import { checkFiles } from "../format/given.ts";

/**
 * Who may know the secret, as far as the bytes tell: "ceremony" for the points of the perpetual
 * powers of tau, "unsafe" for what `genSrs` made, "unknown" for anything else.
 */
export type SrsOrigin = "ceremony" | "unsafe" | "unknown";

/** What {@linkcode describeSrs} finds. */
export interface SrsDescription {
  /** k: it serves circuits of 2^k rows. */
  logrows: number;
  /** Its size. */
  bytes: number;
  /** Its SHA-256, in lower case. */
  sha256: string;
  /** Where it comes from. A verifier that uses it may believe a proof when this is "ceremony". */
  origin: SrsOrigin;
  /** Whether it is, to the last byte, the ceremony's file for its k. */
  exact: boolean;
  /** The same as a sentence for people. */
  text: string;
}

/**
 * Says which reference string this is. The points that a verifier uses decide about the
 * origin, so that the ceremony and an unsafe string are known in files of any k.
 *
 * @throws {FormatError} where it is none
 */
export async function describeSrs(bytes: Uint8Array): Promise<SrsDescription> {
  checkFiles("describeSrs()", { srs: bytes });
  const logrows = checkSrs("describeSrs()", bytes);
  const digest = await sha256(bytes);
  const exact = digest === CEREMONY_SHA256[logrows];
  const origin = exact || await sha256(verifierSrs(bytes)) === CEREMONY_SHA256[1]
    ? "ceremony"
    : isUnsafe(bytes)
    ? "unsafe"
    : "unknown";
  const what = {
    ceremony: exact
      ? "the file of the perpetual powers of tau"
      : "with the verifier's points of the perpetual powers of tau, but not their file: no key that is made with it may work",
    unsafe: `UNSAFE: made on one machine for tests, as ${UNSAFE_SRS_NAME}; a proof made with it convinces nobody`,
    unknown: "of unknown origin: whoever knows its secret can forge proofs",
  }[origin];
  const text = `Reference string for k = ${logrows}, ${what} (SHA-256 ${digest})`;
  return { logrows, bytes: bytes.length, sha256: digest, origin, exact, text };
}
