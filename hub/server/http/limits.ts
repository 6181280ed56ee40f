/**
 * What a request may be, beside what the operator sets.
 * @module
 */

/** Limits of one request. */
export interface RequestLimits {
  /** Bytes of a JSON body, and of `operations` in a multipart one. */
  jsonBytes: number;
  /** Characters of a query. */
  queryLength: number;
  /** Milliseconds without a byte of the body. */
  idleMs: number;
  /** Milliseconds for a whole body. */
  bodyMs: number;
  /** Files of a multipart body. */
  files: number;
  /** Characters of a part's name, and of a path in `map`. */
  nameLength: number;
  /** Bytes of a part's headers. */
  headerBytes: number;
  /** Steps of a path in `map`. */
  pathDepth: number;
  /** Places that one file may be put at. */
  pathsPerFile: number;
  /** Failed keys a minute from one address. */
  failedKeys: number;
}

/** Far above what a client needs, far below what hurts. */
export const defaultLimits: Readonly<RequestLimits> = {
  jsonBytes: 2 ** 20,
  queryLength: 20_000,
  idleMs: 20_000,
  bodyMs: 600_000,
  files: 4,
  nameLength: 100,
  headerBytes: 4096,
  pathDepth: 4,
  pathsPerFile: 4,
  failedKeys: 60,
};
