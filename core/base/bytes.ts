/**
 * Bytes.
 * @module
 */

/** Whether two arrays hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || a.length === b.length && a.every((byte, index) => byte === b[index]);
}
