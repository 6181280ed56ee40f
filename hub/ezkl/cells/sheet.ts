/**
 * The cells of a circuit while they are written: three tensors of blocks of columns with one running coordinate, the
 * columns beside them that are sorted and searched, constants, and which cells must be equal.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { GraphSettings } from "../format/settings.ts";
import { type Columns, columnsOf } from "../../halo2/circuit/columns.ts";
import { type ColumnValues, emptyColumn } from "../../halo2/keys/column_values.ts";
import type { Felt } from "./felt.ts";
import { Kind, NOWHERE, repeated, type Tensor } from "./tensor.ts";

/** One of the three tensors: both inputs of an operation, and its output. */
export type Side = 0 | 1 | 2;

/** Pairs of numbers in order, as many as come. */
class Pairs {
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

/** Cells being written. */
export class Sheet {
  /** The circuit's columns. */
  readonly columns: Columns;
  /** Values, by column; null where only the structure is asked for. */
  readonly advice: readonly ColumnValues[] | null;
  /** Constants with the first cell of each, in order. */
  readonly pending: [value: Felt, cell: number][] = [];
  readonly #copies = new Pairs();
  readonly #constants = new Map<Felt, number>();
  readonly #capacity: number;
  readonly #places: number;
  /** Columns of the tensors and of those beside them. */
  readonly #tensors: number;
  #settled = 0;

  /** No cell written yet; with `values` the witness is written down too. */
  constructor(settings: GraphSettings, values: boolean) {
    const columns = this.columns = columnsOf(settings);
    this.#places = columns.blocks * columns.innerCols;
    this.#tensors = 3 * (this.#places + columns.shuffleBlocks);
    this.#capacity = columns.innerCols * columns.usable;
    this.advice = values ? Array.from({ length: columns.adviceColumns }, () => emptyColumn(columns.rows)) : null;
  }

  /** Pairs of cells that are equal, in the order in which they were found to be. */
  get copies(): Int32Array<ArrayBuffer> {
    return this.#copies.all;
  }

  /** The cell of a row of a column, by its place among those whose cells may be bound: advice first, then constants. */
  cell(column: number, row: number): number {
    return column * this.columns.rows + row;
  }

  /** The cell of an instance: of the last column, or with a hash of the last but one. */
  instance(row: number): number {
    const { permutationColumns, hasPoseidon } = this.columns;
    return this.cell(permutationColumns - (hasPoseidon ? 2 : 1), row);
  }

  /** The cell of a row of the hash's state, whose columns stand behind those of the constants. */
  state(index: 0 | 1, row: number): number {
    return this.cell(this.#tensors + this.columns.constantColumns + index, row);
  }

  /** Writes what stands in the hash's third column, which is bound to none. */
  writePower(row: number, value: bigint): void {
    this.advice?.[this.#tensors + 2].large.set(row, value);
  }

  /** Gives a constant a cell of its own and holds `cell` to it. */
  fix(value: Felt, cell: number): void {
    this.pending.push([value, cell]);
    this.#settle(this.pending.length - 1);
  }

  /** Gives the constants that have none their cells. */
  settle(): void {
    for (let index = this.#settled; index < this.pending.length; index++) this.#settle(index);
  }

  #settle(index: number): void {
    const { usable } = this.columns;
    this.#settled = index + 1;
    this.copy(this.cell(this.#tensors + Math.floor(index / usable), index % usable), this.pending[index][1]);
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

  /** The cell of a row of the columns beside the blocks. */
  beside(side: Side, row: number): number {
    const { usable, shuffleBlocks } = this.columns, block = Math.floor(row / usable);
    if (block >= shuffleBlocks) {
      throw new ArgumentError(
        `the circuit sorts and searches more rows than the ${shuffleBlocks} columns that its settings have for it hold; ` +
          "give the settings that it was compiled with",
      );
    }
    return this.cell(3 * this.#places + side * shuffleBlocks + block, row % usable);
  }

  /** Notes that two cells are equal. */
  copy(a: number, b: number): void {
    this.#copies.push(a, b);
  }

  /** Puts a tensor's elements, repeated to the shape `dims`, in the cells that `cellAt` gives; gives them with these. */
  assign(tensor: Tensor, dims: readonly number[], cellAt: (at: number) => number): Tensor {
    const wide = repeated(tensor, dims), { values, kinds: before } = wide.elements!;
    const cells = new Int32Array(values.length), kinds = before.slice();
    for (let at = 0; at < cells.length; at++) {
      cells[at] = this.put(wide, at, cellAt(at));
      if (kinds[at] === Kind.instance) kinds[at] = Kind.value;
    }
    return { dims, elements: { values, cells, kinds } };
  }

  /** Puts one element in a cell. */
  put({ elements }: Tensor, at: number, cell: number): number {
    const { values, cells, kinds } = elements!, value = values[at];
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

  /** Writes a value that stands in no other cell. */
  write(cell: number, value: Felt): void {
    if (this.advice === null) return;
    const { rows, constantColumns } = this.columns, place = Math.floor(cell / rows), row = cell % rows;
    // The state stands behind the constants among the columns that are bound, and behind the tensors among advice.
    const column = this.advice[place < this.#tensors ? place : place - constantColumns];
    if (typeof value === "number") column.small[row] = value;
    else column.large.set(row, value);
  }
}
