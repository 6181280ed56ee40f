/**
 * Columns as polynomials: values in the rows of a domain of 2^k roots of unity, coefficients, and values in its cosets.
 * Coefficients stand in the order of their numbers' reversed bits, as transforms leave them, and are not divided by n:
 * what turns them into something else does that on the way.
 *
 * J. Cooley and J. Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965.
 * @module
 */
import { inverse, power, R } from "../curve/bn254.ts";
import { GENERATOR, rootOfUnity } from "../curve/scalars.ts";
import type { Kernels } from "./kernels.ts";

/** Vectors that a transform does all steps within before it goes on to the next: they stay in the processor's caches. */
const NEAR = 512;

/** Powers for one coset. */
interface Coset {
  /** To the coset: g^i / n. */
  readonly enter: number;
  /** From values in the coset: g^-i / n. */
  readonly leave: number;
}

/** A domain's tables by their addresses, for another thread. */
export interface DomainTables {
  /** log2 of the rows. */
  readonly logrows: number;
  /** Powers of the inverse of the root. */
  readonly down: number;
  /** Powers of the root. */
  readonly up: number;
  /** 1 / n. */
  readonly share: number;
  /** By coset. */
  readonly cosets: readonly Coset[];
}

/** The domain of a number of rows. */
export class Domain {
  /** log2 of the rows. */
  readonly logrows: number;
  /** Rows. */
  readonly rows: number;
  /** Vectors of a column. */
  readonly vectors: number;
  /** Bytes of a column. */
  readonly bytes: number;
  /** The tables. */
  readonly tables: DomainTables;
  readonly #kernels: Kernels;

  /** A domain of 2^logrows rows, with so many cosets; or one whose tables are there. */
  constructor(kernels: Kernels, given: { readonly logrows: number; readonly cosets: number } | DomainTables) {
    const { logrows } = given;
    this.#kernels = kernels;
    this.logrows = logrows;
    this.rows = 2 ** logrows;
    this.vectors = this.rows / kernels.form.lanes;
    this.bytes = this.vectors * kernels.bytes;
    this.tables = "share" in given ? given : this.#make(given.cosets);
  }

  /** Memory for a column. */
  column(): number {
    return this.#kernels.take(this.bytes);
  }

  /** Values in rows become coefficients times n, in place. */
  toCoefficients(column: number): void {
    const { r: { call }, bytes, form: { lanes } } = this.#kernels;
    if (lanes === 2) call.downLanes(column, this.vectors, this.tables.down);
    const near = Math.min(NEAR, this.vectors);
    for (let half = this.vectors / 2; half >= near; half /= 2) this.#step("down", column, this.vectors, half);
    for (let part = column; part < column + this.bytes; part += near * bytes) {
      for (let half = near / 2; half > 1; half /= 2) this.#step("down", part, near, half);
      call.neighbours(part, near / 2);
    }
  }

  /** Coefficients, n times what they should be, become values in rows, in place. */
  toValues(column: number): void {
    this.#kernels.r.call.scale(column, this.tables.share, column, this.vectors);
    this.#rise(column);
  }

  /** The values in a coset of a polynomial whose coefficients, times n, stand at `column`. */
  toCoset(column: number, coset: number, out: number): void {
    this.#kernels.r.call.multiply(column, this.tables.cosets[coset].enter, out, this.vectors);
    this.#rise(out);
  }

  /** Values in a coset become coefficients of the polynomial of degree below n that has them, in place. */
  fromCoset(column: number, coset: number): void {
    this.toCoefficients(column);
    this.#kernels.r.call.multiply(column, this.tables.cosets[coset].leave, column, this.vectors);
  }

  /** Coefficients as they are become values in rows, in place. */
  fromCoefficients(column: number): void {
    this.#rise(column);
  }

  /** The number in a row. */
  row(column: number, row: number): bigint {
    return this.#kernels.lanes(this.#kernels.r, this.#address(column, row))[Math.floor(row / this.vectors)];
  }

  /** Writes the number in a row. */
  setRow(column: number, row: number, value: bigint): void {
    this.#kernels.putLane(this.#kernels.r, value, this.#address(column, row), Math.floor(row / this.vectors));
  }

