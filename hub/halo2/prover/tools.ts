/**
 * What one thread of the prover works with, and what it does with columns.
 * @module
 */
import type { G1Point } from "../curve/bn254.ts";
import { R } from "../curve/bn254.ts";
import { commitBytes, Commitments, type SumPart } from "../kernels/commit.ts";
import { Domain, type DomainTables } from "../kernels/domain.ts";
import type { Kernels, SharedKernels } from "../kernels/kernels.ts";
import { ELEMENT_BYTES } from "../kernels/forms.ts";
import { STEP_EXTRA } from "../kernels/step_points.ts";
import { writeElement } from "../keys/column_values.ts";
import { runTape, type TapeProgram } from "./tape.ts";

/** What threads share, as plain data. */
export interface SharedTools {
  /** The kernels. */
  readonly kernels: SharedKernels;
  /** Tables of the domain. */
  readonly domain: DomainTables;
  /** The points that columns are committed with. */
  readonly points: SharedPoints;
}

/** Points by their addresses. */
export interface SharedPoints {
  /** Of a reference string, in Lagrange form. */
  readonly rows: number;
  /** Those for columns that go in steps; null where there are none. */
  readonly steps: number | null;
}

/** Bytes that the tools of one more thread take, and what its jobs need. */
export function toolsBytes(rows: number): number {
  // Words, inverses, sums of points with their buckets, and registers of formulas.
  return rows * (32 + 3 * ELEMENT_BYTES) + commitBytes(rows + STEP_EXTRA) + 2 ** 24;
}

/** Kernels, a domain and the points of a reference string, with memory of one's own. */
export class Tools {
  /** The kernels. */
  readonly kernels: Kernels;
  /** The rows. */
  readonly domain: Domain;
  /** The points' addresses. */
  readonly points: SharedPoints;
  readonly #commitments: Commitments;
  readonly #steps: Commitments | null;
  /** Room for a column as words. */
  readonly words: number;

  /** Over kernels, tables and points that are there. */
  constructor(kernels: Kernels, domain: DomainTables, points: SharedPoints) {
    this.kernels = kernels;
    this.domain = new Domain(kernels, domain);
    this.points = points;
    const { rows } = this.domain;
    this.#commitments = new Commitments(kernels, points.rows, rows);
    this.#steps = points.steps === null ? null : new Commitments(kernels, points.steps, rows + STEP_EXTRA);
    this.words = kernels.take(32 * (rows + STEP_EXTRA));
  }

  /** Numbers of 32 bits of a column as words, eight a row. */
  elements(address: number = this.words): Uint32Array<ArrayBuffer> {
    return this.kernels.words(address, 8 * this.domain.rows);
  }

  /** Reads a column from words. */
  read(words: number, column: number): void {
    const { r } = this.kernels;
    r.call.read(words, r.constants.enter, column, this.domain.vectors);
  }

  /** Writes a column as words, to those of this thread where no other place is said. */
  write(column: number, words: number = this.words): void {
    const { r } = this.kernels;
    r.call.write(column, r.constants.leave, words, this.domain.vectors);
  }

  /** The commitment to a column, in parts of some milliseconds, as all that follow. */
  commit(column: number, share?: SumPart): Generator<void, G1Point | null> {
    this.write(column);
    return this.#commitments.summing(this.elements(), share);
  }

