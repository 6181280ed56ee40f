/**
 * The numbers of a node for several samples at once, and what is noted about them.
 * @module
 */

/**
 * The result of a node. Element `e` of sample `b` lies at `e * lanes + b`; what is the same
 * for every sample has one lane. Samples lie innermost so that a weight, once loaded, serves all.
 */
export interface Values {
  /** Whole numbers. */
  data: Float64Array;
  /** Samples, or 1 for constants. */
  lanes: number;
  /** The smallest number. */
  low: number;
  /** The largest number. */
  high: number;
}

/** One operation with its shapes, ready to run. */
export interface Step {
  /** Elements of a sample's result. */
  readonly size: number;
  /** The result for `lanes` samples; it is overwritten by the next call. */
  run(inputs: readonly Values[], lanes: number): Float64Array;
}

/** `data` with its extremes. */
export function measured(data: Float64Array, lanes: number): Values {
  let low = Infinity;
  let high = -Infinity;
  for (let index = 0; index < data.length; index++) {
    const value = data[index];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { data, lanes, low, high };
}

/** The largest magnitude among numbers. */
export function magnitude(values: { low: number; high: number }): number {
  return Math.max(-values.low, values.high);
}

/** An array that is kept from call to call. */
export class Scratch {
  #all = new Float64Array(0);
  #part = this.#all;

  /** The first `length` elements, with whatever they hold. */
  take(length: number): Float64Array {
    if (this.#part.length === length) return this.#part;
    if (this.#all.length < length) this.#all = new Float64Array(length);
    return this.#part = this.#all.subarray(0, length);
  }
}

/** What a run needs of the circuit's checks: the tables' inputs, the ranges, the decompositions. */
export class Recorder {
  /** The smallest input of a table, at most 0. */
  minLookup = 0;
  /** The largest input of a table, at least 0. */
  maxLookup = 0;
  /** The size of the widest range that is checked: its end less its start. */
  maxRange = 0;
  /** The largest magnitude that is written in digits, or a bound of it. */
  maxDecomposed = 0;
  readonly #base: number;

  /** For a circuit whose digits have this base. */
  constructor(base: number) {
    this.#base = base;
  }

  /** Notes the inputs of a table. */
  lookup(values: { low: number; high: number }): void {
    this.minLookup = Math.min(this.minLookup, values.low);
    this.maxLookup = Math.max(this.maxLookup, values.high);
  }

  /** Notes a range check. */
  range(size: number): void {
    this.maxRange = Math.max(this.maxRange, size);
  }

  /** Notes numbers up to a magnitude that are written as a sign, from -1 to 1, and digits. */
  decompose(magnitude: number): void {
    this.maxDecomposed = Math.max(this.maxDecomposed, magnitude);
    this.range(Math.max(2, this.#base - 1));
  }

  /** Takes up what another has noted; forgets its own where `restart`. */
  copy(from: Recorder, restart: boolean): void {
    if (restart) {
      this.minLookup =
        this.maxLookup =
        this.maxRange =
        this.maxDecomposed =
          0;
    }
    this.lookup({ low: from.minLookup, high: from.maxLookup });
    this.range(from.maxRange);
    this.maxDecomposed = Math.max(this.maxDecomposed, from.maxDecomposed);
  }
}
