/**
 * What a proving key holds of its circuit in plain sight: the values of the fixed columns,
 * which are constants, tables, range checks and, last, the packed selectors.
 * @module
 */
import { FIELD_MODULUS, signedOf } from "../format/field.ts";
import { inverse } from "../../halo2/curve/bn254.ts";
import type { Columns } from "../../halo2/circuit/columns.ts";
import { polynomialBytes, vkBytesOf } from "../../halo2/circuit/key_bytes.ts";

const FROM_MONTGOMERY = inverse((1n << 256n) % FIELD_MODULUS, FIELD_MODULUS);

/** An element of a column that is not 0. */
export interface Entry {
  /** Its row. */
  row: number;
  /** Its value as a signed whole number. */
  value: bigint;
}

/** The elements other than 0 of a fixed column of `pk`, whose length must have been checked. */
export function fixedEntries(pk: Uint8Array, columns: Columns, fixedColumns: number, column: number): Entry[] {
  const { rows, extension } = columns;
  const start = vkBytesOf(columns, fixedColumns, pk[2] === 1) + 3 * polynomialBytes(rows * extension);
  // A count, the lengths of all columns, and then each with its length once more.
  const at = pk.byteOffset + start + 4 + 4 * fixedColumns + column * polynomialBytes(rows) + 4;
  const view = new DataView(pk.buffer, at, 32 * rows);
  const entries: Entry[] = [];
  for (let row = 0; row < rows; row++) {
    let value = 0n;
    for (let word = 3; word >= 0; word--) value = value << 64n | view.getBigUint64(32 * row + 8 * word, true);
    if (value !== 0n) entries.push({ row, value: signedOf(value * FROM_MONTGOMERY % FIELD_MODULUS) });
  }
  return entries;
}
