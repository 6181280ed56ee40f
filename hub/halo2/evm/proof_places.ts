/**
 * Where the parts of a proof lie once it is copied to a contract's memory.
 * @module
 */
import { proofBytes, type ProofShape } from "../verify/proof_shape.ts";
import { WORD } from "./memory.ts";

/** Addresses of a proof's parts; a point has two words, a value one. */
export interface ProofPlaces {
  /** Advice commitments. */
  advice: number[];
  /** Commitments of the lookups' counts. */
  counts: number[];
  /** Commitments of the permutation's products. */
  products: number[];
  /** Commitments of the lookups' sums. */
  sums: number[];
  /** Commitment of the random polynomial. */
  random: number;
  /** Commitments of the quotient's pieces. */
  pieces: number[];
  /** Values at x and around it. */
  values: {
    /** Of each advice query. */
    advice: number[];
    /** Of each fixed query. */
    fixed: number[];
    /** Of the random polynomial. */
    random: number;
    /** Of the permutation's polynomials. */
    permutation: number[];
    /** Of each product: at x, at w x and, but for the last, at w^-6 x. */
    products: number[];
    /** Of each lookup: sum at x, at w x, and count at x. */
    lookups: number[];
  };
  /** The two points of the opening. */
  opening: number;
  /** Where the proof ends. */
  end: number;
}

/** The places of the parts of a proof that begins at an address. */
export function proofPlaces(shape: ProofShape, start: number): ProofPlaces {
  let at = start;
  const many = (count: number, words: number) =>
    Array.from({ length: count }, () => {
      at += words * WORD;
      return at - words * WORD;
    });
  const places = {
    advice: many(shape.advice, 2),
    counts: many(shape.lookups, 2),
    products: many(shape.products, 2),
    sums: many(shape.lookups, 2),
    random: many(1, 2)[0],
    pieces: many(shape.pieces, 2),
    values: {
      advice: many(shape.adviceValues, 1),
      fixed: many(shape.fixedValues, 1),
      random: many(1, 1)[0],
      permutation: many(shape.permutation, 1),
      products: many(shape.products, 3),
      lookups: [] as number[],
    },
  };
  at -= WORD; // the last product has no third value
  places.values.lookups = many(shape.lookups, 3);
  const opening = many(2, 2)[0];
  if (at - start !== proofBytes(shape)) throw new Error("the places of a proof are not its bytes");
  return { ...places, opening, end: at };
}
