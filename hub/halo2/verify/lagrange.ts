/**
 * The polynomials of single rows at x: l_i is 1 in row i and 0 in every other one.
 * @module
 */
import { power, R } from "../curve/bn254.ts";
import { inverses, rootOfUnity } from "../curve/scalars.ts";

/** Rows at the end of every column that hold what hides the others; the row before them ends the arguments. */
export const BLINDING_ROWS = 5;

/** What the constraints need of the rows at x. */
export interface Rows {
  /** x^n - 1, zero in every row. */
  vanishing: bigint;
  /** x^n. */
  powered: bigint;
  /** The first row. */
  first: bigint;
  /** The row that ends the arguments. */
  last: bigint;
  /** All rows before it. */
  active: bigint;
  /** The column of instances. */
  instance: bigint;
}

/** The rows at `x`; null where x is itself a row, which no honest challenge is. */
export function rowsAt(x: bigint, logrows: number, instances: readonly bigint[]): Rows | null {
  const n = 1n << BigInt(logrows);
  const root = rootOfUnity(logrows);
  const powered = power(x, n, R), vanishing = powered - 1n;
  // From the row that ends the arguments to the end of the column, then those of the instances.
  const before = BLINDING_ROWS + 1;
  const roots = [power(root, n - BigInt(before), R)];
  while (roots.length < before + Math.max(instances.length, 1)) roots.push(roots.at(-1)! * root % R);
  const distances = inverses(roots.map((row) => n * (x - row)));
  if (distances === null) return null;
  const at = distances.map((inverse, index) => roots[index] * inverse % R * vanishing % R);
  const blind = at.slice(1, before).reduce((sum, value) => sum + value, 0n);
  return {
    vanishing,
    powered,
    first: at[before],
    last: at[0],
    active: (1n - at[0] - blind) % R,
    instance: instances.reduce((sum, value, index) => sum + value * at[before + index], 0n) % R,
  };
}
