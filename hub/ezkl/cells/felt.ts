/**
 * Elements of the field as a circuit's cells mostly hold them: small signed whole numbers, which JavaScript's numbers
 * hold exactly, and the rest as big integers from -(r - 1)/2 to (r - 1)/2. An element has one form only.
 * @module
 */
import { inverse } from "../../halo2/curve/bn254.ts";
import { FIELD_MAX, FIELD_MODULUS } from "../format/field.ts";

/** An element. */
export type Felt = number | bigint;

const LEAST = BigInt(Number.MIN_SAFE_INTEGER), MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** The element of any whole number. */
export function feltOf(value: bigint): Felt {
  if (value >= LEAST && value <= MOST) return Number(value);
  let rest = value % FIELD_MODULUS;
  if (rest > FIELD_MAX) rest -= FIELD_MODULUS;
  else if (rest < -FIELD_MAX) rest += FIELD_MODULUS;
  return rest >= Number.MIN_SAFE_INTEGER && rest <= Number.MAX_SAFE_INTEGER ? Number(rest) : rest;
}

/** a + b. */
export function add(a: Felt, b: Felt): Felt {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return feltOf(BigInt(a) + BigInt(b));
}

/** a - b. */
export function subtract(a: Felt, b: Felt): Felt {
  return add(a, negate(b));
}

/** -a. */
export function negate(a: Felt): Felt {
  // Never -0.
  return typeof a === "number" ? 0 - a : -a;
}

/** a b. */
export function multiply(a: Felt, b: Felt): Felt {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return feltOf(BigInt(a) * BigInt(b));
}

const known = new Map<number, Felt>();
/** Inverses that are kept: what a circuit asks for is mostly small, and asked for again. */
const KEPT = 2 ** 15;

/** 1 / a, and 0 for 0. */
export function invert(a: Felt): Felt {
  if (a === 0) return 0;
  if (typeof a === "bigint" || Math.abs(a) > KEPT) return feltOf(inverse(BigInt(a), FIELD_MODULUS));
  let found = known.get(a);
  if (found === undefined) known.set(a, found = feltOf(inverse(BigInt(a), FIELD_MODULUS)));
  return found;
}
