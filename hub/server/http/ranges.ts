/**
 * Parts of files, as HTTP asks for them (RFC 9110, section 14).
 * @module
 */

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  /** The first. */
  start: number;
  /** The one after the last. */
  end: number;
}

/**
 * The part that a request wants of `size` bytes: null for all of it, "none" for a part that there is not.
 * Several ranges, and what is no range, mean all of it, as the standard allows.
 */
export function rangeOf(header: string | null, size: number): ByteRange | "none" | null {
  const found = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(header?.trim() ?? "");
  if (found === null) return null;
  const [, from, to, last] = found;
  if (last !== undefined) {
    const length = Math.min(Number(last), size);
    return length === 0 ? "none" : { start: size - length, end: size };
  }
  const start = Number(from);
  const end = to === "" ? size : Math.min(Number(to) + 1, size);
  if (to !== "" && Number(to) < start) return null;
  return start >= size ? "none" : { start, end };
}

/** Whether a header such as If-None-Match names this ETag. */
export function namesTag(header: string | null, tag: string): boolean {
  return header !== null &&
    header.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === tag);
}
