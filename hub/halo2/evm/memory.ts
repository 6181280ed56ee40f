/**
 * Where everything lies in the memory of a verifier contract: the names that the Yul body and
 * the data of a circuit share.
 *
 * From 0: the operands of the curve's precompiles, then single numbers, then from 0x800 the
 * circuit's data (its header first), the proof, numbers that are computed from it, and what
 * the first challenge is a hash of.
 * @module
 */

import { WORD } from "../curve/words.ts";
import { Bytes } from "./data_writer.ts";

export { WORD };

/** The data of a circuit. */
export const DATA = 0x800;

/** Words at the start of the data. */
const HEADER_WORDS = [
  /** Digest of the key. */
  "digest",
  /** The modulus of scalars. */
  "r",
  /** The modulus of coordinates. */
  "p",
  /** w, the root of unity. */
  "omega",
  /** w^-6, whose row ends the arguments. */
  "omegaEnd",
  /** 1 / n. */
  "rowsInverse",
  /** Names the cosets of the permutation. */
  "delta",
  /** The generator of G2 as the precompile wants it: 4 words. */
  "g2",
  "g2b",
  "g2c",
  "g2d",
  /** The negative of the secret times that generator. */
  "secret",
  "secretB",
  "secretC",
  "secretD",
] as const;

/** Numbers of 16 bits behind the words; those that name a place are addresses. */
const HEADER_FIELDS = [
  /** Bytes of all the data. */
  "dataBytes",
  /** Bytes of the proof. */
  "proofBytes",
  /** Numbers that are shown. */
  "instances",
  /** Where the proof is copied to. */
  "proof",
  /** Bytes of the advice commitments, with which it begins. */
  "adviceBytes",
  /** The end of the commitments, where its values begin. */
  "values",
  /** The two points of the opening, with which it ends. */
  "opening",
  /** What the first challenge is a hash of. */
  "said",
  /** log2 of the rows. */
  "logrows",
  /** Bytes that are said before each further challenge: seven of these. */
  "rounds",
  "rounds1",
  "rounds2",
  "rounds3",
  "rounds4",
  "rounds5",
  "rounds6",
  /** The words w^rotation, and their end. */
  "rotations",
  "rotationsEnd",
  /** Factors of the product over the points that the first group of the opening lacks. */
  "lacks",
  "lacksB",
  "lacksC",
  /** Factors of the product over the points that it has. */
  "has",
  "hasB",
  "hasC",
  /** Values that must be zero. */
  "zeros",
  "zerosEnd",
  /** Columns that several selectors share. */
  "selectors",
  "selectorsEnd",
  /** Runs of gates. */
  "gates",
  "gatesEnd",
  /** Values of the permutation's products: the first and the last. */
  "products",
  "lastProduct",
  /** Addresses of the permuted columns' values. */
  "columns",
  "columnsEnd",
  /** Twice the number of columns that one product covers. */
  "chunk",
  /** Values of the permutation's polynomials. */
  "sigmas",
  /** Tables with their lookup arguments. */
  "lookups",
  "lookupsEnd",
  /** Values of the first lookup argument. */
  "sums",
  /** Run of the quotient's pieces. */
  "pieces",
  "piecesEnd",
  /** Where the quotient is put together. */
  "quotient",
  /** Groups of the opening. */
  "groups",
  "groupsEnd",
] as const;

/** A word of the header. */
export type HeaderWord = typeof HEADER_WORDS[number];

/** A field of the header. */
export type HeaderField = typeof HEADER_FIELDS[number];

/** Bytes of the header. */
export const HEADER_BYTES: number = HEADER_WORDS.length * WORD + HEADER_FIELDS.length * 2;

/** The header. */
export function headerBytes(words: Record<HeaderWord, bigint>, fields: Record<HeaderField, number>): Bytes {
  const bytes = new Bytes();
  for (const name of HEADER_WORDS) bytes.word(words[name]);
  for (const name of HEADER_FIELDS) bytes.pair(fields[name]);
  return bytes;
}

/** The address of a word of the header. */
export function wordAt(name: HeaderWord): number {
  return DATA + WORD * HEADER_WORDS.indexOf(name);
}

/** The address of a field of the header. */
export function fieldAt(name: HeaderField): number {
  return DATA + WORD * HEADER_WORDS.length + 2 * HEADER_FIELDS.indexOf(name);
}

/** Single numbers, one word each. */
const SLOTS = [
  // The challenges in their order.
  "theta",
  "beta",
  "gamma",
  "y",
  "x",
  "zeta",
  "nu",
  "mu",
  /** Always 0, and always 1: what a record names where it needs nothing. */
  "zero",
  "one",
  /** x^n. */
  "powered",
  /** To be inverted together: x, x^n - 1, x - 1, x - w^-6, and the denominators of two sums and of the opening. */
  "inverseX",
  "inverseVanishing",
  "inverseFirst",
  "inverseLast",
  "inverseBlind",
  "inverseInstance",
  "inverseLacks",
  /** Products of those before each. */
  "before",
  "before1",
  "before2",
  "before3",
  "before4",
  "before5",
  "before6",
  /** 1 / x². */
  "inverseX2",
  /** Polynomials that are 1 in the first row, in the row that ends the arguments, and in all before it. */
  "first",
  "last",
  "active",
  /** Numerators of the sum of the blinding rows, and of the instances. */
  "blind",
  /** The column of instances at x. */
  "instance",
  /** Remainders of the groups so far, and nu^g over the product that the first group lacks. */
  "rest",
  "weight",
  /** The value that the quotient must have at x. */
  "quotientValue",
  /** The name of a permuted column's cells at x, times beta. */
  "name",
  /** y³, and what phi is multiplied by in the lookups' first two constraints. */
  "cube",
  "ends",
  /** A table's row at x, and the negative of the row that is asked for where a lookup is off. */
  "table",
  "default",
  /** mu less each of the points that something is opened at. */
  "toMu",
  "toMu1",
  "toMu2",
  "toMu3",
] as const;

/** The name of a single number. */
export type Slot = typeof SLOTS[number];

const FIRST_SLOT = 0x280;

/** The address of a single number. */
export function slotAt(name: Slot): number {
  return FIRST_SLOT + WORD * SLOTS.indexOf(name);
}

/** Points at which the polynomials of a circuit may be opened, at most. */
export const MOST_ROTATIONS = 4;

if (slotAt("toMu3") + 32 > DATA) throw new Error("the slots run into the data");

/** Where the sum of all commitments grows; the pairing's other operands are laid behind it. */
export const SUM = 0xe0;
