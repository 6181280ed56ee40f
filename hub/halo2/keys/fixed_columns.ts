/**
 * The columns that the keys fix: constants, tables, range checks and, last, selectors.
 * @module
 */
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import {
  columnsBeforeSelectors,
  columnsOf,
  distinctLookups,
  distinctRanges,
  TABLE_RESERVED_ROWS,
} from "../circuit/columns.ts";
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import { lookupFunction } from "../circuit/table_functions.ts";
import { onValue } from "../circuit/tables.ts";
import { R } from "../curve/bn254.ts";
import type { CircuitCells } from "./circuit_cells.ts";
import { type ColumnValues, emptyColumn, setValue } from "./column_values.ts";

/** The fixed columns of a circuit, in order. */
export function fixedColumns(settings: GraphSettings, system: ConstraintSystem, cells: CircuitCells): ColumnValues[] {
  const columns = columnsOf(settings), { rows, usable, constantColumns } = columns;
  const all = Array.from({ length: system.columns.fixed }, () => emptyColumn(rows));
  cells.constants.forEach((value, index) => setValue(all[Math.floor(index / usable)], index % usable, value));
  for (const { row, constants } of cells.hashRounds ?? []) {
    constants.forEach((value, index) => setValue(all[constantColumns + index], row, value));
  }
  let next = constantColumns + columns.hashColumns;
  const take = (count: number) => all.slice(next, next += count);
  const table = (targets: readonly ColumnValues[], low: number, high: number, value: (input: number) => number) =>
    writeTable(targets, rows, usable, low, high, value);
  const low = Number(settings.runArgs.lookupRange[0]), all_rows = Infinity;
  distinctLookups(settings).forEach((op, index) => {
    // All tables share the columns of their inputs.
    if (index === 0) table(take(columns.tableColumns), low, all_rows, (input) => input);
    table(take(columns.tableColumns), low, all_rows, lookupFunction(op));
  });
  distinctRanges(settings).forEach(([first, last], index) => {
    table(take(columns.rangeColumns[index]), Number(first), Number(last), (input) => input);
  });
  const before = columnsBeforeSelectors(columns);
  system.selectors.forEach(({ column, number }, selector) => {
    const { small } = all[before + column], bits = cells.selectors[selector];
    for (let row = 0; row < rows; row++) if (bits[row >> 3] >> (row & 7) & 1) small[row] = number;
  });
  return all;
}

/** A table cut into columns; what is left of a column has its first value. */
function writeTable(
  targets: readonly ColumnValues[],
  rows: number,
  usable: number,
  low: number,
  high: number,
  value: (input: number) => number,
): void {
  const length = rows - TABLE_RESERVED_ROWS;
  targets.forEach((column, index) => {
    const factor = onValue(index, targets.length);
    const signed = factor > R / 2n ? factor - R : factor;
    const at = (input: number): number | bigint => {
      const found = value(input);
      return signed === 1n && Number.isSafeInteger(found) ? found : BigInt(found) * signed % R;
    };
    const first = low + index * length, start = at(first);
    for (let row = 0; row < usable; row++) {
      const input = first + row;
      setValue(column, row, row < length && input <= high ? at(input) : start);
    }
  });
}
