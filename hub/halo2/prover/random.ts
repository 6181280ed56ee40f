/**
 * Random elements of the field. Proofs hide what they prove behind them, so they come from the system's generator and
 * from nowhere else.
 * @module
 */
import { R } from "../curve/bn254.ts";

/** Writes `count` random elements, from 0 to r - 1, as eight words of 32 bits each. */
export type Random = (words: Uint32Array<ArrayBuffer>) => void;

const WORDS = 8;
/** Bytes that the generator gives at most at once. */
const MOST = 65536;
/** r has 254 bits. */
const TOP_MASK = 0x3fffffff;
const MODULUS = Array.from({ length: WORDS }, (_, word) => Number(R >> BigInt(32 * word) & 0xffffffffn));

/** Elements of the system's generator, each equally likely: what is not below r is drawn again. */
export const systemRandom: Random = (words) => {
  const drawn = new Uint32Array(Math.min(words.length, MOST / 4));
  for (let done = 0; done < words.length;) {
    crypto.getRandomValues(drawn);
    for (let at = 0; at + WORDS <= drawn.length && done < words.length; at += WORDS) {
      drawn[at + WORDS - 1] &= TOP_MASK;
      if (!isReduced(drawn, at)) continue;
      for (let word = 0; word < WORDS; word++) words[done + word] = drawn[at + word];
      done += WORDS;
    }
  }
  drawn.fill(0);
};

/** `count` random elements as whole numbers. */
export function randomElements(random: Random, count: number): bigint[] {
  const words = new Uint32Array(WORDS * count);
  random(words);
  return Array.from({ length: count }, (_, at) => {
    let value = 0n;
    for (let word = WORDS - 1; word >= 0; word--) value = value << 32n | BigInt(words[WORDS * at + word]);
    return value;
  });
}

function isReduced(words: Uint32Array, at: number): boolean {
  for (let word = WORDS - 1; word >= 0; word--) {
    if (words[at + word] !== MODULUS[word]) return words[at + word] < MODULUS[word];
  }
  return false;
}
