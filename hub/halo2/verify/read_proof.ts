/**
 * A proof's bytes as what they say, with the challenges that stand between.
 * @module
 */
import { type G1Point, isOnG1, R } from "../curve/bn254.ts";
import { numberOf, WORD } from "../curve/words.ts";
import { proofBytes, type ProofShape } from "./proof_shape.ts";
import { Transcript } from "./transcript.ts";

/** What the prover says of a permutation's product: at x, one row on and, but for the last, at the row of its end. */
export interface ProductValues {
  /** At x. */
  here: bigint;
  /** At w x. */
  next: bigint;
  /** At w^-6 x; null for the last product. */
  end: bigint | null;
}

/** What the prover says of a lookup argument. */
export interface LookupValues {
  /** The running sum at x. */
  here: bigint;
  /** The running sum at w x. */
  next: bigint;
  /** How often each row of the table is asked for, at x. */
  count: bigint;
}

/** A proof. */
export interface ProofParts {
  /** Of the advice columns. */
  advice: G1Point[];
  /** Of the numbers of times that the rows of a table are asked for. */
  counts: G1Point[];
  /** Of the permutation's products. */
  products: G1Point[];
  /** Of the lookups' running sums. */
  sums: G1Point[];
  /** Of the polynomial that hides the others. */
  random: G1Point;
  /** Of the pieces of the quotient. */
  pieces: G1Point[];
  /** The values at x. */
  values: {
    advice: bigint[];
    fixed: bigint[];
    random: bigint;
    permutation: bigint[];
    products: ProductValues[];
    lookups: LookupValues[];
  };
  /** The first point of the opening: W. */
  quotient: G1Point;
  /** The second: W'. */
  witness: G1Point;
  /** The challenges, under the names of the halo2 book; zeta, nu and mu are SHPLONK's y, v and u. */
  challenges: Record<"theta" | "beta" | "gamma" | "y" | "x" | "zeta" | "nu" | "mu", bigint>;
}

/** Ends the reading of bytes that are no proof. */
const NO_PROOF = Symbol("no proof");

/**
 * Reads a proof of a key with this digest for these instances, each from 0 to r - 1; null
 * where the bytes are too few or too many, a point is not on the curve or a value not below r.
 */
export function readProofParts(
  bytes: Uint8Array,
  shape: ProofShape,
  digest: bigint,
  instances: readonly bigint[],
): ProofParts | null {
  if (bytes.length !== proofBytes(shape)) return null;
  const transcript = new Transcript();
  let at = 0;
  const point = (): G1Point => {
    const found = { x: numberOf(bytes, at), y: numberOf(bytes, at + WORD) };
    // The point at infinity, written as (0, 0), is refused with all others that are not on the curve.
    if (!isOnG1(found)) throw NO_PROOF;
    at += 2 * WORD;
    transcript.point(found);
    return found;
  };
  const value = (): bigint => {
    const found = numberOf(bytes, at);
    if (found >= R) throw NO_PROOF;
    at += WORD;
    transcript.scalar(found);
    return found;
  };
  const many = <T>(count: number, read: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => read(index));
  const squeeze = () => transcript.squeeze();

  try {
    transcript.scalar(digest);
    for (const instance of instances) transcript.scalar(instance);
    const advice = many(shape.advice, point);
    const theta = squeeze();
    const counts = many(shape.lookups, point);
    const beta = squeeze(), gamma = squeeze();
    const products = many(shape.products, point);
    const sums = many(shape.lookups, point);
    const random = point();
    const y = squeeze();
    const pieces = many(shape.pieces, point);
    const x = squeeze();
    const values = {
      advice: many(shape.adviceValues, value),
      fixed: many(shape.fixedValues, value),
      random: value(),
      permutation: many(shape.permutation, value),
      products: many(shape.products, (index) => ({
        here: value(),
        next: value(),
        end: index < shape.products - 1 ? value() : null,
      })),
      lookups: many(shape.lookups, () => ({ here: value(), next: value(), count: value() })),
    };
    const zeta = squeeze(), nu = squeeze();
    const quotient = point();
    const mu = squeeze();
    const witness = point();
    const challenges = { theta, beta, gamma, y, x, zeta, nu, mu };
    return { advice, counts, products, sums, random, pieces, values, quotient, witness, challenges };
  } catch (error) {
    if (error === NO_PROOF) return null;
    throw error;
  }
}
