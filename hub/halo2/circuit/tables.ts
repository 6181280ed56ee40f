/**
 * Lookups in fixed tables: table operations, and range checks, which are tables of one
 * column. Where a table is longer than a column it is cut into several, and the second
 * input of the place says which one is meant: the lookups in all the others are then of a
 * row that they always have, their first.
 * @module
 */
import { FIELD_MODULUS, unsignedOf } from "../../ezkl/format/field.ts";
import { type ColumnSettings, columnsOf, TABLE_RESERVED_ROWS } from "./columns.ts";
import type { Column, Draft } from "./draft.ts";
import { constant, difference, type Expression, product, sum } from "./expression.ts";
import type { Place, Tensors } from "./tensors.ts";

/**
 * How the program that made a key multiplied a list: as a parallel reduction, which splits
 * it in two down to this depth. Native EZKL and the engine in browsers split all the way,
 * the engine made for one thread once. Tables of one or two columns are the same for all.
 */
export type SplitDepth = number;

/** The depths at which the keys of `settings` may have been made, the likeliest first. */
export function splitDepths(settings: ColumnSettings): SplitDepth[] {
  const { tableColumns, rangeColumns } = columnsOf(settings);
  const widest = Math.max(tableColumns, ...rangeColumns);
  // Native EZKL on a single thread stops splitting at the third level.
  return widest <= 2 ? [Infinity] : widest <= 8 ? [Infinity, 1] : [Infinity, 1, 3];
}

/** A table, or a range, in fixed columns. */
export interface FixedTable {
  /** The smallest input. */
  low: bigint;
  /** The columns of the inputs. */
  inputs: Column[];
  /** The columns of the outputs; none for a range check. */
  outputs: Column[] | null;
  /** The output for an input, a whole number. */
  value: (input: number) => number;
}

/** Adds the selectors, lookups and gates of one table at every place. */
export function addTable(draft: Draft, table: FixedTable, { places }: Tensors, rows: number, depth: SplitDepth): void {
  for (const place of places) addLookups(draft, table, place, rows, depth);
}

function addLookups(draft: Draft, table: FixedTable, place: Place, rows: number, depth: SplitDepth): void {
  const { low, inputs, outputs, value } = table;
  const width = inputs.length;
  const selector = draft.select(false);
  const which = width === 1 ? constant(1n) : draft.read(place.y);
  for (let column = 0; column < width; column++) {
    const first = low + BigInt(column * (rows - TABLE_RESERVED_ROWS));
    const on = product(selector, chain(which, column, 0, width, depth));
    const off = difference(constant(onValue(column, width)), on);
    const input = (cell: Expression, atFirst: bigint) =>
      sum(product(on, cell), product(off, constant(unsignedOf(atFirst))));
    const lookup = {
      input: [input(draft.read(place.x), first)],
      table: [draft.read(inputs[column])],
    };
    if (outputs) {
      lookup.input.push(input(draft.read(place.output), BigInt(value(Number(first)))));
      lookup.table.push(draft.read(outputs[column]));
    }
    draft.lookups.push(lookup);
  }
  draft.gates.push(product(selector, width === 1 ? constant(0n) : isColumn(which, width)));
}

/** Not zero for the column meant, zero for the other columns of the table. */
function chain(which: Expression, column: number, from: number, to: number, depth: SplitDepth): Expression {
  if (to - from >= 2 && depth > 0) {
    const middle = from + Math.floor((to - from) / 2);
    return product(
      chain(which, column, from, middle, depth - 1),
      chain(which, column, middle, to, depth - 1),
    );
  }
  let all = constant(1n);
  for (let other = from; other < to; other++) {
    if (other !== column) all = product(all, other === 0 ? which : difference(constant(BigInt(other)), which));
  }
  return all;
}

/** What the chain is for its own column: also what a table's values are multiplied by, so that other columns' rows are none. */
export function onValue(column: number, width: number): bigint {
  let all = 1n;
  for (let other = 0; other < width; other++) {
    if (other !== column) all *= BigInt(other === 0 ? column : other - column);
  }
  return (all % FIELD_MODULUS + FIELD_MODULUS) % FIELD_MODULUS;
}

/** Zero for the number of a column of the table, and for nothing else. */
function isColumn(which: Expression, width: number): Expression {
  let all = constant(1n);
  for (let column = 0; column < width; column++) all = product(all, difference(which, constant(BigInt(column))));
  return all;
}
