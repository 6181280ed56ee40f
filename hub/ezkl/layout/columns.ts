/**
 * The columns of a circuit: how many blocks its cells fill, and what columns, selectors
 * and degree follow from that. Everything here is decided by the settings alone.
 * @module
 */
import type { GraphSettings } from "../format/settings.ts";

/** Rows at the end of every column that hold blinding values, and the one before them. */
export const RESERVED_ROWS = 6;

/** Rows that a column of a table leaves free. */
export const TABLE_RESERVED_ROWS = 8;

/** The settings that decide the columns. */
export type ColumnSettings = Pick<
  GraphSettings,
  | "runArgs"
  | "totalAssignments"
  | "totalConstSize"
  | "totalDynamicColSize"
  | "numDynamicLookups"
  | "numShuffles"
  | "totalShuffleColSize"
  | "requiredLookups"
  | "requiredRangeChecks"
>;

/** What the settings make of the grid. */
export interface Columns {
  /** log2 of the rows. */
  logrows: number;
  /** Rows, 2^logrows. */
  rows: number;
  /** Rows that hold cells, `rows` less 6. */
  usable: number;
  /** Columns of a block in each of the three tensors. */
  innerCols: number;
  /** Blocks of `innerCols` columns that the cells fill. */
  blocks: number;
  /** Columns of one cell a row that the shuffles fill; 0 without shuffles. */
  shuffleBlocks: number;
  /** Columns of the constants. */
  constantColumns: number;
  /** Table operations. */
  lookups: number;
  /** Columns of each table; 0 without table operations. */
  tableColumns: number;
  /** Columns of each range check, in their order. */
  rangeColumns: number[];
  /** Columns that the prover fills. */
  adviceColumns: number;
  /** Columns whose cells may be bound to each other. */
  permutationColumns: number;
  /** Lookup arguments: one for every column of a table or range, block and inner column. */
  lookupArguments: number;
  /** Selectors of the lookups, range checks and shuffles, which never share a column. */
  complexSelectors: number;
  /** Selectors of the arithmetic, which are packed together. */
  simpleSelectors: number;
  /** Highest degree of a constraint. */
  degree: number;
  /** How many times longer than a column its extended form is. */
  extension: number;
}

/** Whole columns of `capacity` cells that `cells` fill by EZKL's rule, which counts the cell repeated at each border. */
export function columnsFor(cells: number, capacity: number): number {
  const borders = Math.floor(cells / capacity) + 1;
  return Math.floor((cells + borders) / capacity) + 1;
}

/** Columns that a table over `low` to `high` takes where a column has `rows` rows. */
export function tableColumnsFor([low, high]: readonly [bigint, bigint], rows: number): number {
  return Number((high - low) / BigInt(rows - TABLE_RESERVED_ROWS)) + 1;
}

/**
 * The columns that `settings` ask for.
 *
 * A block holds `innerCols * (2^logrows - 6)` cells. The degree is that of the running
 * product gate (`innerCols + 2`), of a dot product (3), or of the widest lookup: 4 and one
 * more for each column of its table; a shuffle has 6.
 */
export function columnsOf(settings: ColumnSettings): Columns {
  const { runArgs, totalConstSize, requiredLookups, requiredRangeChecks } = settings;
  const { logrows, numInnerCols: innerCols } = runArgs;
  const rows = 2 ** logrows, usable = rows - RESERVED_ROWS;
  const blocks = columnsFor(settings.totalAssignments, innerCols * usable);
  const hasShuffles = settings.numShuffles > 0 || settings.numDynamicLookups > 0;
  const shuffleBlocks = hasShuffles
    ? columnsFor(settings.totalDynamicColSize + settings.totalShuffleColSize, usable)
    : 0;
  const constantColumns = totalConstSize > 0 ? columnsFor(totalConstSize, usable) : 0;
  const lookups = requiredLookups.length;
  const tableColumns = lookups > 0 ? tableColumnsFor(runArgs.lookupRange, rows) : 0;
  const rangeColumns = requiredRangeChecks.map((range) => tableColumnsFor(range, rows));
  const adviceColumns = 3 * blocks * innerCols + 3 * shuffleBlocks;
  const places = blocks * innerCols;
  const widest = Math.max(tableColumns, ...rangeColumns, 0);
  const degree = Math.max(3, innerCols + 2, widest > 0 ? 4 + widest : 0, hasShuffles ? 6 : 0);
  return {
    logrows,
    rows,
    usable,
    innerCols,
    blocks,
    shuffleBlocks,
    constantColumns,
    lookups,
    tableColumns,
    rangeColumns,
    adviceColumns,
    permutationColumns: adviceColumns + 1 + constantColumns,
    lookupArguments: places * (lookups * tableColumns + rangeColumns.reduce((sum, columns) => sum + columns, 0)),
    complexSelectors: places * (lookups + rangeColumns.length) + shuffleBlocks * (1 + places),
    simpleSelectors: blocks * (3 * innerCols + 6),
    degree,
    extension: 2 ** Math.ceil(Math.log2(degree - 1)),
  };
}
