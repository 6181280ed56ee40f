/**
 * What a circuit costs before any key is made: sizes of the keys, memory, and time.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { GraphSettings } from "../format/settings.ts";
import { type Columns, columnsOf, RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import { pkBytesOf, vkBytesOf } from "../../halo2/circuit/key_bytes.ts";
import type { Layout } from "./layout.ts";
import { type PriceSeconds, proverSeconds } from "./prover_seconds.ts";
import { packedSelectors } from "../cells/selectors.ts";

/** Who makes keys and proofs: zkgrad's own prover, or EZKL's engine, the npm package `@ezkljs/engine`. */
export type ProverName = "zkgrad" | "ezkljs";

/** What a circuit costs. */
export interface Price {
  /** Whose memory and time these are. */
  prover: ProverName;
  /** Cells of the layout. */
  cells: number;
  /** Rows of cells, `numInnerCols` each. */
  rows: number;
  /** log2 of the rows of the grid. */
  logrows: number;
  /** Columns of a block. */
  numInnerCols: number;
  /** Blocks that the cells fill. */
  blocks: number;
  /** Columns that the prover fills. */
  adviceColumns: number;
  /** Columns that the keys fix. */
  fixedColumns: number;
  /** Columns whose cells may be bound to each other. */
  permutationColumns: number;
  /** Columns of the widest table or range check. */
  tableColumns: number;
  /** Arguments that a value stands in a table. */
  lookupArguments: number;
  /** How many times longer than a column its extended form is. */
  extension: number;
  /** Public values. */
  instances: number;
  /** Bytes of the verifying key, made with compressed selectors. */
  vkBytes: number;
  /** Bytes of the proving key in EZKL's format, which zkgrad's prover neither needs nor makes unasked. */
  pkBytes: number;
  /** Bytes of the prover's memory while it makes the keys or a proof. */
  heapBytes: number;
  /** Time on one thread. */
  seconds: PriceSeconds;
}

/** A circuit that the prover could not hold. */
export class CircuitTooLargeError extends ZkgradError {
  /** The class, as text. */
  override name = "CircuitTooLargeError";
}

const MIB = 2 ** 20, GIB = 2 ** 30;

/** WebAssembly's memory is at most 4 GiB, and some of the engine's is lost between its blocks. */
export const MAX_HEAP_BYTES: number = 3.6 * GIB;

/** The largest proving key that leaves room for a proof. */
export const MAX_PK_BYTES = 950e6;

/** log2 of the most rows that the provers' memory can hold a circuit of. */
export const MAX_LOGROWS_HERE = 20;

/** Columns that EZKL gives a table at most. */
export const MAX_TABLE_COLUMNS = 12;

/**
 * The price of a circuit of `settings`.
 *
 * With `layout`, laid in keygen mode for the same settings, the bytes of both keys are
 * exact. Without it the arithmetic's selectors are packed as if none ever met in a row, and
 * the keys come out a few columns too small.
 *
 * Memory and time are fits to measurements of the prover with one thread on a 2-core
 * machine: memory within a third, time within a factor of two.
 */
export function estimatePrice(
  settings: GraphSettings,
  layout: Layout | null = null,
  prover: ProverName = "zkgrad",
): Price {
  const columns = columnsOf(settings);
  const fixedColumns = fixedColumnsOf(columns) + packedSelectors(columns, layout?.selectors ?? null);
  const vkBytes = vkBytesOf(columns, fixedColumns, true), pkBytes = pkBytesOf(columns, fixedColumns, true);
  const isOwn = prover === "zkgrad";
  return {
    prover,
    cells: settings.totalAssignments,
    rows: settings.numRows,
    logrows: columns.logrows,
    numInnerCols: columns.innerCols,
    blocks: columns.blocks,
    adviceColumns: columns.adviceColumns,
    fixedColumns,
    permutationColumns: columns.permutationColumns,
    tableColumns: Math.max(columns.tableColumns, ...columns.rangeColumns),
    lookupArguments: columns.lookupArguments,
    extension: columns.extension,
    instances: settings.modelInstanceShapes.reduce((sum, shape) => sum + sizeOf(shape), 0),
    vkBytes,
    pkBytes,
    heapBytes: isOwn
      ? ownHeapBytes(columns, fixedColumns)
      : Math.round((pkBytes < 300e6 ? 4.7 : 3.8) * pkBytes + 30 * MIB),
    seconds: isOwn ? proverSeconds(settings, columns, fixedColumns) : secondsOf(columns, fixedColumns),
  };
}

/**
 * Refuses a circuit that its prover could not make keys or proofs of.
 * @throws {CircuitTooLargeError} naming the number, its limit and what would help
 */
