/**
 * How long zkgrad's prover works at a circuit, from the numbers of its columns. The factors are seconds a row on one thread
 * of a 2-core AMD EPYC, fits to circuits from 21 cells in 2^8 rows to LeNet's in 2^14, within a third of what those took.
 * @module
 */
import type { GraphSettings } from "../format/settings.ts";
import type { Columns } from "../../halo2/circuit/columns.ts";

/** Seconds of a prover's work on one thread. */
export interface PriceSeconds {
  /** Both keys. */
  keys: number;
  /** One proof. */
  proof: number;
  /** One verification. */
  verify: number;
}

/** Seconds of a commitment, however few rows it has. */
const COMMITMENT = 0.0035;
/** To any numbers; to small ones; to those of which most are 0 or like the others; to a fixed column. */
const DENSE = 11e-6, SMALL = 1.2e-6, SPARSE = 1.5e-6, FIXED = 1e-6;
/** A transform, and what a column costs in the formulas, for each coset. */
const TRANSFORM = 2.7e-7, FORMULA = 2.6e-7;
/** A column of the circuit's own, laid; and one opened. */
const LAID = 6e-7, OPENED = 1.8e-7;
/** A cell, given its value. */
const CELL = 2e-6;

/** Seconds of both keys, of a first proof and of a verification. */
export function proverSeconds(settings: GraphSettings, columns: Columns, fixedColumns: number): PriceSeconds {
  const { rows, degree, adviceColumns, permutationColumns, lookupArguments, innerCols, blocks } = columns;
  const own = fixedColumns + permutationColumns, sets = Math.ceil(permutationColumns / Math.max(1, degree - 2));
  // Where cells are copied, the permutation and its products are any numbers; elsewhere they are as they would be.
  const full = Math.min(1, settings.totalAssignments / (rows * innerCols * blocks));
  const copied = SPARSE + (DENSE - SPARSE) * full;
  // The pieces of the quotient, what is random, and two openings.
  const dense = degree - 1 + 3;
  const all = own + adviceColumns + sets + lookupArguments;
  const lay = 0.05 + LAID * rows * own;
  const committed = COMMITMENT * (adviceColumns + 2 * lookupArguments + sets + dense) +
    rows * (DENSE * dense + copied * sets + SMALL * (adviceColumns + lookupArguments));
  const quotient = (degree - 1) * rows *
    (TRANSFORM * all * degree / (degree - 1) + FORMULA * (permutationColumns + lookupArguments + adviceColumns));
  return {
    keys: lay + COMMITMENT * own + rows * (FIXED * fixedColumns + copied / 2 * permutationColumns),
    proof: lay + 0.05 + CELL * settings.totalAssignments + committed + quotient + OPENED * rows * all,
    verify: 0.02 + 0.0008 * (own + adviceColumns + lookupArguments),
  };
}
