/**
 * What a prover has of a circuit: the fixed columns and those of the permutation, and the key that commits to them.
 * @module
 */
import type { Pause } from "../../../core/base/pauses.ts";
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import type { Commitment, VerifyingKey } from "../circuit/verifying_key.ts";
import { type G1Point, power, R } from "../curve/bn254.ts";
import { multiScalar, sumAtBits } from "../curve/multi_scalar.ts";
import { DELTA, rootOfUnity } from "../curve/scalars.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { Domain } from "../kernels/domain.ts";
import { loadPoints } from "../kernels/points.ts";
import { stepPoints } from "../kernels/step_points.ts";
import { BLINDING_ROWS } from "../verify/lagrange.ts";
import type { CircuitCells } from "../keys/circuit_cells.ts";
import { type ColumnValues, writeElements } from "../keys/column_values.ts";
import { fixedColumns } from "../keys/fixed_columns.ts";
import { permutationOf } from "../keys/permutation.ts";
import type { Crew, Job } from "./jobs.ts";
import { Tools } from "./tools.ts";

/** A circuit in the prover's memory. */
export interface CircuitColumns {
  /** Its constraints. */
  readonly system: ConstraintSystem;
  /** Addresses of the fixed columns. */
  readonly fixed: readonly number[];
  /** Which of the fixed columns are 0 in all rows: selectors of what the circuit does not use. */
  readonly unused: ReadonlySet<number>;
  /** Addresses of the permutation's columns. */
  readonly permutation: readonly number[];
  /** How many cells of each of them belong to a cycle of more than one. */
  readonly moved: readonly number[];
  /** w^i in row i. */
  readonly names: number;
  /** 1 in the first row, in the one that ends the arguments, and in all between; 0 in all others. */
  readonly rows: Readonly<Record<"first" | "last" | "active", number>>;
  /** Room for what the first proof works out of the circuit's own columns; null where that is too much to keep. */
  readonly kept: KeptCosets | null;
}

/** A circuit's own columns in all cosets. */
export interface KeptCosets {
  /** By address of a column, that of its values in each coset. */
  readonly columns: ReadonlyMap<number, readonly number[]>;
  /** Which cosets are there. */
  readonly filled: boolean[];
}

/** The most bytes that are kept from proof to proof. */
const MOST_KEPT = 2 ** 28;

/** Tools for circuits of `settings`; `lagrange` are the points in Lagrange form of a reference string of their logrows. */
export function toolsFor(
  settings: GraphSettings,
  system: ConstraintSystem,
  lagrange: Uint8Array,
  kernels: Kernels,
): Tools {
  const { logrows } = settings.runArgs;
  const { tables } = new Domain(kernels, { logrows, cosets: system.degree - 1 });
  const rows = 2 ** logrows, points = loadPoints(kernels, lagrange, rows);
  return new Tools(kernels, tables, {
    rows: points,
    steps: stepPoints(kernels, points, rows, rows - BLINDING_ROWS - 1),
  });
}

/** Lays a circuit's columns into the prover's memory, with pauses. */
export async function layColumns(
  tools: Tools,
  settings: GraphSettings,
  system: ConstraintSystem,
  cells: CircuitCells,
  pause: Pause,
): Promise<CircuitColumns> {
  const { domain } = tools;
  const names = domain.column(), root = rootOfUnity(domain.logrows);
  tools.powers(1n, root, power(root, BigInt(domain.vectors), R), names);
  const fixed = fixedColumns(settings, system, cells);
  const isZero = ({ small, large }: ColumnValues) => large.size === 0 && small.every((value) => value === 0);
  await pause();
  const laid: number[] = [];
  for (const values of fixed) {
    laid.push(layValues(tools, values));
    await pause();
  }
  const unused = new Set(fixed.flatMap((values, index) => isZero(values) ? [index] : []));
  const next = permutationOf(system.permutation.length * domain.rows, cells.copies);
  await pause();
  const permutation = await layPermutation(tools, names, next, pause);
  const moved = permutation.map((_, column) => {
    const start = column * domain.rows;
    return next.subarray(start, start + domain.rows).reduce((sum, to, row) => sum + (to === start + row ? 0 : 1), 0);
  });
  const end = domain.rows - BLINDING_ROWS - 1;
  const rows = {
    first: indicator(tools, [0]),
    last: indicator(tools, [end]),
    active: indicator(tools, Array.from({ length: end }, (_, row) => row)),
  };
  const used = [...laid.filter((_, index) => !unused.has(index)), ...permutation, ...Object.values(rows)];
  const kept = keepCosets(tools, used, system.degree - 1);
  return { system, names, rows, fixed: laid, unused, permutation, moved, kept };
}

