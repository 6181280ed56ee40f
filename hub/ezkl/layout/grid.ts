/**
 * The grid that a circuit's cells are laid in: one running coordinate through blocks of
 * `innerCols` columns, with the gates that are on, the constants, tables and range checks.
 * @module
 */
import type { LookupOp } from "../format/circuit.ts";
import { RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import { type Gate, lookupName, rangeName, SelectorMap } from "./selectors.ts";

/** `dummy` is what EZKL reports, where every use of a tensor is laid anew; `keygen` is what is really laid. */
export type LayoutMode = "dummy" | "keygen";

/** Gates of a sum over rows: the first row, and every other. */
type RunGates = readonly [first: Gate, next: Gate];

/** The parts of the run arguments that decide where a cell lies and what a sign costs. */
export interface GridShape {
  /** log2 of the rows. */
  logrows: number;
  /** Columns of a block. */
  numInnerCols: number;
  /** Base in which magnitudes are written. */
  decompBase: number;
  /** Digits of that base. */
  decompLegs: number;
}

/** A grid being filled. */
export class Grid {
  /** How cells are counted. */
  readonly mode: LayoutMode;
  /** Columns of a block. */
  readonly innerCols: number;
  /** Cells of a block. */
  readonly capacity: number;
  /** Where gates are on; filled in keygen mode only. */
  readonly selectors: SelectorMap;
  /** Tables in the order of their first use. */
  readonly lookups: LookupOp[] = [];
  /** Ranges in the order of their first use. */
  readonly rangeChecks: [bigint, bigint][] = [];
  /** Shuffles so far. */
  numShuffles = 0;
  /** Cells of the shuffles. */
  shuffleRows = 0;
  /** Cells so far: the coordinate of the next. */
  cells = 0;
  /** The last cell with a gate, or -1. */
  lastSelectorCell = -1;
  #legs: number;
  #base: bigint;
  #named = new Set<Gate>();
  #numbers = new Map<bigint | string, number>();
  #values: (bigint | string)[] = [];
  #used = new Set<number>();

  /** An empty grid. */
  constructor(shape: GridShape, mode: LayoutMode) {
    this.mode = mode;
    this.innerCols = shape.numInnerCols;
    this.capacity = shape.numInnerCols * (2 ** shape.logrows - RESERVED_ROWS);
    this.selectors = new SelectorMap(2 ** shape.logrows);
    this.#legs = shape.decompLegs;
    this.#base = BigInt(shape.decompBase);
  }

  /** The number of a constant; a name stands for a value that is not worked out here. */
  constantNumber(value: bigint | string): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      this.#numbers.set(value, number = this.#values.length);
      this.#values.push(value);
    }
    return number;
  }

  /** The value of a numbered constant, or its name. */
  constantValue(number: number): bigint | string {
    return this.#values[number];
  }

  /** Notes that the numbered constant stands in a cell. */
  useNumber(number: number): void {
    this.#used.add(number);
  }

  /** Notes that `values` stand in cells as constants. */
  use(...values: (bigint | string)[]): void {
    for (const value of values) this.#used.add(this.constantNumber(value));
  }

  /** Distinct constants in cells. */
  get constants(): number {
    return this.#used.size;
  }

  /** The distinct constants in cells whose values are worked out. */
  get constantValues(): bigint[] {
    return [...this.#used].map((number) => this.#values[number]).filter((value) => typeof value === "bigint");
  }

  /** Goes on to the start of a row. */
  flush(): void {
    this.cells += (this.innerCols - this.cells % this.innerCols) % this.innerCols;
  }

  /** `count` cells without a gate: values laid down, or held equal to others. */
  copy(count: number): void {
    this.cells += count;
  }

  /** `count` cells, each with `gate`. */
  cellwise(gate: Gate, count: number): void {
    if (this.mode === "keygen") { for (let i = 0; i < count; i++) this.#mark(gate, this.cells + i); }
    this.cells += count;
  }

  /** `count` cells that must lie from `low` to `high`. */
  range(low: bigint, high: bigint, count: number): void {
    const gate = rangeName([low, high]);
    if (!this.#named.has(gate)) this.rangeChecks.push([low, high]);
    this.#named.add(gate);
    this.cellwise(gate, count);
  }

  /** `count` cells looked up in the table of `op`. */
  lookup(op: LookupOp, count: number): void {
    const gate = lookupName(op);
    if (!this.#named.has(gate)) this.lookups.push(op);
    this.#named.add(gate);
    this.cellwise(gate, count);
  }

  /** A dot product of two vectors of `length`. */
  dot(length: number): void {
    this.#run(["DotInit", "Dot"], length);
  }

  /** A sum of `length` elements. */
  sum(length: number): void {
    this.#run(["SumInit", "Sum"], length);
  }

  /**
   * The sign and digits of `count` values: the claimed sign and digits, a check of the sign,
   * whether the value is zero, a check of the digits, their sum, and the comparison.
   */
  decompose(count: number): void {
    this.use(0n, 1n);
    for (let leg = 0; leg < this.#legs; leg++) this.use(this.#base ** BigInt(leg));
    this.copy(count * (this.#legs + 1));
    this.range(-1n, 1n, count);
    this.isZero(count);
    this.cellwise("Mult", count);
    this.copy(count);
    this.range(0n, this.#base - 1n, count * this.#legs);
    this.flush();
    for (let i = 0; i < count; i++) this.dot(this.#legs);
    this.cellwise("Mult", count);
    this.copy(count);
  }

  /** Whether each of `count` values is zero, as 1 or 0. */
  isZero(count: number): void {
    this.use(0n, 1n);
    for (const gate of ["Mult", "Sub", "Mult"] as const) this.cellwise(gate, count);
    this.copy(count);
  }

  /** A shuffle: `count` cells that hold `count` others in another order. */
  shuffle(count: number): void {
    this.use(this.mode === "dummy" ? 0n : BigInt(this.numShuffles));
    for (let i = 0; i < count; i++) this.use(BigInt(i));
    this.numShuffles++;
    this.shuffleRows += count;
    this.copy(count);
  }

  /** A sum over whole rows; the row at the end of a block is repeated at the start of the next. */
  #run([first, next]: RunGates, length: number): void {
    this.flush();
    const { innerCols, capacity } = this;
    let rows = Math.ceil(length / innerCols);
    if (rows * innerCols !== length) this.use(0n);
    if (this.mode === "dummy") {
      for (let left = capacity - this.cells % capacity; rows * innerCols >= left; left = capacity - innerCols) {
        rows -= left / innerCols;
        this.cells += left + innerCols;
      }
      this.cells += rows * innerCols;
      return;
    }
    for (let row = 0; row < rows; row++) {
      this.#mark(row === 0 ? first : next, this.cells);
      this.cells += innerCols;
      if (this.cells % capacity === 0) this.cells += innerCols;
    }
  }

  #mark(gate: Gate, cell: number): void {
    const { innerCols, capacity } = this;
    const block = Math.floor(cell / capacity), row = Math.floor((cell % capacity) / innerCols);
    const wide = gate === "Dot" || gate === "DotInit" || gate === "Sum" || gate === "SumInit";
    this.selectors.mark(gate, wide ? block : block * innerCols + cell % innerCols, row);
    this.lastSelectorCell = Math.max(this.lastSelectorCell, wide ? cell + innerCols - 1 : cell);
  }
}
