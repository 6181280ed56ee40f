/**
 * Random numbers that are a pure function of a seed and a counter, so that a
 * run can stop anywhere and go on bit for bit.
 *
 * The generator is Philox4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011, section 3.3 and table 2.
 * @module
 */
import { expect } from "./arguments.ts";
import { ArgumentError } from "./errors.ts";
import { show } from "./known.ts";

const TWO_32 = 2 ** 32;

/** All that a {@linkcode Generator} is: enough to make the same numbers again. */
export interface GeneratorState {
  /** The seed, from 0 to 2^53 - 1. */
  readonly seed: number;
  /** How many 32-bit words have been drawn. */
  readonly counter: number;
}

/**
 * A stream of random numbers.
 *
 * @example
 * ```ts
 * import { Generator } from "@zkgrad/zkgrad";
 * const generator = new Generator(7);
 * const order = generator.permutation(60_000);
 * const later = Generator.fromState(generator.state()); // goes on where `generator` is
 * ```
 */
export class Generator {
  #seed: number;
  #counter = 0;
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  /** A stream at its beginning; throws an `ArgumentError` for a seed that is not an integer from 0 to 2^53 - 1. */
  constructor(seed: number) {
    this.#seed = checkedCount("the seed", seed);
  }

  /** A stream that goes on from a state; throws an `ArgumentError` for one that no generator can be in. */
  static fromState(state: GeneratorState): Generator {
    return new Generator(0).restore(state);
  }

  /** Where the stream is. */
  state(): GeneratorState {
    return { seed: this.#seed, counter: this.#counter };
  }

  /** Moves this stream to a state and returns it; throws an `ArgumentError` for one that no generator can be in. */
  restore(state: GeneratorState): this {
    const seed = checkedCount("the seed of a generator's state", state?.seed);
    this.#counter = checkedCount("the counter of a generator's state", state.counter);
    this.#seed = seed;
    this.#blockIndex = -1;
    return this;
  }

  /** Moves this stream to the beginning of a seed's and returns it; throws an `ArgumentError` as the constructor does. */
  manualSeed(seed: number): this {
    return this.restore({ seed, counter: 0 });
  }

  /** The next 32 random bits, as an integer from 0 to 2^32 - 1. */
  word(): number {
    const index = Math.floor(this.#counter / 4);
    if (index !== this.#blockIndex) {
      philox(index, this.#seed, this.#block);
      this.#blockIndex = index;
    }
    return this.#block[this.#counter++ % 4];
  }

  /**
   * An integer from 0 to `bound - 1`, each equally likely; draws one word, or
   * more where the first fall into the uneven rest of 2^32 / `bound`. Throws an
   * `ArgumentError` unless `bound` is an integer from 1 to 2^32.
   */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_32) {
      throw new ArgumentError(`integer(): the bound is ${show(bound)}, expected an integer from 1 to 2^32`);
    }
    const even = TWO_32 - TWO_32 % bound;
    let word = this.word();
    while (word >= even) word = this.word();
    return word % bound;
  }

  /**
   * A number of 53 random bits in [`low`, `high`); draws two words. Throws an
   * `ArgumentError` for bounds that are not finite or not in order.
   */
  uniform(low = 0, high = 1): number {
    checkBounds("uniform()", low, high);
    const unit = ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
    const value = low + unit * (high - low);
    return value < high ? value : low;
  }

  /**
   * Fills an array with numbers of 24 random bits in [`low`, `high`), one word
   * each, and returns it. Throws an `ArgumentError` as {@linkcode uniform} does.
   */
  fillUniform<T extends Float32Array>(array: T, low = 0, high = 1): T {
    expect(array instanceof Float32Array, "fillUniform(): the array", array, "a Float32Array");
    checkBounds("fillUniform()", low, high);
    for (let i = 0; i < array.length; i++) {
      const value = Math.fround(low + (this.word() >>> 8) / 2 ** 24 * (high - low));
      array[i] = value < high ? value : low; // rounding to 32 bits can reach the open end
    }
    return array;
  }

  /**
   * The integers 0 to `n - 1` in random order, every order equally likely
   * (Fisher and Yates' shuffle, in the form of Durstenfeld, CACM 1964, algorithm
   * 235). Throws an `ArgumentError` unless `n` is an integer from 0 to 2^32 - 1.
   */
  permutation(n: number): Uint32Array<ArrayBuffer> {
    if (!Number.isInteger(n) || n < 0 || n >= TWO_32) {
      throw new ArgumentError(`permutation(): n is ${show(n)}, expected an integer from 0 to 2^32 - 1`);
    }
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }
}

let shared: Generator | undefined;

/**
 * The generator that initialisation and shuffling draw from unless they are
 * given another. Its seed is not predictable until {@linkcode manualSeed} sets
 * it; `defaultGenerator().state().seed` tells which it is.
 */
export function defaultGenerator(): Generator {
  if (!shared) {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    shared = new Generator((high >>> 11) * TWO_32 + low);
  }
  return shared;
}

/**
 * Sets the seed of the default generator and returns that generator; throws an
 * `ArgumentError` for a seed that is not an integer from 0 to 2^53 - 1.
 */
export function manualSeed(seed: number): Generator {
  return defaultGenerator().manualSeed(seed);
}

/** Ten rounds of Philox4x32 on (index, 0) under a seed, into `out`. */
function philox(index: number, seed: number, out: Uint32Array): void {
  let [c0, c1, c2, c3] = [index >>> 0, Math.floor(index / TWO_32), 0, 0];
  let k0 = seed | 0;
  let k1 = Math.floor(seed / TWO_32);
  for (let round = 0; round < 10; round++) {
    const a = mulhi(0xcd9e8d57, c2) ^ c1 ^ k0;
    const b = mulhi(0xd2511f53, c0) ^ c3 ^ k1;
    c1 = Math.imul(0xcd9e8d57, c2);
    c3 = Math.imul(0xd2511f53, c0);
    c0 = a;
    c2 = b;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two 32-bit integers. */
function mulhi(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Whole numbers of 32 bits throughout, which engines multiply faster than floats.
  const first = Math.imul(aLow, bHigh);
  const second = Math.imul(aHigh, bLow);
  const carry = (Math.imul(aLow, bLow) >>> 16) + (first & 0xffff) + (second & 0xffff);
  return (Math.imul(aHigh, bHigh) + (first >>> 16) + (second >>> 16) + (carry >>> 16)) | 0;
}

function checkedCount(what: string, value: number): number {
  expect(Number.isSafeInteger(value) && value >= 0, what, value, "an integer from 0 to 2^53 - 1");
  return value;
}

function checkBounds(what: string, low: number, high: number): void {
  const numbers = Number.isFinite(low) && Number.isFinite(high) && Number.isFinite(high - low);
  if (!numbers || low > high) {
    throw new ArgumentError(
      `${what}: the bounds are ${show(low)} and ${show(high)}, expected finite ones, the lower first`,
    );
  }
}
