/**
 * A function of whole numbers, remembered over the range where it was asked.
 * @module
 */
import type { Values } from "./values.ts";

/** Wider tables would leave the processor's caches, and cost more than they save. */
const WIDEST = 2 ** 20;
/** A table of this size is made however few numbers ask for it. */
const CHEAP = 2 ** 12;

/** The values of a function from `low` on; it grows with what is looked up. */
export class Table {
  readonly #f: (x: number) => number;
  #values = new Float64Array(0);
  #low = 0;

  /** A table of `f`, empty. */
  constructor(f: (x: number) => number) {
    this.#f = f;
  }

  /** Writes f of every number to `out`. */
  map({ data, low, high }: Values, out: Float64Array): void {
    const f = this.#f;
    if (!this.#covers(low, high) && !this.#grow(low, high, data.length)) {
      for (let index = 0; index < data.length; index++) out[index] = f(data[index]);
      return;
    }
    const values = this.#values;
    const start = this.#low;
    for (let index = 0; index < data.length; index++) out[index] = values[data[index] - start];
  }

  #covers(low: number, high: number): boolean {
    return low >= this.#low && high < this.#low + this.#values.length;
  }

  #grow(low: number, high: number, asked: number): boolean {
    if (this.#values.length > 0) {
      low = Math.min(low, this.#low);
      high = Math.max(high, this.#low + this.#values.length - 1);
    }
    // Room on both sides, because the next samples will ask for a little more.
    const room = (high - low) >> 3;
    const start = low - room;
    const length = high + room - start + 1;
    if (length > WIDEST || length > Math.max(CHEAP, 8 * asked)) return false;
    this.#values = Float64Array.from({ length }, (_, index) => this.#f(start + index));
    this.#low = start;
    return true;
  }
}
