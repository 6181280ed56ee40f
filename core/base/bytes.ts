/**
 * Bytes.
 * @module
 */

/** Whether two arrays hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  // Three times as fast as every(): reference strings have megabytes.
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
