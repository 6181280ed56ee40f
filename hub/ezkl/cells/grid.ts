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

/** The parts of the run arguments that decide where a cell lies. */
export interface GridShape {
  /** log2 of the rows. */
  logrows: number;
  /** Columns of a block. */
  numInnerCols: number;
}

/** Gates of a whole row. */
const ROWWIDE: ReadonlySet<Gate> = new Set(["Dot", "DotInit", "Sum", "SumInit", "CumProd", "CumProdInit"]);

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
  /** Rows of the shuffles. */
  shuffleRows = 0;
  /** Searches so far. */
  numSearches = 0;
  /** Rows of the tensors that are searched. */
  searchRows = 0;
  /** Rows of the longest shuffle or search outside loops, as EZKL counts them. */
  longestSearch = 0;
  /** Cells so far: the coordinate of the next. */
  cells = 0;
  /** The last cell with a gate, or -1. */
  lastSelectorCell = -1;
  #named = new Set<Gate>();
  #numbers = new Map<bigint | string, number>();
  #values: (bigint | string)[] = [];
  #used = new Set<number>();
  #numbered = { shuffles: 0, searches: 0, row: 0 };
  #skipped = 0;

  /** An empty grid. */
  constructor(shape: GridShape, mode: LayoutMode) {
    this.mode = mode;
    this.innerCols = shape.numInnerCols;
    this.capacity = shape.numInnerCols * (2 ** shape.logrows - RESERVED_ROWS);
    this.selectors = new SelectorMap(2 ** shape.logrows);
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

  /** Whether each of `count` values is zero, as 1 or 0. */
  isZero(count: number): void {
    this.use(0n, 1n);
    for (const gate of ["Mult", "Sub", "Mult"] as const) this.cellwise(gate, count);
    this.copy(count);
  }

  /** A shuffle: `count` cells that hold `count` others in another order. */
  shuffle(count: number): void {
    this.#sideRows(count);
    this.use(BigInt(this.#numbered.shuffles++));
    for (let i = 0; i < count; i++) this.use(BigInt(i));
    this.numShuffles++;
    this.shuffleRows += count + this.#skipped;
    this.copy(count);
  }

  /** A search: `count` cells that hold elements of a tensor of `size` by their places. */
  search(size: number, count: number): void {
    this.#sideRows(size);
    for (let i = 0; i < size; i++) this.use(BigInt(i));
    this.use(BigInt(this.#numbered.searches++));
    this.numSearches++;
    this.searchRows += size + this.#skipped;
    this.copy(count);
  }

  /** One turn of a loop, which the dummy count takes for itself. */
  turn<T>(body: () => T): T {
    if (this.mode === "keygen") return body();
    const outer = this.#numbered, { longestSearch } = this;
    this.#numbered = { shuffles: 0, searches: 0, row: 0 };
    const result = body();
    this.#numbered = outer;
    this.longestSearch = longestSearch;
    return result;
  }

  /** Takes rows of the columns beside the blocks; what would cross the end of one goes to the next. */
  #sideRows(count: number): void {
    const { row } = this.#numbered, usable = this.capacity / this.innerCols;
    const isCut = Math.floor(row / usable) !== Math.floor((row + count) / usable);
    this.#skipped = isCut ? usable - row % usable : 0;
    this.#numbered.row += count + this.#skipped;
    this.longestSearch = Math.max(this.longestSearch, count);
  }

  /** A product over whole rows. */
  product(length: number): void {
    this.#run(["CumProdInit", "CumProd"], length, 1n);
  }

  /** A sum over whole rows; the row at the end of a block is repeated at the start of the next. */
  #run([first, next]: RunGates, length: number, filler: bigint = 0n): void {
    this.flush();
    const { innerCols, capacity } = this;
    let rows = Math.ceil(length / innerCols);
    if (rows * innerCols !== length) this.use(filler);
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
    const wide = ROWWIDE.has(gate);
    this.selectors.mark(gate, wide ? block : block * innerCols + cell % innerCols, row);
    this.lastSelectorCell = Math.max(this.lastSelectorCell, wide ? cell + innerCols - 1 : cell);
  }
}
