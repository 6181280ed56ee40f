/**
 * The header of a safetensors file: read, and checked before it is trusted.
 * @module
 */
import { FormatError } from "../base/errors.ts";
import { TENSOR_TYPES } from "./safetensors_types.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";

/** The largest header that is read, in bytes, as in the format's reference implementation. */
export const MAX_HEADER = 100_000_000;

/** What the header declares of one array. */
export interface Entry {
  /** Its name. */
  readonly key: string;
  /** The type of its elements. */
  readonly dtype: string;
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Its first byte, from the end of the header. */
  readonly begin: number;
  /** The byte after its last. */
  readonly end: number;
}

/** A header that holds together. */
export interface Header {
  /** The arrays, in the order of their bytes. */
  readonly entries: readonly Entry[];
  /** The strings under `__metadata__`. */
  readonly metadata: Record<string, string>;
  /** The first byte after the header. */
  readonly start: number;
}

/** Reads the header of a whole file; throws a `FormatError` for every defect. */
export function readHeader(bytes: Uint8Array, name: string): Header {
  if (bytes.length < 8) {
    throw new FormatError(`${name}: it ends at byte ${bytes.length}, expected 8 bytes with the length of the header`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const largest = Math.min(MAX_HEADER, bytes.length - 8);
  if (length < 2n || length > largest) {
    throw new FormatError(
      `${name}: at byte 0 there is the header length ${length}, expected 2 to ${largest}; ` +
        "the file is incomplete or not a safetensors file",
    );
  }
  const start = 8 + Number(length);
  const header = parseJson(bytes.subarray(8, start), name);
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(header)) {
    if (key === "__metadata__") metadata = readMetadata(value, name);
    else entries.push(readEntry(key, value, name));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, bytes.length - start, start, name);
  return { entries, metadata, start };
}

/** The arrays must fill the rest of the file, one directly after the other. */
function checkLayout(entries: readonly Entry[], size: number, start: number, name: string): void {
  let at = 0;
  let before = "the header";
  for (const { key, begin, end } of entries) {
    if (begin !== at) {
      throw new FormatError(
        `${name}: tensor ${JSON.stringify(key)} begins at byte ${start + begin}, expected ${start + at}, ` +
          `the end of ${before}: tensors must neither overlap nor leave holes`,
      );
    }
    at = end;
    before = `tensor ${JSON.stringify(key)}`;
  }
  if (at !== size) {
    throw new FormatError(
      `${name}: it ends at byte ${start + size}, expected ${start + at}, the end of ${before}; ` +
        (size < at ? "the file is incomplete" : "there is more than the header declares"),
    );
  }
}

function readEntry(key: string, value: unknown, name: string): Entry {
  const fail = (what: string, expected: string): FormatError =>
    new FormatError(`${name}: in the header at byte 8, tensor ${brief(key)} has ${what}, expected ${expected}`);
  if (!isObject(value)) throw fail(`the entry ${brief(value)}`, "an object of dtype, shape and data_offsets");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(TENSOR_TYPES, dtype)) {
    throw fail(
      `the dtype ${brief(dtype)}`,
      `one of ${Object.keys(TENSOR_TYPES).join(", ")}; convert it where the file is made`,
    );
  }
  if (!isCounts(shape)) throw fail(`the shape ${brief(shape)}`, "a list of non-negative integers");
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fail(`the data_offsets ${brief(offsets)}`, "two non-negative integers");
  }
  const [begin, end] = offsets;
  const size = TENSOR_TYPES[dtype].bits * sizeOf(shape) / 8;
  if (end - begin !== size) {
    throw fail(`the data_offsets ${begin} to ${end}, ${end - begin} bytes`, `${size} for ${dtype} ${showShape(shape)}`);
  }
  return { key, dtype, shape, begin, end };
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  if (isObject(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Record<string, string>;
  }
  throw new FormatError(
    `${name}: in the header at byte 8, __metadata__ is ${brief(value)}, expected an object of strings`,
  );
}

function parseJson(bytes: Uint8Array, name: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(`${name}: the header at byte 8 is not JSON in UTF-8 (${reason.slice(0, 200)})`, { cause });
  }
  if (!isObject(value)) {
    throw new FormatError(`${name}: the header at byte 8 is ${brief(value)}, expected a JSON object of tensors`);
  }
  const twice = duplicateKey(text);
  if (twice !== null) {
    throw new FormatError(
      `${name}: in the header at byte ${8 + twice.offset}, the key ${brief(twice.key)} comes a second time`,
    );
  }
  return value;
}

/** The first key that an object of valid JSON text has twice; `JSON.parse` would keep the last in silence. */
function duplicateKey(text: string): { key: string; offset: number } | null {
  const seen: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const [token, colon] = match;
    if (token === "{") seen.push(new Set());
    else if (token === "[") seen.push(null);
    else if (token === "}" || token === "]") seen.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      const keys = seen.at(-1)!;
      if (keys!.has(key)) return { key, offset: new TextEncoder().encode(text.slice(0, match.index)).length };
      keys!.add(key);
    }
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
