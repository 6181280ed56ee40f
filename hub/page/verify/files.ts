/**
 * Which of EZKL's files somebody dropped: told by what is in them, since names vary.
 * @module
 */

/** What a verifier can be given. */
export type FileKind = "proof" | "settings" | "srs" | "vk";

/** A reference string of k has so many bytes. */
const SRS_SIZES: ReadonlySet<number> = new Set(Array.from({ length: 26 }, (_, k) => 260 + 128 * 2 ** (k + 1)));

/** What may stand before JSON. A key's bytes are none of it, though its count of columns may be a brace. */
const BLANK: readonly number[] = [9, 10, 13, 32];

/** The kind of a file; null for what is none of them. */
export function kindOf(bytes: Uint8Array): FileKind | null {
  const start = bytes.findIndex((byte) => !BLANK.includes(byte));
  if (bytes[start] !== 0x7b) {
    return SRS_SIZES.has(bytes.length) && bytes.length > 260 ? "srs" : isKey(bytes) ? "vk" : null;
  }
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes));
    if ("proof" in json || "hex_proof" in json) return "proof";
    return "run_args" in json ? "settings" : null;
  } catch {
    return null;
  }
}

/** Whether bytes begin as a key does: with its version, the rows as log2, and whether selectors are compressed. */
function isKey([version, logrows, compressed]: Uint8Array): boolean {
  return version === 3 && logrows >= 1 && logrows <= 28 && compressed <= 1;
}
