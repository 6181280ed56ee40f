/**
 * The columns of a circuit: how many blocks its cells fill, and what columns, selectors
 * and degree follow from that. Everything here is decided by the settings alone.
 * @module
 */
import type { LookupOp } from "../../ezkl/format/operations.ts";
import type { GraphSettings } from "../../ezkl/format/settings.ts";

/** Rows at the end of every column that hold blinding values, and the one before them. */
export const RESERVED_ROWS = 6;

/** Rows that a column of a table leaves free. */
export const TABLE_RESERVED_ROWS = 8;

/** Rows that EZKL counts for the hash of so many elements; it takes a few less. */
export function hashRows(elements: number): number {
  return 41 * elements + 2;
}

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
  | "moduleSizes"
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
  /** Columns of committed inputs, outputs and weights. */
  commitColumns: number;
  /** Whether something is hashed in the circuit. */
  hasPoseidon: boolean;
  /** Fixed columns of the hash, which stand behind those of the constants. */
  hashColumns: number;
  /** Columns of one cell a row that the dynamic lookups and shuffles fill; 0 without them. */
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
  /** Selectors of the arithmetic and, before them, three of the hash, which are packed together. */
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

/** The table operations, each once: EZKL makes no second table of one. */
export function distinctLookups({ requiredLookups }: Pick<GraphSettings, "requiredLookups">): LookupOp[] {
  return distinct(requiredLookups, (op) => Object.values(op).join(" "));
}

/** The range checks, each once. */
export function distinctRanges(
  { requiredRangeChecks }: Pick<GraphSettings, "requiredRangeChecks">,
): [low: bigint, high: bigint][] {
  return distinct(requiredRangeChecks, ([low, high]) => `${low} ${high}`);
}

function distinct<T>(list: readonly T[], name: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [name(item), item])).values()];
}

/**
 * The columns that `settings` ask for.
 *
 * A block holds `innerCols * (2^logrows - 6)` cells. The degree is that of the running
 * product gate (`innerCols + 2`), of a dot product (3), or of the widest lookup: 4 and one
 * more for each column of its table; a shuffle has 6, and so has a round of the hash.
 */
export function columnsOf(settings: ColumnSettings): Columns {
  const { runArgs, totalConstSize, moduleSizes } = settings;
  const { logrows, numInnerCols: innerCols } = runArgs;
  const rows = 2 ** logrows, usable = rows - RESERVED_ROWS;
  const blocks = columnsFor(settings.totalAssignments, innerCols * usable);
  const hasShuffles = settings.numShuffles > 0 || settings.numDynamicLookups > 0;
  const shuffleBlocks = hasShuffles
    ? columnsFor(settings.totalDynamicColSize + settings.totalShuffleColSize, usable)
    : 0;
  const commitColumns = moduleSizes.polycommit.reduce((sum, size) => sum + columnsFor(size, usable), 0);
  const { inputVisibility, paramVisibility, outputVisibility } = runArgs;
  const hashes = [inputVisibility, paramVisibility, outputVisibility].some((sees) => typeof sees === "object");
  const hasPoseidon = hashes && moduleSizes.poseidon[1][0] > 0;
  const constantColumns = totalConstSize > 0 ? columnsFor(totalConstSize, usable) : Number(hashes);
  const lookups = distinctLookups(settings).length;
  const tableColumns = lookups > 0 ? tableColumnsFor(runArgs.lookupRange, rows) : 0;
  const rangeColumns = distinctRanges(settings).map((range) => tableColumnsFor(range, rows));
  const adviceColumns = commitColumns + 3 * blocks * innerCols + 3 * shuffleBlocks + (hasPoseidon ? 3 : 0);
  const places = blocks * innerCols;
  const widest = Math.max(tableColumns, ...rangeColumns, 0);
  const degree = Math.max(3, innerCols + 2, widest > 0 ? 4 + widest : 0, hasShuffles || hasPoseidon ? 6 : 0);
  const memories = Number(settings.numDynamicLookups > 0) + Number(settings.numShuffles > 0);
  return {
    logrows,
    rows,
    usable,
    innerCols,
    blocks,
    commitColumns,
    hasPoseidon,
    hashColumns: hasPoseidon ? 4 : 0,
    shuffleBlocks,
    constantColumns,
    lookups,
    tableColumns,
    rangeColumns,
    adviceColumns,
    // The hash has a column that is bound to none, and two of constants that are.
    permutationColumns: adviceColumns + 1 + constantColumns + (hasPoseidon ? 1 : 0),
    lookupArguments: places * (lookups * tableColumns + rangeColumns.reduce((sum, columns) => sum + columns, 0)),
    complexSelectors: places * (lookups + rangeColumns.length) + memories * shuffleBlocks * (1 + places),
    simpleSelectors: (hasPoseidon ? 3 : 0) + blocks * (3 * innerCols + 6),
    degree,
    extension: 2 ** Math.ceil(Math.log2(degree - 1)),
  };
}

/** The fixed columns of the constants, the hash and the tables; those of the selectors stand behind them. */
export function columnsBeforeSelectors(columns: Columns): number {
  const { constantColumns, hashColumns, lookups, tableColumns, rangeColumns } = columns;
  // All table operations share the columns of their inputs.
  const tables = lookups > 0 ? tableColumns * (1 + lookups) : 0;
  return constantColumns + hashColumns + tables + rangeColumns.reduce((sum, width) => sum + width, 0);
}
