/**
 * `vk.key`: a verifying key as EZKL writes it.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { type G1Point, isOnG1 } from "../curve/bn254.ts";
import { G1_BYTES, readG1 } from "../curve/encoding.ts";
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import { columnsOf } from "./columns.ts";
import { KEY_HEADER, vkBytesOf } from "./key_bytes.ts";
import type { SelectorRows } from "./selector_columns.ts";

/** A commitment; null is the point at infinity, which an unused column has. */
export type Commitment = G1Point | null;

/** What a verifying key says. */
export interface VerifyingKey {
  /** log2 of the rows. */
  logrows: number;
  /** Of the fixed columns: constants, tables, selectors. */
  fixed: Commitment[];
  /** Of the permutation's columns. */
  permutation: Commitment[];
  /** Where each selector is on, where selectors are compressed; else null. */
  selectors: SelectorRows | null;
}

/**
 * Reads a verifying key of a circuit of `settings`; `caller` begins errors.
 * @throws {FormatError} for a key that is damaged or another circuit's
 */
export function readVerifyingKey(caller: string, vk: Uint8Array, settings: GraphSettings): VerifyingKey {
  const columns = columnsOf(settings);
  checkHeader(caller, "the verifying key", vk, columns.logrows);
  const fixedColumns = new DataView(vk.buffer, vk.byteOffset).getUint32(3, true);
  const compressed = vk[2] === 1;
  const expected = vkBytesOf(columns, fixedColumns, compressed);
  if (vk.length !== expected) {
    throw new FormatError(
      `${caller}: the verifying key has ${vk.length} bytes, and one of these settings has ${expected}; it is cut, or ` +
        "belongs to another circuit, so make it again with setup()",
    );
  }
  const points = readPoints(caller, "the verifying key", vk, fixedColumns + columns.permutationColumns);
  const start = KEY_HEADER + G1_BYTES * points.length, size = columns.rows / 8;
  return {
    logrows: columns.logrows,
    fixed: points.slice(0, fixedColumns),
    permutation: points.slice(fixedColumns),
    selectors: compressed
      ? Array.from(
        { length: columns.simpleSelectors + columns.complexSelectors },
        (_, selector) => vk.subarray(start + selector * size, start + (selector + 1) * size),
      )
      : null,
  };
}

/**
 * Refuses bytes that do not begin as a key for `logrows` does.
 * @throws {FormatError} saying what they begin with
 */
export function checkHeader(caller: string, what: string, key: Uint8Array, logrows: number): void {
  if (key.length < KEY_HEADER) {
    throw new FormatError(`${caller}: ${what} has ${key.length} bytes, which is no key; make it again with setup()`);
  }
  const [format, found, compressed] = key;
  if (format !== 3 || compressed > 1) {
    throw new FormatError(
      `${caller}: ${what} begins with the bytes ${format}, ${found}, ${compressed}, expected 3, ${logrows}, 1; it is no ` +
        "key of EZKL 21, make it again with setup()",
    );
  }
  if (found !== logrows) {
    throw new FormatError(
      `${caller}: ${what} is for logrows ${found}, and the settings have logrows ${logrows}; give the key and the ` +
        "settings of one circuit",
    );
  }
}

/**
 * The commitments that a key begins with. EZKL takes what it reads for points of the curve.
 * @throws {FormatError} naming the first that is none, or that is not written in its shortest form
 */
export function readPoints(caller: string, what: string, key: Uint8Array, count: number): Commitment[] {
  return Array.from({ length: count }, (_, index) => {
    const at = KEY_HEADER + G1_BYTES * index;
    if (key.subarray(at, at + G1_BYTES).every((byte) => byte === 0)) return null;
    const point = readG1(key, at);
    if (isOnG1(point)) return point;
    throw new FormatError(
      `${caller}: point ${index} of ${what} is not on the curve, or not written in its shortest form; the file is ` +
        "damaged, so make it again with setup()",
    );
  });
}
