/**
 * Whether a circuit's cells satisfy it: equal cells are equal, and what is checked or looked up stands in its table.
 * Gates hold by the way in which cells are filled.
 * @module
 */
import type { GraphSettings } from "../format/settings.ts";
import { columnsOf, distinctLookups, distinctRanges } from "../../halo2/circuit/columns.ts";
import type { ColumnValues } from "../../halo2/keys/column_values.ts";
import type { Assignment } from "../assign/assign.ts";

/** What the cells of a circuit show. */
export interface CellReport {
  /** Whether all cells hold, but for what is looked up in tables. */
  holds: boolean;
  /** The smallest number that is looked up in a table, at most 0. */
  minLookup: bigint;
  /** The largest number that is looked up in a table, at least 0. */
  maxLookup: bigint;
}

/** Looks at all cells of an assignment with values. */
export function checkCells(settings: GraphSettings, { advice, copies, constants, selectors }: Assignment): CellReport {
  const columns = columnsOf(settings), { rows, usable, innerCols, blocks, simpleSelectors } = columns;
  const places = innerCols * blocks, cells = advice!;
  const valueAt = ({ small, large }: ColumnValues, row: number): number | bigint => large.get(row) ?? small[row];
  const at = (cell: number): number | bigint | null => {
    const column = Math.floor(cell / rows), row = cell % rows;
    if (column < cells.length) return valueAt(cells[column], row);
    const constant = (column - cells.length) * usable + row;
    return column < cells.length + columns.constantColumns ? constants[constant] ?? 0 : null;
  };
  let holds = true;
  for (let pair = 0; pair < copies.length && holds; pair += 2) {
    const a = at(copies[pair]), b = at(copies[pair + 1]);
    // What is shown is what the circuit gives; it has no cell of its own here.
    if (a !== null && b !== null && a != b) holds = false;
  }
  /** The extremes of the first operand wherever a selector of a family is on. */
  const extremes = (family: number): [low: number | bigint, high: number | bigint] => {
    let low: number | bigint = 0, high: number | bigint = 0;
    for (let place = 0; place < places; place++) {
      const bits = selectors[simpleSelectors + family * places + place], column = cells[place];
      for (let row = 0; row < usable; row++) {
        if (!(bits[row >> 3] >> (row & 7) & 1)) continue;
        const value = valueAt(column, row);
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    return [low, high];
  };
  const lookups = distinctLookups(settings).map((_, index) => extremes(index));
  distinctRanges(settings).forEach(([first, last], index) => {
    const [low, high] = extremes(lookups.length + index);
    if (low < (first < 0n ? first : 0n) || high > (last > 0n ? last : 0n)) holds = false;
  });
  return {
    holds,
    minLookup: lookups.reduce((least, [low]) => BigInt(low) < least ? BigInt(low) : least, 0n),
    maxLookup: lookups.reduce((most, [, high]) => BigInt(high) > most ? BigInt(high) : most, 0n),
  };
}