  /**
   * The commitment to a column that goes in steps up to row `end`; what stands behind it may be anything. The fewer steps
   * differ from the last, the quicker.
   */
  commitSteps(column: number, end: number): Generator<void, G1Point | null> {
    if (this.#steps === null) return this.commit(column);
    const { kernels, domain } = this, { r } = kernels, { rows } = domain;
    const mark = kernels.mark(), steps = domain.column(), factor = kernels.take(kernels.bytes);
    domain.rotate(column, -1, steps);
    r.call.subtract(column, steps, steps, domain.vectors);
    const usual = domain.row(steps, end);
    kernels.put(r, -usual, factor);
    r.call.shift(steps, factor, steps, domain.vectors);
    this.write(steps);
    const words = kernels.words(this.words, 8 * (rows + STEP_EXTRA));
    writeElement(words, 0, domain.row(column, 0));
    for (let row = end + 1; row < rows; row++) writeElement(words, row, domain.row(column, row));
    writeElement(words, rows, usual);
    writeElement(words, rows + 1, 0n);
    kernels.release(mark);
    return this.#steps.summing(words);
  }

  /** The commitment to a column less a multiple of another: the quicker, the fewer rows differ from that. */
  commitRest(column: number, less: number, multiple: bigint): Generator<void, G1Point | null> {
    const { kernels, domain } = this, { r } = kernels;
    const mark = kernels.mark(), rest = domain.column(), factor = kernels.take(kernels.bytes);
    r.call.scaleAdd(less, kernels.put(r, -multiple, factor), column, rest, domain.vectors);
    const work = this.commit(rest);
    kernels.release(mark);
    return work;
  }

  /** The commitment to a column that stands as words. */
  commitWords(words: number): Generator<void, G1Point | null> {
    return this.#commitments.summing(this.elements(words));
  }

  /** Coefficients of a column, in a column of their own. */
  coefficients(column: number, out: number): void {
    this.copy(column, out);
    this.domain.toCoefficients(out);
  }

  /** Copies a column. */
  copy(column: number, out: number): void {
    new Uint8Array(this.kernels.memory.buffer).copyWithin(out, column, column + this.domain.bytes);
  }

  /** Runs a program over all rows, or over vectors from `from` to `to`. */
  run(program: TapeProgram, from = 0, to: number = this.domain.vectors): void {
    runTape(this.kernels, program, from, to);
  }

  /** Replaces every value of a column by its inverse; false where one of them is 0. */
  invert(column: number): boolean {
    const { kernels, domain: { vectors } } = this, { r, bytes } = kernels;
    const mark = kernels.mark(), levels = [column];
    for (let count = vectors / 2; count >= 1; count /= 2) {
      levels.push(kernels.take(count * bytes));
      r.call.fold(levels[levels.length - 2], levels[levels.length - 1], count);
    }
    const top = levels[levels.length - 1], inverse = kernels.take(bytes);
    r.call.power(top, r.constants.inverse, r.constants.one, inverse);
    const isDefined = !kernels.lanes(r, inverse).includes(0n);
    kernels.words(top, bytes / 4).set(kernels.words(inverse, bytes / 4));
    for (let level = levels.length - 2, count = 1; level >= 0; level--, count *= 2) {
      r.call.unfold(levels[level], levels[level + 1], count);
    }
    kernels.release(mark);
    return isDefined;
  }

  /** Row i becomes the product of all rows before it, in place. */
  runningProduct(column: number): void {
    const { kernels, domain: { vectors } } = this, { r, form: { lanes } } = kernels;
    const mark = kernels.mark(), start = kernels.put(r, 1n, kernels.take(kernels.bytes));
    r.call.products(column, start, column, vectors);
    if (lanes === 2) {
      const [first] = kernels.lanes(r, start);
      kernels.putLane(r, 1n, start, 0);
      kernels.putLane(r, first, start, 1);
      r.call.scale(column, start, column, vectors);
    }
    kernels.release(mark);
  }

  /** Row i becomes the sum of all rows before it, in place. */
  runningSum(column: number): void {
    const { kernels, domain: { vectors } } = this, { r, form: { lanes } } = kernels;
    const mark = kernels.mark(), start = kernels.put(r, 0n, kernels.take(kernels.bytes));
    r.call.sums(column, start, column, vectors);
    if (lanes === 2) {
      const [first] = kernels.lanes(r, start);
      kernels.putLane(r, 0n, start, 0);
      kernels.putLane(r, first, start, 1);
      r.call.shift(column, start, column, vectors);
    }
    kernels.release(mark);
  }

  /** The sum of the products of two columns' rows. */
  dot(a: number, b: number): bigint {
    const { kernels } = this, { r } = kernels;
    const mark = kernels.mark(), out = kernels.put(r, 0n, kernels.take(kernels.bytes));
    r.call.dot(a, b, out, this.domain.vectors);
    const sum = kernels.lanes(r, out).reduce((all, lane) => all + lane, 0n) % R;
    kernels.release(mark);
    return sum;
  }

  /** first, first ratio, first ratio^2, .. down the rows. */
  powers(first: bigint, ratio: bigint, far: bigint, column: number): void {
    const { kernels, domain: { vectors } } = this, { r, form: { lanes } } = kernels;
    const mark = kernels.mark(), start = kernels.take(kernels.bytes), by = kernels.take(kernels.bytes);
    for (let lane = 0; lane < lanes; lane++) kernels.putLane(r, lane === 0 ? first : first * far, start, lane);
    kernels.put(r, ratio, by);
    r.call.powers(start, by, column, vectors);
    kernels.release(mark);
  }
}
