/**
 * The IDX format of the MNIST files, plain or gzip-compressed.
 *
 * Two zero bytes, the element type, the number of dimensions, then every
 * dimension as a big-endian 32-bit integer, then the elements row by row
 * (http://yann.lecun.com/exdb/mnist/, "THE IDX FILE FORMAT"). Unsigned bytes (type
 * 0x08) are read and, where they are asked for, 32-bit integers (0x0c).
 * @module
 */
import { ArgumentError, FormatError } from "../base/errors.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import { gunzip, isGzip, MAX_DEFLATE_RATIO } from "./gunzip.ts";

const MAX_DIMENSIONS = 8;
const MAX_HEADER = 4 + 4 * MAX_DIMENSIONS;
const TYPES: Readonly<Record<number, string>> = {
  0x09: "signed bytes",
  0x0b: "16-bit integers",
  0x0c: "32-bit integers",
  0x0d: "32-bit floats",
  0x0e: "64-bit floats",
};

/** What an IDX file holds. */
export interface Idx {
  /** Its dimensions, such as `[60000, 28, 28]`. */
  readonly shape: Shape;
  /** Its elements, row by row, integers big-endian; a view into the file where that was not compressed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How an IDX file is read. */
export interface IdxOptions {
  /** The largest size of the elements, in bytes, that is accepted (default 1 GiB). */
  readonly limit?: number;
  /** Whether 32-bit integers are read beside unsigned bytes: then there are four bytes to an element (default false). */
  readonly integers?: boolean;
}

/** What a file is allowed to hold. */
type Allowed = Required<IdxOptions>;

/**
 * Reads an IDX file, compressed or not.
 *
 * Never holds more than the declared size, which is checked against the limit
 * and against what the given bytes can contain before any of it is allocated.
 * Throws a `FormatError` that names the file and the byte for every defect.
 *
 * @param file The file's bytes.
 * @param name The file's name, for errors.
 */
export function parseIdx(file: Uint8Array, name = "the IDX file", options: IdxOptions = {}): Idx {
  const allowed = { limit: 2 ** 30, integers: false, ...options };
  if (isGzip(file)) return inflateIdx(file, name, allowed);
  const { shape, start, size } = readHeader(file, name, "", allowed);
  const found = file.length - start;
  if (found < size) throw truncated(name, "", shape, start + size, file.length);
  if (found > size) throw trailing(name, "", shape, start + size, `${found - size} more bytes`);
  const body = file.subarray(start);
  const bytes = body.buffer instanceof ArrayBuffer ? body as Uint8Array<ArrayBuffer> : body.slice();
  return { shape, bytes };
}

/** Writes elements as an IDX file; throws an `ArgumentError` where they do not fill the shape. */
export function formatIdx(idx: { readonly shape: Shape; readonly bytes: Uint8Array }): Uint8Array<ArrayBuffer> {
  const { shape, bytes } = idx;
  const sound = shape.every((size) => Number.isInteger(size) && size > 0 && size < 2 ** 32);
  if (!sound || shape.length < 1 || shape.length > MAX_DIMENSIONS || sizeOf(shape) !== bytes.length) {
    throw new ArgumentError(
      `formatIdx(): ${bytes.length} bytes do not fill the shape ${showShape(shape)}, ` +
        `expected 1 to ${MAX_DIMENSIONS} positive sizes whose product is the number of bytes`,
    );
  }
  const start = 4 + 4 * shape.length;
  const file = new Uint8Array(start + bytes.length);
  file.set([0, 0, 0x08, shape.length]);
  const view = new DataView(file.buffer);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  file.set(bytes, start);
  return file;
}

/** As {@linkcode parseIdx}, for compressed bytes: at most one chunk beyond the declared size is ever inflated. */
function inflateIdx(file: Uint8Array, name: string, allowed: Allowed): Idx {
  const where = " of its decompressed contents";
  const prefix = new Uint8Array(MAX_HEADER);
  let total = 0;
  let header: Header | undefined;
  let bytes = new Uint8Array(0);
  const begin = (): Header => {
    header = readHeader(prefix.subarray(0, Math.min(total, MAX_HEADER)), name, where, allowed);
    const { shape, start, size } = header;
    if (size > file.length * MAX_DEFLATE_RATIO) throw truncated(name, where, shape, start + size, null);
    bytes = new Uint8Array(size);
    const early = prefix.subarray(start, Math.min(total, MAX_HEADER));
    if (early.length > size) throw trailing(name, where, shape, start + size, "more bytes");
    bytes.set(early);
    return header;
  };
  for (const chunk of gunzip(file, name)) {
    let rest = chunk;
    if (!header) {
      prefix.set(chunk.subarray(0, Math.max(0, MAX_HEADER - total)), total);
      rest = chunk.subarray(Math.max(0, MAX_HEADER - total));
      total += chunk.length - rest.length;
      if (total < MAX_HEADER) continue;
      begin();
    }
    const { shape, start, size } = header!;
    if (total + rest.length > start + size) throw trailing(name, where, shape, start + size, "more bytes");
    bytes.set(rest, total - start);
    total += rest.length;
  }
  const { shape, start, size } = header ?? begin();
  if (total < start + size) throw truncated(name, where, shape, start + size, total);
  return { shape, bytes };
}

interface Header {
  readonly shape: Shape;
  readonly start: number;
  readonly size: number;
}

function readHeader(bytes: Uint8Array, name: string, where: string, { limit, integers }: Allowed): Header {
  const fail = (offset: number, found: string, expected: string): FormatError =>
    new FormatError(`${name}: at byte ${offset}${where} there is ${found}, expected ${expected}`);
  const word = "the four bytes 00 00 08 and the number of dimensions that begin an IDX file";
  if (bytes.length < 4) throw fail(bytes.length, "the end of the file", word);
  if (bytes[0] !== 0 || bytes[1] !== 0) throw fail(0, hex(bytes.subarray(0, 4)), word);
  const width = bytes[2] === 0x0c && integers ? 4 : 1;
  if (bytes[2] !== 0x08 && width === 1) {
    const meaning = TYPES[bytes[2]] ? ` (${TYPES[bytes[2]]})` : "";
    const read = integers ? "08 (unsigned bytes) or 0c (32-bit integers)" : "08 (unsigned bytes), the one type read";
    throw fail(2, `the element type ${hex(bytes.subarray(2, 3))}${meaning}`, read);
  }
  const dimensions = bytes[3];
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw fail(3, `the number of dimensions ${dimensions}`, `1 to ${MAX_DIMENSIONS}`);
  }
  const start = 4 + 4 * dimensions;
  if (bytes.length < start) {
    throw fail(bytes.length, "the end of the file", `${dimensions} dimensions up to byte ${start}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const empty = shape.indexOf(0);
  if (empty >= 0) throw fail(4 + 4 * empty, `the size 0 of dimension ${empty}`, "a positive size");
  const size = sizeOf(shape) * width;
  if (size > limit) {
    throw fail(4, `the shape ${showShape(shape)}, which is ${size} bytes`, `at most ${limit} (the reader's limit)`);
  }
  return { shape, start, size };
}

function truncated(name: string, where: string, shape: Shape, expected: number, found: number | null): FormatError {
  const end = found === null ? "too few compressed bytes follow to hold them" : `it ends at byte ${found}${where}`;
  return new FormatError(
    `${name}: the shape ${showShape(shape)} declared at byte 4${where} needs ${expected} bytes in all, but ${end}; ` +
      "the file is incomplete: fetch it again",
  );
}

function trailing(name: string, where: string, shape: Shape, end: number, found: string): FormatError {
  return new FormatError(
    `${name}: at byte ${end}${where} there is ${found}, ` +
      `expected the end of the file: the shape ${showShape(shape)} declared at byte 4 is complete there`,
  );
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
