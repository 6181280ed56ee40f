/**
 * How many points and values a proof has, part by part.
 * @module
 */
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import { WORD } from "../curve/words.ts";

/** The parts of a proof. */
export interface ProofShape {
  /** Columns that the prover filled. */
  advice: number;
  /** Lookup arguments. */
  lookups: number;
  /** Columns of the permutation that one product covers. */
  chunk: number;
  /** Products of the permutation. */
  products: number;
  /** Pieces of the quotient. */
  pieces: number;
  /** Values of advice columns. */
  adviceValues: number;
  /** Values of fixed columns. */
  fixedValues: number;
  /** Columns of the permutation. */
  permutation: number;
}

/** The parts of a proof of `system`. */
export function proofShape({ columns, queries, permutation, lookups, degree }: ConstraintSystem): ProofShape {
  const chunk = degree - 2;
  return {
    advice: columns.advice,
    lookups: lookups.length,
    chunk,
    products: Math.ceil(permutation.length / chunk),
    pieces: degree - 1,
    adviceValues: queries.advice.length,
    fixedValues: queries.fixed.length,
    permutation: permutation.length,
  };
}

/** Bytes of a proof: two words a point, one a value; the random polynomial and the two of the opening are points too. */
export function proofBytes(shape: ProofShape): number {
  const { advice, lookups, products, pieces, adviceValues, fixedValues, permutation } = shape;
  const points = advice + 2 * lookups + products + 1 + pieces + 2;
  const values = adviceValues + fixedValues + 1 + permutation + 3 * products - 1 + 3 * lookups;
  return WORD * (2 * points + values);
}
