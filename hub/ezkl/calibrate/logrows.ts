/**
 * How many rows a circuit needs for its tables, by EZKL's rule.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { GraphSettings } from "../format/settings.ts";
import { columnsOf, tableColumnsFor } from "../../halo2/circuit/columns.ts";

/** Fewest rows of any circuit, as log2. */
export const MIN_LOGROWS: number = 6;

/** Most rows that the published ceremony serves, as log2. */
export const MAX_LOGROWS: number = 26;

/** The longest domain that the field has, as log2. */
const TWO_ADICITY = 28;

/** Columns that EZKL gives a table at most. */
const MAX_TABLE_COLUMNS = 12;

/** Rows of a table that stay free. */
const TABLE_RESERVED = 8n;

/** What the forward passes of a circuit met. */
export interface Extremes {
  /** The smallest input of a table, at most 0. */
  minLookup: number;
  /** The largest input of a table, at least 0. */
  maxLookup: number;
  /** The widest range that is checked. */
  maxRange: number;
}

/** The lookup range that leaves room for values `margin` times as large as those met. */
export function safeLookupRange({ minLookup, maxLookup }: Extremes, margin: number): [bigint, bigint] {
  return [BigInt(Math.floor(minLookup * margin)), BigInt(Math.ceil(maxLookup * margin))];
}

/**
 * The logrows of a circuit whose settings were counted and whose tables have to
 * cover `range` and `maxRange`.
 * @throws {ArgumentError} saying what is too large, where no number of rows up to `maxLogrows` will do
 */
export function logrowsFor(
  settings: GraphSettings,
  range: readonly [bigint, bigint],
  maxRange: number,
  margin: number,
  maxLogrows: number = MAX_LOGROWS,
): number {
  const width = range[1] - range[0];
  const limit = BigInt(MAX_TABLE_COLUMNS) * 2n ** BigInt(MAX_LOGROWS);
  if (width > BigInt(Math.floor(Number(limit) / margin)) || BigInt(maxRange) > limit) {
    throw new ArgumentError(
      `a table from ${range[0]} to ${range[1]} and range checks of ${maxRange} are beyond what EZKL makes; ` +
        `take smaller scales`,
    );
  }
  const least = smallest(settings);
  const widest = width > BigInt(maxRange) ? width : BigInt(maxRange);
  const rows = Math.max(
    ceilLog2(BigInt(settings.numRows) + TABLE_RESERVED),
    ceilLog2(widest + TABLE_RESERVED + 1n),
    ceilLog2(BigInt(Math.ceil(settings.totalConstSize / settings.runArgs.numInnerCols))),
  );
  const wanted = Math.max(least, Math.min(maxLogrows, MAX_LOGROWS, rows));
  for (let logrows = wanted; logrows >= least; logrows--) {
    if (fits(settings, widest, logrows)) return logrows;
  }
  throw new ArgumentError(
    `its tables of ${widest} rows take more than ${MAX_TABLE_COLUMNS} columns of 2^${wanted} rows; take smaller scales, ` +
      `a smaller decompBase, or a larger maxLogrows`,
  );
}

/** The fewest rows that the tables, range checks and public values leave, with the cells in more columns. */
export function leastLogrows(settings: GraphSettings): number {
  const [low, high] = settings.runArgs.lookupRange;
  const checks = settings.requiredRangeChecks.map(([from, to]) => ceilLog2(to - from + 1n));
  return Math.max(
    MIN_LOGROWS,
    ceilLog2(high - low + TABLE_RESERVED),
    ceilLog2(instances(settings) + TABLE_RESERVED),
    ceilLog2(BigInt(settings.maxDynamicInputLen) + TABLE_RESERVED),
    ...checks,
  );
}

function smallest(settings: GraphSettings): number {
  const shuffled = BigInt(settings.totalDynamicColSize + settings.totalShuffleColSize);
  return Math.max(MIN_LOGROWS, ceilLog2(instances(settings)), ceilLog2(shuffled));
}

function fits(settings: GraphSettings, widest: bigint, logrows: number): boolean {
  if (tableColumnsFor([0n, widest], 2 ** logrows) > MAX_TABLE_COLUMNS) return false;
  const runArgs = { ...settings.runArgs, logrows, lookupRange: [0n, widest] as [bigint, bigint] };
  return logrows + Math.log2(columnsOf({ ...settings, runArgs }).extension) <= TWO_ADICITY;
}

function instances({ modelInstanceShapes }: GraphSettings): bigint {
  return BigInt(modelInstanceShapes.reduce((sum, shape) => sum + sizeOf(shape), 0));
}

/** The smallest k with 2^k at least `count`; 0 for 1 and less. */
function ceilLog2(count: bigint): number {
  return count <= 1n ? 0 : (count - 1n).toString(2).length;
}
