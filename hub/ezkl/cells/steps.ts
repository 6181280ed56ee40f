/**
 * The steps that every operation of a circuit is made of, as EZKL lays them: each takes
 * tensors, puts what it needs into cells and gives what stands there.
 *
 * An operation is written with these alone, so that counting its cells and laying them is
 * one piece of code.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { LookupOp } from "../format/circuit.ts";
import type { Grid } from "./grid.ts";
import { isPlaced, type Operand, place, placed } from "./operand.ts";

/** Gates of two operands, element by element. */
export type PairGate = "Add" | "Sub" | "Mult";

/** What a decomposition gives. */
export interface Digits {
  /** The signs, `[..., 1]` of the tensor's shape. */
  signs: Operand;
  /** The tensor itself, in cells. */
  whole: Operand;
}

/** A grid, and the steps that lay tensors into it. */
export class Steps {
  /** Where cells go. */
  readonly grid: Grid;
  /** Base of the digits in which magnitudes are written. */
  readonly base: number;
  /** How many digits. */
  readonly legs: number;

  /** Lays into `grid`, with digits of the run arguments' kind. */
  constructor(grid: Grid, digits: { decompBase: number; decompLegs: number }) {
    this.grid = grid;
    this.base = digits.decompBase;
    this.legs = digits.decompLegs;
  }

  /** Numbers that the circuit fixes, in no cell yet; one of them where `dims` is left out. */
  constants(values: readonly (number | bigint)[], dims: number[] = [values.length]): Operand {
    return { dims, codes: Int32Array.from(values, (value) => 2 * this.grid.constantNumber(BigInt(value))) };
  }

  /** Whether all of `x` stands in cells that a later use can point to; the dummy count forgets that. */
  isLaid(x: Operand): boolean {
    return this.grid.mode === "keygen" && isPlaced(x);
  }

  /** Puts the elements of `x` into the next cells without going on; gives them where they stand. */
  put(x: Operand): Operand {
    for (const code of x.codes ?? []) if (code >= 0) this.grid.useNumber(code >> 1);
    return this.grid.mode === "keygen" ? place(x) : x;
  }

  /** Puts `x` into cells of its own. */
  copied(x: Operand): Operand {
    const result = this.put(x);
    this.grid.copy(sizeOf(x.dims));
    return result;
  }

  /** The elements of `x` in cells, laid down where they are not. */
  identity(x: Operand): Operand {
    return this.isLaid(x) ? x : this.copied(x);
  }

  /** The same with a sign and digits, which bounds every element. */
  bounded(x: Operand): Operand {
    return this.isLaid(x) ? x : this.decompose(x).whole;
  }

  /** `a` and `b` through a gate; the shorter shape is compared from its first axis on. */
  pair(gate: PairGate, a: Operand, b: Operand): Operand {
    this.put(a);
    this.put(b);
    const dims = pairedShape(a.dims, b.dims);
    this.grid.cellwise(gate, sizeOf(dims));
    return placed(dims);
  }

  /** Holds `a` and `b` equal, element by element. */
  equal(a: Operand, b: Operand): Operand {
    this.put(a);
    const result = this.put(b);
    this.grid.copy(Math.max(sizeOf(a.dims), sizeOf(b.dims)));
    return result;
  }

  /** Holds every element of `x` between two numbers. */
  range(x: Operand, low: bigint, high: bigint): Operand {
    const result = this.put(x);
    this.grid.range(low, high, sizeOf(x.dims));
    return result;
  }

  /** `x` through a table; constants are looked up while compiling and take no cell. */
  lookup(op: LookupOp, x: Operand): Operand {
    const { grid } = this, { codes, dims } = x;
    this.put(x);
    const fixed = codes?.reduce((sum, code) => sum + Number(code >= 0), 0) ?? 0;
    grid.lookup(op, sizeOf(dims) - fixed);
    if (fixed === 0) return placed(dims);
    const value = (code: number) =>
      2 * grid.constantNumber(`${JSON.stringify(op)} of ${grid.constantValue(code >> 1)}`);
    const results = codes!.map((code) => code >= 0 ? value(code) : code);
    for (const code of results) if (code >= 0) grid.useNumber(code >> 1);
    return { dims, codes: results };
  }

  /** `count` dot products of two vectors of `length`, of which all elements are put already. */
  dots(count: number, length: number): void {
    for (; count > 0; count--) this.grid.dot(length);
  }

  /** The sum of all elements; zeros among the constants are left out. */
  sum(x: Operand): Operand {
    if (sizeOf(x.dims) === 1) return { ...x, dims: [1] };
    let length = 0;
    const { codes } = x;
    if (codes === null) length = sizeOf(x.dims);
    else {
      for (const code of codes) {
        if (code >= 0 && this.grid.constantValue(code >> 1) === 0n) continue;
        if (code >= 0) this.grid.useNumber(code >> 1);
        length++;
      }
    }
    if (length === 0) {
      this.grid.flush();
      return this.constants([0]);
    }
    this.grid.sum(length);
    return placed([1]);
  }

  /** The product of all elements. */
  product(x: Operand): Operand {
    this.put(x);
    this.grid.product(sizeOf(x.dims));
    return placed([1]);
  }

  /** Whether each element is zero, as 1 or 0. */
  isZero(x: Operand): Operand {
    const { grid } = this;
    this.put(x);
    for (const code of x.codes ?? []) {
      // A constant that is in no cell yet has its inverse as a constant too.
      if (code < 0 || code % 2 === 1) continue;
      const value = grid.constantValue(code >> 1);
      if (value !== 0n) grid.use(value === 1n || value === -1n ? value : `1/${value}`);
    }
    grid.isZero(sizeOf(x.dims));
    return placed(x.dims);
  }

  /** Signs and digits of `x`, with the circuit's base or another. */
  decompose(x: Operand, base: number = this.base): Digits {
    const { grid, legs } = this, count = sizeOf(x.dims);
    const whole = this.isLaid(x) ? x : this.put(x);
    for (let leg = 0; leg < legs; leg++) grid.use(BigInt(base) ** BigInt(leg));
    grid.copy(count * (legs + 1));
    grid.range(-1n, 1n, count);
    this.isZero(whole);
    grid.cellwise("Mult", count);
    grid.copy(count);
    grid.range(0n, BigInt(base) - 1n, count * legs);
    grid.flush();
    this.dots(count, legs);
    grid.cellwise("Mult", count);
    grid.copy(count);
    return { signs: placed([...x.dims, 1]), whole };
  }

  /**
   * `count` times what `body` lays. The dummy count takes every turn for itself: shuffles and
   * searches are numbered from 0 in each.
   */
  loop<T>(count: number, body: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => this.grid.turn(() => body(index)));
  }
}

/** The shape that EZKL pairs two shapes to. */
export function pairedShape(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) return [...a.length > b.length ? a : b];
  return a.map((size, axis) => Math.max(size, b[axis]));
}
