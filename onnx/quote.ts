/**
 * Names from a file, as errors show them.
 * @module
 */

/** A name in quotation marks, cut after 100 characters, since a damaged file may hold any. */
export function quote(name: string | undefined): string {
  const text = name ?? "";
  return text.length > 100 ? `"${text.slice(0, 100)}..."` : `"${text}"`;
}
