/**
 * Sums of many multiples of points, by Pippenger's method: scalars are cut into digits, points of one digit are added up
 * in a bucket, and the buckets of all windows are then added by their digits in step. Everything is done in additions of
 * pairs of points, many at once.
 *
 * N. Pippenger, "On the evaluation of powers and related problems", 1976.
 * @module
 */
import { type G1Point, mod, P, power, R } from "../curve/bn254.ts";
import { multiScalar, sumAtBits, type Term } from "../curve/multi_scalar.ts";
import { type Magnitudes, magnitudesOf, signedDigits } from "./digits.ts";
import type { Kernels } from "./kernels.ts";
import { POINT_BYTES } from "./forms.ts";
import { getPoints, putPoints } from "./points.ts";
import { PointSums, SamePointsError } from "./point_sums.ts";

/** Bits of the longest magnitude. */
const SCALAR_BITS = 253;
/** Bits that scalars called short have at most. */
const SHORT = 64;
/** Chains that the buckets of all windows are cut into, about. */
const CHAINS = 384;
/** Digits whose points are added up together: batches are the fuller, and what they work on stays in caches. */
const TOGETHER = 2 ** 14;

/** A part of a sum: which one, of how many that make the whole. */
export interface SumPart {
  /** From 0. */
  readonly part: number;
  /** At least 1. */
  readonly of: number;
}

const WHOLE: SumPart = { part: 0, of: 1 };

/**
 * A point whose multiple of any other nobody knows: the totals of buckets begin with it, so that none is empty and none
 * is the point that is added to it.
 */
const OFFSET: G1Point = (() => {
  for (let x = 3n;; x++) {
    const square = x * x * x + 3n, y = power(square, (P + 1n) / 4n, P);
    if ((y * y - square) % P === 0n) return { x, y };
  }
})();

/** Points, and sums of their multiples. */
export class Commitments {
  /** How many points there are. */
  readonly count: number;
  readonly #kernels: Kernels;
  readonly #points: number;
  readonly #sums: PointSums;
  readonly #offset: number;

  /** `count` points at an address of the kernels' memory. */
  constructor(kernels: Kernels, points: number, count: number) {
    this.#kernels = kernels;
    this.#points = points;
    this.count = count;
    this.#sums = new PointSums(kernels);
    this.#offset = kernels.take(POINT_BYTES * 2);
    putPoints(kernels, [OFFSET, OFFSET], this.#offset);
  }

  /** The sum of the points times `scalars`, from 0 to r - 1 in eight words each; null for the point at infinity. */
  sum(scalars: Uint32Array): G1Point | null {
    return atOnce(this.summing(scalars));
  }

  /**
   * The same in parts of some milliseconds, between which others may have their turn. Of a sum that several threads make,
   * each takes some of the windows; what they give adds up to the whole.
   */
  *summing(scalars: Uint32Array, share: SumPart = WHOLE): Generator<void, G1Point | null> {
    const magnitudes = magnitudesOf(scalars, this.count);
    const short: number[] = [], long: number[] = [];
    magnitudes.bits.forEach((bits, row) => bits > 0 && (bits <= SHORT ? short : long).push(row));
    // A few long ones, as those of blinding rows, would make all windows for all.
    const parts = long.length * 8 < short.length ? [short, long] : [[...short, ...long]];
    const mark = this.#kernels.mark(), terms: Term[] = [];
    try {
      for (const rows of parts) terms.push(...yield* this.#terms(magnitudes, rows, share));
      return sumAtBits(terms);
    } catch (error) {
      if (!(error instanceof SamePointsError)) throw error;
      return this.#slowly(parts.map((rows) => ({ rows, ...windowsOf(magnitudes, rows, share) })));
    } finally {
      this.#kernels.release(mark);
    }
  }

  *#terms(magnitudes: Magnitudes, rows: readonly number[], share: SumPart): Generator<void, Term[]> {
    const { width, first, windows, digits } = windowsOf(magnitudes, rows, share);
    if (windows === 0) return [];
    const buckets = 2 ** (width - 1), together = Math.max(1, Math.floor(TOGETHER / rows.length));
    const kernels = this.#kernels, mark = kernels.mark();
    const homes = kernels.take(windows * buckets * POINT_BYTES);
    const spare = kernels.take(Math.min(windows, together) * rows.length * POINT_BYTES);
    const filled = new Uint32Array(windows * buckets);
    for (let from = 0; from < windows; from += together) {
      yield;
      const to = Math.min(windows, from + together);
      this.#fill(
        digits.subarray(from * rows.length, to * rows.length),
        rows,
        filled.subarray(from * buckets, to * buckets),
        homes + from * buckets * POINT_BYTES,
        spare,
      );
    }
    yield;
    const terms = this.#weigh(filled, windows, buckets, width);
    kernels.release(mark);
    return first === 0 ? terms : terms.map(({ point, bit }) => ({ point, bit: bit + first * width }));
  }

