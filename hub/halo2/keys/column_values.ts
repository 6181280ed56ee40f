/**
 * A column's values as whole numbers: nearly all are small and of either sign.
 * @module
 */
import { R } from "../curve/bn254.ts";

/** The values of a column. */
export interface ColumnValues {
  /** Those that JavaScript's numbers hold; 0 where `large` has one. */
  readonly small: Float64Array<ArrayBuffer>;
  /** The others, by row; from -r to r. */
  readonly large: Map<number, bigint>;
}

/** A column of zeros. */
export function emptyColumn(rows: number): ColumnValues {
  return { small: new Float64Array(rows), large: new Map() };
}

/** Writes one value. */
export function setValue({ small, large }: ColumnValues, row: number, value: number | bigint): void {
  if (typeof value === "number") small[row] = value;
  else if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) small[row] = Number(value);
  else large.set(row, value);
}

/** Words of 32 bits of an element. */
const WORDS = 8;
const WORD = 2 ** 32;
const MODULUS = Array.from({ length: WORDS }, (_, word) => Number(R >> BigInt(32 * word) & 0xffffffffn));

/** The values as elements from 0 to r - 1, eight words each, the lowest first. */
export function writeElements({ small, large }: ColumnValues, words: Uint32Array): void {
  words.fill(0);
  for (let row = 0; row < small.length; row++) {
    const value = small[row], at = WORDS * row;
    if (value >= 0) {
      words[at] = value % WORD;
      words[at + 1] = value / WORD;
      continue;
    }
    let borrow = 0;
    const magnitude = [-value % WORD, Math.floor(-value / WORD)];
    for (let word = 0; word < WORDS; word++) {
      const rest = MODULUS[word] - (magnitude[word] ?? 0) - borrow;
      borrow = rest < 0 ? 1 : 0;
      words[at + word] = rest;
    }
  }
  for (const [row, value] of large) writeElement(words, row, value);
}

/** Writes one element, from -r to r. */
export function writeElement(words: Uint32Array, row: number, value: bigint): void {
  let rest = value < 0n ? value + R : value;
  for (let word = 0; word < WORDS; word++, rest >>= 32n) words[WORDS * row + word] = Number(rest & 0xffffffffn);
}
