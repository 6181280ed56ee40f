/**
 * The grid that a circuit's cells are laid in: one running coordinate through blocks of `innerCols` columns, with the
 * gates that are on, the constants, tables and range checks. With a sheet the cells are written too.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { LookupOp } from "../format/circuit.ts";
import { RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import type { Felt } from "./felt.ts";
import { type Beside, type Gate, lookupName, rangeName, SelectorMap } from "./selectors.ts";
import type { Sheet, Side } from "./sheet.ts";
import { counted, Kind, type Tensor } from "./tensor.ts";

/** `dummy` is what EZKL reports, where every use of a tensor is laid anew; `keygen` is what is really laid. */
export type LayoutMode = "dummy" | "keygen";

/** The parts of the run arguments that decide where a cell lies. */
export interface GridShape {
  /** log2 of the rows. */
  logrows: number;
  /** Columns of a block. */
  numInnerCols: number;
}

/** Rows beside the blocks that a shuffle or a search takes. */
export interface BesideRows {
  /** The first of them. */
  row: number;
  /** How many shuffles or searches there were before. */
  number: number;
}

/** A grid being filled. */
export class Grid {
  /** How cells are counted. */
  readonly mode: LayoutMode;
  /** Columns of a block. */
  readonly innerCols: number;
  /** Rows of a column. */
  readonly rows: number;
  /** Those of them that hold cells. */
  readonly usable: number;
  /** Cells of a block. */
  readonly capacity: number;
  /** Where cells are written; null where they are only counted. */
  readonly sheet: Sheet | null;
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
  #used = new Set<Felt>();
  #numbered = { shuffles: 0, searches: 0, row: 0 };

  /** An empty grid; with a sheet, in keygen mode. */
  constructor(shape: GridShape, mode: LayoutMode, sheet: Sheet | null = null) {
    this.mode = mode;
    this.sheet = sheet;
    this.innerCols = shape.numInnerCols;
    this.rows = 2 ** shape.logrows;
    this.usable = this.rows - RESERVED_ROWS;
    this.capacity = this.innerCols * this.usable;
    this.selectors = new SelectorMap(this.rows);
  }

  /** Distinct constants in cells. */
  get constants(): number {
    return this.#used.size;
  }

  /** The distinct constants in cells. */
  get constantValues(): bigint[] {
    return Array.from(this.#used, BigInt);
  }

  /** Notes that a constant stands in a cell. */
  useValue(value: Felt): void {
    this.#used.add(value);
  }

  /** Notes that the constants among the elements of `x` stand in cells. */
  use({ elements }: Tensor): void {
    if (elements === null) return;
    const { kinds, values } = elements;
    for (let at = 0; at < kinds.length; at++) if (kinds[at] === Kind.constant) this.#used.add(values[at]!);
  }

  /**
   * Puts the elements of `x`, repeated to the shape `dims`, into the next cells of a side without going on; gives them
   * where they stand.
   */
  put(side: Side, x: Tensor, dims: readonly number[] = x.dims): Tensor {
    const { sheet, cells } = this;
    if (sheet !== null) return sheet.assign(x, dims, (at) => sheet.at(side, cells + at));
    this.use(x);
    return this.mode === "dummy" ? x : settled(x);
  }

  /** The same into rows of the columns beside the blocks. */
  putBeside(side: Side, x: Tensor, row: number): Tensor {
    const { sheet } = this;
    if (sheet !== null) return sheet.assign(x, x.dims, (at) => sheet.beside(side, row + at));
    this.use(x);
    return this.mode === "dummy" ? x : settled(x);
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
    if (this.mode === "keygen") this.#mark(gate, count);
    this.cells += count;
  }

  /** The gate of a row in the next one, without going on. */
  rowwise(gate: Gate): void {
    this.selectors.mark(gate, Math.floor(this.cells / this.capacity), this.cells % this.capacity / this.innerCols);
    this.lastSelectorCell = Math.max(this.lastSelectorCell, this.cells + this.innerCols - 1);
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

  /** Takes the rows of a shuffle of `count` elements. */
  takeShuffle(count: number): BesideRows {
    const { row, taken } = this.#takeRows(count);
    this.numShuffles++;
    this.shuffleRows += taken;
    return { row, number: this.#numbered.shuffles++ };
  }

  /** Takes the rows of a search in `count` elements. */
  takeSearch(count: number): BesideRows {
    const { row, taken } = this.#takeRows(count);
    this.numSearches++;
    this.searchRows += taken;
    return { row, number: this.#numbered.searches++ };
  }

  /** `count` cells that ask `rows` rows beside the blocks, from `row` on. */
  asking(kind: Beside, count: number, row: number, rows: number): void {
    if (this.mode === "keygen") {
      const column = Math.floor(row / this.usable);
      for (let at = row; at < row + rows; at++) this.selectors.mark(`${kind} rows`, column, at % this.usable);
      this.#mark(`${kind} ${column}`, count);
    }
    this.cells += count;
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

  /** Rows of the columns beside the blocks; what would cross the end of one goes to the next. */
  #takeRows(count: number): { row: number; taken: number } {
    const { usable } = this, before = this.#numbered.row;
    const isCut = Math.floor(before / usable) !== Math.floor((before + count) / usable);
    const row = isCut ? before + usable - before % usable : before;
    this.#numbered.row = row + count;
    this.longestSearch = Math.max(this.longestSearch, count);
    return { row, taken: row + count - before };
  }

  #mark(gate: Gate, count: number): void {
    if (count === 0) return;
    this.selectors.markCells(gate, this.cells, count, this);
    this.lastSelectorCell = Math.max(this.lastSelectorCell, this.cells + count - 1);
  }
}

/** The tensor once all its elements stand in cells that are only counted. */
function settled({ elements, dims }: Tensor): Tensor {
  if (elements === null || !elements.kinds.includes(Kind.constant)) return counted(dims);
  return { dims, elements: { ...elements, cells: new Int32Array(sizeOf(dims)) } };
}
