/**
 * Many multiples of G1 at once. The scalars are cut into windows of bits, every digit of
 * every window has its multiple in a table, and sums of points are taken in batches that
 * share one inversion (Montgomery's trick), so that an addition costs six products.
 * @module
 */
import type { Pause } from "../../../core/base/pauses.ts";
import { G1, inverse, P, R } from "../../halo2/curve/bn254.ts";

/** Points of a batch: an inversion is cheap beside them, and a batch takes a few milliseconds. */
const BATCH = 1024;
const BITS = R.toString(2).length;

/** Points as two lists, which batches read and write without making objects. */
export interface Points {
  /** First coordinates. */
  x: bigint[];
  /** Second coordinates. */
  y: bigint[];
}

/** The multiples of G1 by every digit of every window. */
export class G1Table {
  /** Bits of a window. */
  readonly width: number;
  /** For each window, the multiples by 1 to 2^width - 1; place 0 is unused. */
  readonly windows: readonly Points[];

  private constructor(width: number, windows: readonly Points[]) {
    this.width = width;
    this.windows = windows;
  }

  /** A table of the size that pays for so many scalars. */
  static async make(scalars: number, pause: Pause): Promise<G1Table> {
    const width = cheapestWidth(scalars);
    const doubles = await powersOfTwo(pause);
    const windows: Points[] = [];
    for (let low = 0; low < BITS; low += width) {
      const bits = Math.min(width, BITS - low);
      const size = 2 ** bits;
      const window: Points = { x: new Array(size).fill(0n), y: new Array(size).fill(0n) };
      for (let bit = 0; bit < bits; bit++) {
        const top = 2 ** bit;
        window.x[top] = doubles.x[low + bit];
        window.y[top] = doubles.y[low + bit];
        for (let done = 1; done < top; done += BATCH) {
          const from = Array.from({ length: Math.min(BATCH, top - done) }, (_, i) => done + i);
          const to = from.map((digit) => top + digit);
          for (const place of to) {
            window.x[place] = window.x[top];
            window.y[place] = window.y[top];
          }
          addBatch(window, to, window, from);
          await pause();
        }
      }
      windows.push(window);
    }
    return new G1Table(width, windows);
  }

  /** The multiples by scalars in [1, R), in their order. */
  async multiply(scalars: readonly bigint[], pause: Pause): Promise<Points> {
    const result: Points = { x: new Array(scalars.length).fill(0n), y: new Array(scalars.length).fill(0n) };
    const mask = (1n << BigInt(this.width)) - 1n;
    const shift = BigInt(this.width);
    for (let start = 0; start < scalars.length; start += BATCH) {
      const rest = scalars.slice(start, start + BATCH);
      const begun = new Uint8Array(rest.length);
      for (const window of this.windows) {
        const to: number[] = [];
        const from: number[] = [];
        for (let i = 0; i < rest.length; i++) {
          const digit = Number(rest[i] & mask);
          rest[i] >>= shift;
          if (digit === 0) continue;
          if (begun[i]) {
            to.push(start + i);
            from.push(digit);
          } else {
            begun[i] = 1;
            result.x[start + i] = window.x[digit];
            result.y[start + i] = window.y[digit];
          }
        }
        // The sum so far is a smaller multiple than any of this window and the two stay below R
        // together, so they are neither equal nor opposite: no doubling and no infinity here.
        addBatch(result, to, window, from);
        await pause();
      }
    }
    return result;
  }
}

/** sums[to[i]] += terms[from[i]] for every i; no sum may have the same x as its term. */
export function addBatch(sums: Points, to: readonly number[], terms: Points, from: readonly number[]): void {
  const count = to.length;
  if (count === 0) return;
  const distances = new Array<bigint>(count);
  const products = new Array<bigint>(count);
  let product = 1n;
  for (let i = 0; i < count; i++) {
    products[i] = product;
    // Negative where it happens to be: signs cost nothing until the end.
    distances[i] = terms.x[from[i]] - sums.x[to[i]];
    product = product * distances[i] % P;
  }
  let rest = inverse(product, P);
  for (let i = count - 1; i >= 0; i--) {
    const [a, b] = [to[i], from[i]];
    const slope = (terms.y[b] - sums.y[a]) * (rest * products[i] % P) % P;
    rest = rest * distances[i] % P;
    let x = (slope * slope - sums.x[a] - terms.x[b]) % P;
    if (x < 0n) x += P;
    let y = (slope * (sums.x[a] - x) - sums.y[a]) % P;
    if (y < 0n) y += P;
    sums.x[a] = x;
    sums.y[a] = y;
  }
}

/** G1, 2 G1, 4 G1 and on, as many as a scalar has bits. */
async function powersOfTwo(pause: Pause): Promise<Points> {
  const points: Points = { x: [G1.x], y: [G1.y] };
  for (let bit = 1; bit < BITS; bit++) {
    const [x, y] = [points.x[bit - 1], points.y[bit - 1]];
    const slope = 3n * x * x * inverse(2n * y, P) % P;
    const doubled = ((slope * slope - 2n * x) % P + P) % P;
    points.x.push(doubled);
    points.y.push(((slope * (x - doubled) - y) % P + P) % P);
    if (bit % 32 === 0) await pause();
  }
  return points;
}

/** Not below 8: the search for a marked secret walks through the first window. */
function cheapestWidth(scalars: number): number {
  const cost = (width: number): number => Math.ceil(BITS / width) * (2 ** width + scalars);
  let best = 8;
  for (let width = 9; width <= 15; width++) if (cost(width) < cost(best)) best = width;
  return best;
}