export function checkFits(price: Price): void {
  const { prover, logrows, tableColumns, instances, pkBytes, heapBytes } = price;
  const most = 2 ** logrows - RESERVED_ROWS, who = prover === "zkgrad" ? "prover" : "engine";
  if (logrows > MAX_LOGROWS_HERE) {
    throw new CircuitTooLargeError(
      `the circuit has 2^${logrows} rows, and the ${who}'s memory holds at most 2^${MAX_LOGROWS_HERE}; take fewer logrows, ` +
        `so that the cells fill more blocks, or smaller scales`,
    );
  }
  if (tableColumns > MAX_TABLE_COLUMNS) {
    throw new CircuitTooLargeError(
      `a table or range check takes ${tableColumns} columns of 2^${logrows} rows, and at most ${MAX_TABLE_COLUMNS} are ` +
        `made; take smaller scales, a smaller decompBase with more decompLegs, or more logrows`,
    );
  }
  if (instances > most) {
    throw new CircuitTooLargeError(
      `the circuit shows ${instances} public values, and a column of 2^${logrows} rows holds ${most}; take more logrows, ` +
        `or make the inputs Private`,
    );
  }
  const advice =
    `to make it smaller, calibrate for fidelity, or take smaller scales, a scaleRebaseMultiplier of 10, a decompBase with fewer ` +
    `decompLegs, Fixed parameters, no range checks of inputs and outputs, or sums instead of averages in poolings`;
  if (price.cells >= 2 ** 32) {
    throw new CircuitTooLargeError(`the circuit has ${price.cells} cells, and EZKL counts to 2^32; ${advice}`);
  }
  if (prover === "zkgrad") {
    if (heapBytes <= MAX_HEAP_BYTES) return;
    throw new CircuitTooLargeError(
      `the circuit of ${price.cells} cells in ${price.blocks} blocks would need ${
        (heapBytes / GIB).toFixed(1)
      } GiB of memory, and the prover has ${(MAX_HEAP_BYTES / GIB).toFixed(1)} GiB; ${advice}`,
    );
  }
  if (pkBytes > MAX_PK_BYTES || heapBytes > MAX_HEAP_BYTES) {
    throw new CircuitTooLargeError(
      `the proving key of ${price.cells} cells in ${price.blocks} blocks would have ${
        Math.round(pkBytes / 1e6)
      } MB and ` +
        `need ${(heapBytes / GIB).toFixed(1)} GiB of memory; the engine holds a key of ${MAX_PK_BYTES / 1e6} MB in ` +
        `${(MAX_HEAP_BYTES / GIB).toFixed(1)} GiB; ${advice}`,
    );
  }
}

/** Fixed columns but those of the arithmetic's selectors. */
function fixedColumnsOf({ constantColumns, tableColumns, lookups, rangeColumns, complexSelectors }: Columns): number {
  const ranges = rangeColumns.reduce((sum, columns) => sum + columns, 0);
  return constantColumns + tableColumns * (1 + lookups) + ranges + complexSelectors;
}

/** Bytes of an element in the prover's memory. */
const ELEMENT = 40;

/** The most bytes of values in cosets that it keeps from proof to proof. */
const MOST_KEPT = 2 ** 28;

/**
 * What zkgrad's prover holds, in columns: the circuit's own with their values in all cosets, those of one proof, the
 * tables of transforms and the points of the reference string. Fits to 7 measurements from k = 9 to 14, within 10 %.
 */
function ownHeapBytes(columns: Columns, fixedColumns: number): number {
  const { rows, degree, adviceColumns, permutationColumns, lookupArguments } = columns;
  const own = fixedColumns + permutationColumns, column = ELEMENT * rows;
  const kept = own * (degree - 1) * column > MOST_KEPT ? 0 : own * (degree - 1);
  return Math.round(column * (own + kept + adviceColumns + 8 * lookupArguments + 80) + MIB);
}

/**
 * Fits to 14 measurements of the engine from k = 9 to 15, 1 to 8 blocks and 0 to 4 tables. A verifying key
 * commits to the permutation, a proving key extends every fixed column, and a proof extends
 * and opens every column and lookup argument. Committing to n values takes less than n times
 * as long as to one, hence the divisions by k.
 */
function secondsOf(columns: Columns, fixedColumns: number): PriceSeconds {
  const { logrows, rows, extension, adviceColumns, permutationColumns, lookupArguments } = columns;
  const kilorows = rows / 1024;
  const committed = adviceColumns + permutationColumns + fixedColumns + lookupArguments;
  const vk = 0.14 + kilorows * (0.11 + 0.069 * permutationColumns) * 12.5 / logrows;
  const pk = kilorows * (fixedColumns + permutationColumns) * extension * (84 + 8.8 * logrows) * 1e-5;
  const proof = 0.34 + kilorows * (0.2 + 0.0092 * extension * committed) * Math.sqrt(11 / logrows);
  return { keys: vk + pk, proof, verify: 0.02 + 0.0008 * committed };
}
