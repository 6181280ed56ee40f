/**
 * SHA-256 of large byte strings.
 * @module
 */
import { builtin } from "../../../core/base/host.ts";
import { bytesToHex } from "../format/hex.ts";

/** The SHA-256 in lower-case hexadecimal; without a copy of the bytes where the runtime has node:crypto. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const node = builtin("node:crypto");
  if (node) return node.createHash("sha256").update(bytes).digest("hex");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return bytesToHex(digest);
}