  /** The address of a row's first limb, among those of the other lane. */
  element(column: number, row: number): number {
    return this.#address(column, row) + (row >= this.vectors ? 8 : 0);
  }

  /** Copies a column so that row i has what was in row i + rotation, from the end on from the beginning. */
  rotate(column: number, rotation: number, out: number): void {
    const { bytes, form: { lanes }, memory } = this.#kernels, { vectors } = this;
    const shift = ((rotation % vectors) + vectors) % vectors;
    const all = new Float64Array(memory.buffer as ArrayBuffer), from = column / 8, to = out / 8, size = bytes / 8;
    all.copyWithin(to, from + shift * size, from + vectors * size);
    all.copyWithin(to + (vectors - shift) * size, from, from + shift * size);
    if (lanes === 1) return;
    // What came from the column's other end belongs to the other lane.
    const [first, last] = rotation >= 0 ? [vectors - shift, vectors] : [0, vectors - shift];
    for (let at = to + first * size; at < to + last * size; at += 2) [all[at], all[at + 1]] = [all[at + 1], all[at]];
  }

  #address(column: number, row: number): number {
    return column + row % this.vectors * this.#kernels.bytes;
  }

  #make(cosets: number): DomainTables {
    const { logrows } = this, kernels = this.#kernels, root = rootOfUnity(logrows);
    const share = inverse(BigInt(this.rows), R);
    return {
      logrows,
      down: this.#twiddles(inverse(root, R)),
      up: this.#twiddles(root),
      share: kernels.put(kernels.r, share, kernels.take(kernels.bytes)),
      cosets: Array.from({ length: cosets }, (_, coset) => {
        const shift = cosetShift(coset);
        return { enter: this.#reversedPowers(share, shift), leave: this.#reversedPowers(share, inverse(shift, R)) };
      }),
    };
  }

  #rise(column: number): void {
    const { r: { call }, bytes, form: { lanes } } = this.#kernels;
    const near = Math.min(NEAR, this.vectors);
    for (let part = column; part < column + this.bytes; part += near * bytes) {
      call.neighbours(part, near / 2);
      for (let half = 2; half < near; half *= 2) this.#step("up", part, near, half);
    }
    for (let half = near; half < this.vectors; half *= 2) this.#step("up", column, this.vectors, half);
    if (lanes === 2) call.upLanes(column, this.vectors, this.tables.up);
  }

  /** A step of a transform in `vectors` vectors from an address on. */
  #step(way: "down" | "up", address: number, vectors: number, half: number): void {
    const { r: { call }, bytes } = this.#kernels;
    call[way](address, vectors / (2 * half), half, this.tables[way], this.vectors / (2 * half) * bytes);
  }

  /** 1, w, w^2, .. for half of the rows, lane after lane. */
  #twiddles(root: bigint): number {
    const kernels = this.#kernels, { r, bytes, form: { lanes } } = kernels;
    const count = this.rows / 2 / lanes;
    const table = kernels.take(count * bytes), mark = kernels.mark();
    const start = kernels.take(bytes), ratio = kernels.take(bytes);
    for (let lane = 0; lane < lanes; lane++) kernels.putLane(r, power(root, BigInt(lane), R), start, lane);
    kernels.put(r, power(root, BigInt(lanes), R), ratio);
    r.call.powers(start, ratio, table, count);
    kernels.release(mark);
    return table;
  }

  /** first * base^i in the order of coefficients. */
  #reversedPowers(first: bigint, base: bigint): number {
    const kernels = this.#kernels, { r, bytes, form: { lanes } } = kernels;
    const table = this.column(), mark = kernels.mark(), factor = kernels.take(bytes);
    for (let lane = 0; lane < lanes; lane++) kernels.putLane(r, first * base ** BigInt(lane), table, lane);
    // The lowest bit of a place is the highest of its number.
    let exponent = this.rows / 2;
    for (let done = 1; done < this.vectors; done *= 2, exponent /= 2) {
      kernels.put(r, power(base, BigInt(exponent), R), factor);
      r.call.scale(table, factor, table + done * bytes, done);
    }
    kernels.release(mark);
    return table;
  }
}

/** What names the points of a coset: a generator's powers lie in different cosets of every domain. */
export function cosetShift(coset: number): bigint {
  return power(GENERATOR, BigInt(coset + 1), R);
}
