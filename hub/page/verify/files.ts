/**
 * Which of EZKL's files somebody dropped: told by what is in them, since names vary.
 * @module
 */

/** What a verifier can be given. */
export type FileKind = "proof" | "settings" | "srs" | "vk";

/** A reference string of k has so many bytes. */
const SRS_SIZES: ReadonlySet<number> = new Set(Array.from({ length: 26 }, (_, k) => 260 + 128 * 2 ** (k + 1)));

/** The kind of a file; null for JSON that is neither a proof nor settings. */
export function kindOf(bytes: Uint8Array): FileKind | null {
  const start = bytes.findIndex((byte) => byte > 32);
  if (bytes[start] !== 0x7b) return SRS_SIZES.has(bytes.length) && bytes.length > 260 ? "srs" : "vk";
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes));
    if ("proof" in json || "hex_proof" in json) return "proof";
    return "run_args" in json ? "settings" : null;
  } catch {
    return null;
  }
}