  /**
   * Adds up the points of each digit of some windows; `filled` gets where their sums are, window after window, 0 where
   * there are none.
   */
  #fill(digits: Int32Array, rows: readonly number[], filled: Uint32Array, home: number, spare: number): void {
    const count = digits.length, points = this.#points, sums = this.#sums;
    const buckets = filled.length * rows.length / count;
    // The first place is of the digit 0, which counts nowhere.
    const sizes = new Uint32Array(filled.length + 1), starts = new Uint32Array(filled.length + 1);
    for (let from = 0, base = 0; from < count; from += rows.length, base += buckets) {
      for (let at = from; at < from + rows.length; at++) {
        const digit = digits[at];
        if (digit !== 0) sizes[base + (digit > 0 ? digit : -digit)]++;
      }
    }
    for (let bucket = 1, total = 0; bucket < sizes.length; bucket++) {
      starts[bucket] = total;
      total += sizes[bucket];
    }
    const refs = new Uint32Array(count), next = starts.slice();
    for (let from = 0, base = 0; from < count; from += rows.length, base += buckets) {
      for (let row = 0; row < rows.length; row++) {
        const digit = digits[from + row];
        if (digit > 0) refs[next[base + digit]++] = points + POINT_BYTES * rows[row];
        else if (digit < 0) refs[next[base - digit]++] = points + POINT_BYTES * rows[row] + 1;
      }
    }
    // Buckets of more than one point, fewer from round to round.
    let busy: number[] = [];
    for (let bucket = 1; bucket < sizes.length; bucket++) if (sizes[bucket] > 1) busy.push(bucket);
    while (busy.length > 0) {
      const left: number[] = [];
      for (const bucket of busy) {
        const size = sizes[bucket];
        if (size === 2) sums.addNeighbours(refs, starts[bucket], 2, home + (bucket - 1) * POINT_BYTES);
        else {
          spare = sums.addNeighbours(refs, starts[bucket], size, spare);
          left.push(bucket);
        }
        sizes[bucket] = (size + 1) >> 1;
      }
      sums.flush();
      busy = left;
    }
    for (let bucket = 1; bucket < sizes.length; bucket++) {
      filled[bucket - 1] = sizes[bucket] > 0 ? refs[starts[bucket]] : 0;
    }
  }

  /** The buckets times their digits, as terms. */
  #weigh(filled: Uint32Array, windows: number, buckets: number, width: number): Term[] {
    let segments = 1;
    while (segments * windows < CHAINS && buckets / segments > 4) segments *= 2;
    const length = buckets / segments;
    // A window is its segments' own sums, and each segment's plain sum as often as it stands from the first.
    const own = this.#chains(filled, windows * segments, length);
    const plain = new Uint32Array(windows * segments);
    for (let window = 0; window < windows; window++) {
      // The first segment counts in no multiple: the chain of the others begins with 1.
      for (let segment = 1; segment < segments; segment++) {
        plain[window * segments + segment - 1] = own.running[window * segments + segment];
      }
    }
    const far = segments > 1 ? this.#chains(plain, windows, segments).totals : new Uint32Array(windows);
    const near = this.#chains(own.totals, windows, segments, false).running;
    const used = [...near, ...far], points = getPoints(this.#kernels, used.map((ref) => ref || this.#offset));
    const shift = Math.log2(length);
    const terms: Term[] = [];
    const add = (at: number, bit: number, offsets: number) => {
      if (used[at] === 0) return;
      terms.push({ point: points[at], bit });
      for (let power = 0; 2 ** power <= offsets; power++) {
        if (offsets >> power & 1) terms.push({ point: { x: OFFSET.x, y: P - OFFSET.y }, bit: bit + power });
      }
    };
    for (let window = 0; window < windows; window++) {
      const begun = own.totals.subarray(window * segments, (window + 1) * segments).filter((ref) => ref !== 0);
      add(window, window * width, begun.length);
      add(windows + window, window * width + shift, 1);
    }
    return terms;
  }

  /**
   * For each of `count` chains of `length` buckets, their sum and, where `weighed`, the sum of each as often as its place
   * says, from 1, which has the offset in it; 0 for a chain of empty buckets.
   */
  #chains(
    filled: Uint32Array,
    count: number,
    length: number,
    weighed = true,
  ): { running: Uint32Array; totals: Uint32Array } {
    const kernels = this.#kernels;
    const sums = kernels.take(2 * count * POINT_BYTES), totals = new Uint32Array(count).fill(this.#offset);
    const running = new Uint32Array(count);
    for (let place = length - 1; place >= -1; place--) {
      // Totals take what ran up to the place before, so they come first.
      for (let chain = 0; weighed && chain < count; chain++) {
        if (running[chain] === 0) continue;
        const out = sums + 2 * chain * POINT_BYTES;
        this.#sums.add(totals[chain], running[chain], out);
        totals[chain] = out;
      }
      if (place >= 0) {
        for (let chain = 0; chain < count; chain++) {
          const bucket = filled[chain * length + place];
          if (bucket === 0) continue;
          const out = sums + (2 * chain + 1) * POINT_BYTES;
          if (running[chain] === 0) running[chain] = bucket;
          else {
            this.#sums.add(running[chain], bucket, out);
            running[chain] = out;
          }
        }
      }
      this.#sums.flush();
    }
    return { running, totals: totals.map((total, chain) => running[chain] === 0 ? 0 : total) };
  }

  /** The same by whole numbers, for points of which two are equal. */
  #slowly(parts: readonly (Windows & { rows: readonly number[] })[]): G1Point | null {
    const refs = Array.from({ length: this.count }, (_, row) => this.#points + POINT_BYTES * row);
    const values = refs.map(() => 0n);
    for (const { rows, width, first, digits } of parts) {
      digits.forEach((digit, at) => {
        const window = Math.floor(at / rows.length);
        values[rows[at % rows.length]] += BigInt(digit) << BigInt(width * (first + window));
      });
    }
    return multiScalar(getPoints(this.#kernels, refs), values.map((value) => mod(value, R)));
  }
}

/** Digits of some of the windows of scalars. */
interface Windows {
  /** Bits of a digit. */
  readonly width: number;
  /** The first window. */
  readonly first: number;
  /** How many. */
  readonly windows: number;
  /** Window after window. */
  readonly digits: Int32Array<ArrayBuffer>;
}

function windowsOf(magnitudes: Magnitudes, rows: readonly number[], { part, of }: SumPart): Windows {
  const longest = rows.reduce((most, row) => Math.max(most, magnitudes.bits[row]), 0);
  const { width, windows: all } = cheapest(rows.length, longest);
  const [first, end] = [part, part + 1].map((part) => rows.length === 0 ? 0 : Math.floor(part * all / of));
  const digits = signedDigits(magnitudes, rows, width, all).subarray(first * rows.length, end * rows.length);
  return { width, first, windows: end - first, digits };
}

/** What a generator returns, without a pause. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Bytes that a sum of `count` points takes at most. */
export function commitBytes(count: number): number {
  const { width, windows } = cheapest(count, SCALAR_BITS);
  // Sums within buckets, the buckets, and the chains that weigh them.
  return POINT_BYTES * (Math.max(count, TOGETHER) + windows * 2 ** (width - 1) + 8 * (CHAINS + windows) * 2);
}

/** The width of the digits with the fewest additions: one for each digit, and two for each bucket. */
function cheapest(scalars: number, bits: number): { width: number; windows: number } {
  let best = { width: 2, windows: 0, cost: Infinity };
  for (let width = 2; width <= 15; width++) {
    const windows = Math.floor(bits / width) + 1;
    const cost = windows * (scalars + 2 ** width);
    if (cost < best.cost) best = { width, windows, cost };
  }
  return best;
}