/** A column that is 1 in some rows and 0 in all others. */
function indicator(tools: Tools, rows: readonly number[]): number {
  const column = tools.domain.column();
  tools.elements().fill(0);
  for (const row of rows) tools.elements()[8 * row] = 1;
  tools.read(tools.words, column);
  return column;
}

function keepCosets({ domain }: Tools, columns: readonly number[], cosets: number): KeptCosets | null {
  if (columns.length * cosets * domain.bytes > MOST_KEPT) return null;
  return {
    columns: new Map(columns.map((column) => [column, Array.from({ length: cosets }, () => domain.column())])),
    filled: new Array<boolean>(cosets).fill(false),
  };
}

/** A column of values in the prover's memory. */
export function layValues(tools: Tools, values: ColumnValues): number {
  const column = tools.domain.column();
  writeElements(values, tools.elements());
  tools.read(tools.words, column);
  return column;
}

/** A column of the permutation is committed to as it is where so many of its cells are in cycles. */
const MOSTLY_MOVED = 0.9;

/**
 * The key of a circuit, whose selectors are compressed. `identity` is the commitment to the names, the second point of a
 * reference string: a column of the permutation is a multiple of the names but for the cells that are in cycles.
 */
export async function commitColumns(
  crew: Crew,
  tools: Tools,
  { fixed, permutation, moved, names }: CircuitColumns,
  selectors: readonly Uint8Array[],
  identity: G1Point,
): Promise<VerifyingKey> {
  const { domain: { rows } } = tools;
  const deltas = permutation.map((_, index) => power(DELTA, BigInt(index), R));
  const isSparse = moved.map((count) => count < MOSTLY_MOVED * rows);
  const jobs = [...fixed, ...permutation].map((column, index): Job => {
    const own = index - fixed.length;
    if (own < 0 || !isSparse[own]) return { kind: "commit", column };
    return { kind: "commitRest", column, less: names, factor: deltas[own] };
  });
  const points = await crew.all(jobs) as Commitment[];
  return {
    logrows: tools.domain.logrows,
    fixed: points.slice(0, fixed.length),
    permutation: points.slice(fixed.length).map((rest, index) => {
      if (!isSparse[index]) return rest;
      const usual = multiScalar([identity], [deltas[index]]);
      return rest === null ? usual : sumAtBits([rest, usual!].map((point) => ({ point, bit: 0 })));
    }),
    selectors,
  };
}

/** Each cell's column has the name of the next of its cycle: delta^column w^row. */
async function layPermutation(tools: Tools, names: number, next: Int32Array, pause: Pause): Promise<number[]> {
  const { kernels, domain } = tools, { rows, vectors } = domain, { form: { lanes } } = kernels;
  const count = next.length / rows;
  const columns = Array.from({ length: count }, () => domain.column());
  const mark = kernels.mark();
  const deltas = Array.from({ length: count }, (_, column) => {
    return kernels.put(kernels.r, power(DELTA, BigInt(column), R), kernels.take(kernels.bytes));
  });
  const elements = Array.from({ length: rows }, (_, row) => domain.element(names, row));
  const address = kernels.take(8 * rows);
  for (const [column, out] of columns.entries()) {
    const pairs = kernels.words(address, 2 * rows);
    for (let row = 0; row < rows; row++) {
      const cell = next[column * rows + row], at = 2 * (row % vectors * lanes + Math.floor(row / vectors));
      pairs[at] = elements[cell % rows];
      pairs[at + 1] = deltas[Math.floor(cell / rows)];
    }
    kernels.r.call.multiplyAt(address, out, vectors);
    await pause();
  }
  kernels.release(mark);
  return columns;
}
