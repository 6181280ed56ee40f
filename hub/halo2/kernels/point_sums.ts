/**
 * Sums of pairs of points, in batches that share one inversion.
 * @module
 */
import type { Kernels } from "./kernels.ts";
import { PAIR_BYTES, POINT_BYTES } from "./forms.ts";

/** Pairs of a batch: an inversion costs as much as a hundred additions, and what a batch works on stays in caches. */
const BATCH = 2048;

/** Two points of a batch have the same x, so that their sum has another formula. */
export class SamePointsError extends Error {}

/** Adds pairs of points that stand in the kernels' memory. */
export class PointSums {
  readonly #kernels: Kernels;
  readonly #pairs: number;
  readonly #levels: number[] = [];
  readonly #inverse: number;
  readonly #spare: number;
  #list: Uint32Array<ArrayBuffer>;
  #count = 0;

  /** Takes what a batch needs of the kernels' memory. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    const { lanes } = kernels.form;
    this.#pairs = kernels.take((BATCH + 2) * PAIR_BYTES);
    for (let vectors = BATCH / lanes; vectors >= 1; vectors /= 2) {
      this.#levels.push(kernels.take((vectors + 1) * kernels.bytes));
    }
    this.#inverse = kernels.take(kernels.bytes);
    // Two points to fill up a vector, and where their sum goes.
    this.#spare = kernels.take(3 * POINT_BYTES);
    kernels.words(this.#spare, 2 * POINT_BYTES / 4).fill(0);
    // Any two different numbers: what their sum is matters to nobody.
    const vector = kernels.put(kernels.p, 1n, this.#inverse);
    kernels.words(this.#spare, 2).set(kernels.words(vector, 2));
    this.#list = kernels.words(this.#pairs, 3 * (BATCH + 2));
  }

  /** out = a + b; the lowest bit of `a` and `b` asks for the point's negative. Done at the latest by {@linkcode flush}. */
  add(a: number, b: number, out: number): void {
    const at = 3 * this.#count++;
    // A list of memory that has grown since is empty, where the memory is not shared.
    if (at >= this.#list.length) this.#list = this.#kernels.words(this.#pairs, 3 * (BATCH + 2));
    this.#list[at] = a;
    this.#list[at + 1] = b;
    this.#list[at + 2] = out;
    if (this.#count === BATCH) this.flush();
  }

  /**
   * Adds neighbours among `size` points, whose addresses stand in `refs` from `start` on, and leaves the addresses of the
   * sums there, with that of a point that has no neighbour; sums are written from `out` on. Gives the next free address.
   */
  addNeighbours(refs: Uint32Array, start: number, size: number, out: number): number {
    let kept = start;
    const end = start + size - 1;
    for (let at = start; at < end; at += 2) {
      this.add(refs[at], refs[at + 1], out);
      refs[kept++] = out;
      out += POINT_BYTES;
    }
    if (size % 2 === 1) refs[kept] = refs[end];
    return out;
  }

  /** Does what was asked for. */
  flush(): void {
    if (this.#count === 0) return;
    const { form: { lanes }, p: { call }, bytes } = this.#kernels;
    while (this.#count % lanes !== 0) {
      this.#list.set([this.#spare, this.#spare + POINT_BYTES, this.#spare + 2 * POINT_BYTES], 3 * this.#count++);
    }
    const vectors = this.#count / lanes, counts = [vectors];
    this.#count = 0;
    call.differences(this.#pairs, this.#levels[0], counts[0]);
    for (let level = 0; counts[level] > 1; level++) {
      if (counts[level] % 2 === 1) {
        this.#copy(this.#kernels.p.constants.one, this.#levels[level] + counts[level]++ * bytes);
      }
      counts.push(counts[level] / 2);
      call.fold(this.#levels[level], this.#levels[level + 1], counts[level + 1]);
    }
    const top = counts.length - 1;
    call.power(this.#levels[top], this.#kernels.p.constants.inverse, this.#kernels.p.constants.one, this.#inverse);
    if (this.#kernels.hasZero(this.#kernels.p, this.#inverse)) {
      throw new SamePointsError("two points of a batch have the same x");
    }
    this.#copy(this.#inverse, this.#levels[top]);
    for (let level = top - 1; level >= 0; level--) {
      call.unfold(this.#levels[level], this.#levels[level + 1], counts[level + 1]);
    }
    call.join(this.#pairs, this.#levels[0], vectors);
  }

  #copy(from: number, to: number): void {
    const { bytes } = this.#kernels;
    this.#kernels.words(to, bytes / 4).set(this.#kernels.words(from, bytes / 4));
  }
}
