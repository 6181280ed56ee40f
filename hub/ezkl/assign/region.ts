/**
 * The cells of a circuit while they are filled: three tensors of blocks of columns with one running coordinate, the
 * columns of shuffles, constants, and which cells must be equal.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { LookupOp } from "../format/operations.ts";
import type { GraphSettings } from "../format/settings.ts";
import { CELL_GATES, ROW_GATES } from "../../halo2/circuit/arithmetic.ts";
import { type Columns, columnsOf, distinctLookups, distinctRanges } from "../../halo2/circuit/columns.ts";
import { type ColumnValues, emptyColumn } from "../../halo2/keys/column_values.ts";
import type { Felt } from "./felt.ts";
import { Kind, NOWHERE, type Tensor } from "./tensor.ts";

/** One of the three tensors: both inputs of an operation, and its output. */
export type Side = 0 | 1 | 2;
/** A gate of one cell, or of one row of a block. */
export type Gate = typeof CELL_GATES[number] | typeof ROW_GATES[number];

/** Numbers in order, as many as come. */
class Numbers {
  #all = new Int32Array(1024);
  #count = 0;

  push(a: number, b: number): void {
    if (this.#count + 2 > this.#all.length) {
      const longer = new Int32Array(2 * this.#all.length);
      longer.set(this.#all);
      this.#all = longer;
    }
    this.#all[this.#count++] = a;
    this.#all[this.#count++] = b;
  }

  get all(): Int32Array<ArrayBuffer> {
    return this.#all.subarray(0, this.#count);
  }
}

/** Cells being filled. */
export class Region {
  /** The circuit's columns. */
  readonly columns: Columns;
  /** The coordinate of the next cell. */
  lin = 0;
  /** The next row of the columns of shuffles. */
  shuffleRow = 0;
  /** Shuffles so far. */
  shuffles = 0;
  /** Values, by column; null where only the structure is asked for. */
  readonly advice: readonly ColumnValues[] | null;
  /** Where each selector is on: bit i of byte j is row 8j + i. */
  readonly selectors: readonly Uint8Array<ArrayBuffer>[];
  /** Constants with the first cell of each, in order. */
  readonly pending: [value: Felt, cell: number][] = [];
  readonly #copies = new Numbers();
  readonly #constants = new Map<Felt, number>();
  readonly #lookups: readonly string[];
  readonly #ranges: readonly string[];
  readonly #capacity: number;
  readonly #places: number;

  /** No cell filled yet; with `values` the witness is written down too. */
  constructor(settings: GraphSettings, values: boolean) {
    const columns = this.columns = columnsOf(settings);
    this.#places = columns.blocks * columns.innerCols;
    this.#capacity = columns.innerCols * columns.usable;
    this.#lookups = distinctLookups(settings).map((op) => JSON.stringify(op));
    this.#ranges = distinctRanges(settings).map(String);
    this.advice = values
      ? Array.from(
        { length: columns.adviceColumns },
        () => emptyColumn(columns.rows),
      )
      : null;
    const selectors = columns.simpleSelectors + columns.complexSelectors;
    this.selectors = Array.from({ length: selectors }, () => new Uint8Array(columns.rows / 8));
  }

  /** Pairs of cells that are equal, in the order in which they were found to be. */
  get copies(): Int32Array<ArrayBuffer> {
    return this.#copies.all;
  }

  /** Goes on to the start of a row. */
  flush(): void {
    const { innerCols } = this.columns;
    this.lin += (innerCols - this.lin % innerCols) % innerCols;
  }

  /** The cell of a row of a column: advice first, then constants, then the column of instances. */
  cell(column: number, row: number): number {
    return column * this.columns.rows + row;
  }

  /** The cell of an instance. */
  instance(row: number): number {
    return this.cell(this.columns.permutationColumns - 1, row);
  }

  /** Notes that two cells are equal. */
  copy(a: number, b: number): void {
    this.#copies.push(a, b);
  }

  /** Puts a tensor's elements in cells from a coordinate on, which does not move; gives them with their new cells. */
  assign(side: Side, tensor: Tensor, lin: number = this.lin): Tensor {
    const cells = new Int32Array(tensor.values.length), kinds = tensor.kinds.slice();
    for (let at = 0; at < cells.length; at++) {
      cells[at] = this.put(tensor, at, this.at(side, lin + at));
      if (kinds[at] === Kind.instance) kinds[at] = Kind.value;
    }
    return { ...tensor, cells, kinds };
  }

  /** The same in a column of shuffles. */
  assignShuffle(side: Side, tensor: Tensor, row: number): Tensor {
    const { usable, shuffleBlocks } = this.columns;
    const cells = new Int32Array(tensor.values.length);
    for (let at = 0; at < cells.length; at++) {
      const block = Math.floor((row + at) / usable);
      if (block >= shuffleBlocks) {
        throw new ArgumentError("a circuit's shuffles fill more columns than its settings say");
      }
      const column = 3 * this.#places + side * shuffleBlocks + block;
      cells[at] = this.put(tensor, at, this.cell(column, (row + at) % usable));
    }
    return { ...tensor, cells };
  }

  /** Puts one element in a cell. */
  put({ values, cells, kinds }: Tensor, at: number, cell: number): number {
    const value = values[at];
    if (value !== null) this.write(cell, value);
    if (cells[at] !== NOWHERE) this.copy(cell, cells[at]);
    else if (kinds[at] === Kind.constant) {
      const first = this.#constants.get(value!);
      if (first !== undefined) this.copy(cell, first);
      else {
        this.pending.push([value!, cell]);
        this.#constants.set(value!, cell);
      }
    }
    return cell;
  }

  /** The cell of a coordinate. */
  at(side: Side, lin: number): number {
    const { innerCols, blocks } = this.columns;
    const block = Math.floor(lin / this.#capacity), inside = lin - block * this.#capacity;
    if (block >= blocks) {
      throw new ArgumentError(
        `the circuit fills more than the ${blocks} blocks that its settings have; give the settings that it was compiled ` +
          "with",
      );
    }
    const row = Math.floor(inside / innerCols);
    return this.cell(side * this.#places + block * innerCols + inside - row * innerCols, row);
  }

  /** Turns a gate on at `count` coordinates from `lin` on. */
  gate(gate: typeof CELL_GATES[number], lin: number, count: number): void {
    const which = CELL_GATES.indexOf(gate);
    for (let at = lin; at < lin + count; at++) this.#mark((place) => CELL_GATES.length * place + which, at);
  }

  /** Turns a gate of a row on. */
  rowGate(gate: typeof ROW_GATES[number], lin: number): void {
    const first = CELL_GATES.length * this.#places, which = ROW_GATES.indexOf(gate), { innerCols } = this.columns;
    this.#mark((place) => first + ROW_GATES.length * Math.floor(place / innerCols) + which, lin);
  }

  /** Turns a table's lookup on. */
  lookupGate(op: LookupOp, lin: number, count: number): void {
    const { lookups, simpleSelectors } = this.columns, which = this.#lookups.indexOf(JSON.stringify(op));
    if (which < 0 || which >= lookups) throw missing(`the table ${JSON.stringify(op)}`);
    for (let at = lin; at < lin + count; at++) {
      this.#mark((place) => simpleSelectors + which * this.#places + place, at);
    }
  }

  /** Turns a range check on. */
  rangeGate(range: readonly [bigint, bigint], lin: number, count: number): void {
    const { lookups, simpleSelectors } = this.columns, which = this.#ranges.indexOf(String(range));
    if (which < 0) throw missing(`the range check ${range}`);
    const first = simpleSelectors + (lookups + which) * this.#places;
    for (let at = lin; at < lin + count; at++) this.#mark((place) => first + place, at);
  }

  /** Turns a shuffle on: `count` rows of the table from `row` on, and as many coordinates that ask it. */
  shuffleGate(row: number, lin: number, count: number): void {
    const { lookups, rangeColumns, simpleSelectors, usable } = this.columns;
    const block = Math.floor(row / usable);
    const first = simpleSelectors + (lookups + rangeColumns.length) * this.#places + block * (1 + this.#places);
    for (let at = row; at < row + count; at++) this.#turnOn(first, at % usable);
    for (let at = lin; at < lin + count; at++) this.#mark((place) => first + 1 + place, at);
  }

  #mark(selector: (place: number) => number, lin: number): void {
    const { innerCols } = this.columns;
    const block = Math.floor(lin / this.#capacity), inside = lin - block * this.#capacity;
    this.#turnOn(selector(block * innerCols + inside % innerCols), Math.floor(inside / innerCols));
  }

  #turnOn(selector: number, row: number): void {
    this.selectors[selector][row >> 3] |= 1 << (row & 7);
  }

  /** Writes a value that stands in no other cell. */
  write(cell: number, value: Felt): void {
    if (this.advice === null) return;
    const column = this.advice[Math.floor(cell / this.columns.rows)], row = cell % this.columns.rows;
    if (typeof value === "number") column.small[row] = value;
    else column.large.set(row, value);
  }
}

function missing(what: string): ArgumentError {
  return new ArgumentError(
    `the circuit uses ${what}, which its settings do not have; give the settings that it was compiled with`,
  );
}
