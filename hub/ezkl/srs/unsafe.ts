/**
 * Knowing an unsafe reference string again. Whoever knows the secret s of a string can
 * forge proofs with it, and a string made on one machine was made by somebody who could
 * have kept its secret.
 *
 * The mark is in the string itself: its secret is chosen among those whose point s · G1
 * begins with the bytes of `MARK`, so a file that was renamed, sent on or cut down to a
 * verifier's file still tells. It costs 16 of the 254 bits of a secret that protects nothing.
 * @module
 */
import { G1_BYTES } from "../../halo2/curve/encoding.ts";
import { bytesToHex } from "../format/hex.ts";
import { FIRST_POINT } from "./layout.ts";

/** "un" for unsafe, as the first two bytes of s · G1 in the file. One string of 65,536 has them by chance. */
export const MARK: number = 0x6e75;

/** Name to keep a string under that {@linkcode genSrs} made. */
export const UNSAFE_SRS_NAME: string = "kzg.unsafe.srs";

/** First coordinate of s · G1, as in a file, for the secret that is published for tests. */
const PUBLISHED = "1d7b2ff00ae5b900183e74adb83b2fe7619c121669305636ddcaf31efd9a200a";

const made = new WeakSet<ArrayBufferLike>();

/** Notes that these bytes, and any view of their buffer, are unsafe. */
export function markUnsafe(bytes: Uint8Array): void {
  made.add(bytes.buffer);
}

/**
 * Whether a reference string is known to be unsafe: made by {@linkcode genSrs}, in this
 * program or in another, or from the published test secret. False says only that it is
 * not one of these; `describeSrs` says whether it is the ceremony's.
 */
export function isUnsafe(bytes: Uint8Array): boolean {
  if (made.has(bytes.buffer)) return true;
  const at = FIRST_POINT + G1_BYTES;
  if (bytes.length < at + G1_BYTES) return false;
  if ((bytes[at] | bytes[at + 1] << 8) === MARK) return true;
  return bytesToHex(bytes.subarray(at, at + 32)) === PUBLISHED;
}
