/**
 * Scalars cut into signed digits.
 * @module
 */
import { R } from "../curve/bn254.ts";

/** Words of 32 bits of a scalar. */
export const SCALAR_WORDS = 8;

const MODULUS = Array.from({ length: SCALAR_WORDS }, (_, word) => Number(R >> BigInt(32 * word) & 0xffffffffn));
/** A scalar whose highest word is at least this is taken as a negative number. */
const NEGATIVE = MODULUS[SCALAR_WORDS - 1] / 2;

/** Scalars as magnitudes with signs, and how long each is. */
export interface Magnitudes {
  /** Eight words each. */
  words: Uint32Array<ArrayBuffer>;
  /** 1 where a scalar is negative. */
  signs: Uint8Array<ArrayBuffer>;
  /** Bits of each magnitude. */
  bits: Uint16Array<ArrayBuffer>;
}

/** The magnitudes of scalars, from 0 to r - 1 in eight words each, the lowest first. */
export function magnitudesOf(scalars: Uint32Array, count: number): Magnitudes {
  const words = new Uint32Array(SCALAR_WORDS * count), signs = new Uint8Array(count), bits = new Uint16Array(count);
  for (let at = 0; at < count; at++) {
    const from = SCALAR_WORDS * at;
    if (scalars[from + SCALAR_WORDS - 1] >= NEGATIVE) {
      signs[at] = 1;
      let borrow = 0;
      for (let word = 0; word < SCALAR_WORDS; word++) {
        const rest = MODULUS[word] - scalars[from + word] - borrow;
        borrow = rest < 0 ? 1 : 0;
        words[from + word] = rest;
      }
    } else for (let word = 0; word < SCALAR_WORDS; word++) words[from + word] = scalars[from + word];
    let top = SCALAR_WORDS - 1;
    while (top >= 0 && words[from + top] === 0) top--;
    bits[at] = top < 0 ? 0 : 32 * top + 32 - Math.clz32(words[from + top]);
  }
  return { words, signs, bits };
}

/**
 * The digits of `rows` of the magnitudes in base 2^width, from -2^(width - 1) to 2^(width - 1): window after window, in
 * each a digit for every one of `rows`. `windows` times `width` must be more than the bits of the longest.
 */
export function signedDigits(
  { words, signs }: Magnitudes,
  rows: ArrayLike<number>,
  width: number,
  windows: number,
): Int32Array<ArrayBuffer> {
  const count = rows.length, digits = new Int32Array(windows * count);
  const size = 1 << width, half = size >> 1, mask = size - 1;
  for (let at = 0; at < count; at++) {
    const from = SCALAR_WORDS * rows[at], sign = signs[rows[at]] === 1 ? -1 : 1;
    let carry = 0;
    for (let window = 0, bit = 0; window < windows; window++, bit += width) {
      const word = bit >> 5, low = bit & 31;
      let digit = word < SCALAR_WORDS ? words[from + word] >>> low : 0;
      if (low + width > 32 && word + 1 < SCALAR_WORDS) digit |= words[from + word + 1] << (32 - low);
      digit = (digit & mask) + carry;
      carry = digit > half ? 1 : 0;
      digits[window * count + at] = sign * (carry ? digit - size : digit);
    }
  }
  return digits;
}
