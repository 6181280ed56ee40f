/**
 * Lengths of the two keys of a circuit, exact.
 * @module
 */
import type { Columns } from "../../halo2/circuit/columns.ts";

/** Bytes at the start of a key: 3, k, whether selectors are compressed, and the number of fixed columns as 32 bits. */
export const KEY_HEADER = 7;

/** 64 bytes for each fixed and permutation column, and a bit a row for each selector where they are compressed. */
export function vkBytesOf(columns: Columns, fixedColumns: number, compressed: boolean): number {
  const selectors = columns.simpleSelectors + columns.complexSelectors;
  return KEY_HEADER + 64 * (fixedColumns + columns.permutationColumns) +
    (compressed ? selectors * columns.rows / 8 : 0);
}

/**
 * A proving key holds its verifying key, each fixed and permutation column twice at n and once at n times
 * `extension` elements of 32 bytes, and three extended polynomials.
 */
export function pkBytesOf(columns: Columns, fixedColumns: number, compressed: boolean): number {
  return vkBytesOf(columns, fixedColumns, compressed) + 3 * polynomialBytes(columns.rows * columns.extension) +
    family(fixedColumns, columns) + family(columns.permutationColumns, columns);
}

/** A polynomial of `length` elements with its length. */
export function polynomialBytes(length: number): number {
  return 4 + 32 * length;
}

/** `count` columns as values, as coefficients and as extended values, each list with its lengths. */
function family(count: number, { rows, extension }: Columns): number {
  return 3 * (4 + 4 * count) + count * (2 * polynomialBytes(rows) + polynomialBytes(rows * extension));
}
