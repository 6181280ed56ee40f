/**
 * The curve BN254 on whole numbers: its two fields, points of G1 and G2, and a plain
 * multiplication for the few points that need no speed.
 * @module
 */
import { FIELD_MODULUS } from "../../ezkl/format/field.ts";

/** The modulus of coordinates. */
export const P: bigint = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

/** The modulus of scalars: the order of G1. */
export const R: bigint = FIELD_MODULUS;

/** A point of G1 that is not the one at infinity: y² = x³ + 3. */
export interface G1Point {
  /** In [0, P). */
  x: bigint;
  /** In [0, P). */
  y: bigint;
}

/** A number a + bi with i² = -1. */
export type Fp2 = readonly [a: bigint, b: bigint];

/** A point of G2 that is not the one at infinity: y² = x³ + 3/(9 + i). */
export interface G2Point {
  /** Both parts in [0, P). */
  x: Fp2;
  /** Both parts in [0, P). */
  y: Fp2;
}

/** The generator of G1. */
export const G1: G1Point = { x: 1n, y: 2n };

/** The generator of G2 that EIP-197 fixes. */
export const G2: G2Point = {
  x: [
    0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
    0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  ],
  y: [
    0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
    0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  ],
};

/** The remainder in [0, modulus), for negative values too. */
export function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** 1 / value, by the extended Euclidean algorithm; value must not be a multiple of the prime modulus. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [high, low] = [modulus, mod(value, modulus)];
  let [before, now] = [0n, 1n];
  while (low > 1n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [before, now] = [now, before - quotient * now];
  }
  return mod(now, modulus);
}

/** base to the power of exponent. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = mod(base, modulus); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = result * square % modulus;
    square = square * square % modulus;
  }
  return result;
}

/** Whether the coordinates are reduced and satisfy the equation of G1. */
export function isOnG1({ x, y }: G1Point): boolean {
  return x < P && y < P && mod(y * y - x * x * x - 3n, P) === 0n;
}

/** The sum of two points whose x differ, or the double of one point. */
export function addG1(a: G1Point, b: G1Point): G1Point {
  const slope = a.x === b.x ? 3n * a.x * a.x * inverse(2n * a.y, P) : (b.y - a.y) * inverse(b.x - a.x, P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

/** scalar · point for a scalar in [1, R). */
export function multiplyG1(point: G1Point, scalar: bigint): G1Point {
  return multiply(point, scalar, addG1);
}

const add2 = (a: Fp2, b: Fp2): Fp2 => [mod(a[0] + b[0], P), mod(a[1] + b[1], P)];
const subtract2 = (a: Fp2, b: Fp2): Fp2 => [mod(a[0] - b[0], P), mod(a[1] - b[1], P)];
const multiply2 = (a: Fp2, b: Fp2): Fp2 => [mod(a[0] * b[0] - a[1] * b[1], P), mod(a[0] * b[1] + a[1] * b[0], P)];
const equal2 = (a: Fp2, b: Fp2): boolean => a[0] === b[0] && a[1] === b[1];
function inverse2([a, b]: Fp2): Fp2 {
  const norm = inverse(a * a + b * b, P);
  return [mod(a * norm, P), mod(-b * norm, P)];
}

/** Whether the coordinates are reduced and satisfy the equation of G2's curve; not whether its order is R. */
export function isOnG2({ x, y }: G2Point): boolean {
  if ([...x, ...y].some((part) => part >= P)) return false;
  const b = multiply2([3n, 0n], inverse2([9n, 1n]));
  return equal2(multiply2(y, y), add2(multiply2(multiply2(x, x), x), b));
}

function addG2(a: G2Point, b: G2Point): G2Point {
  const slope = equal2(a.x, b.x)
    ? multiply2(multiply2([3n, 0n], multiply2(a.x, a.x)), inverse2(add2(a.y, a.y)))
    : multiply2(subtract2(b.y, a.y), inverse2(subtract2(b.x, a.x)));
  const x = subtract2(subtract2(multiply2(slope, slope), a.x), b.x);
  return { x, y: subtract2(multiply2(slope, subtract2(a.x, x)), a.y) };
}

/** scalar · point for a scalar in [1, R). */
export function multiplyG2(point: G2Point, scalar: bigint): G2Point {
  return multiply(point, scalar, addG2);
}

/** Bits from the lowest: below the group's order no partial sum meets its own negative, so infinity never occurs. */
function multiply<T>(point: T, scalar: bigint, add: (a: T, b: T) => T): T {
  let sum: T | null = null;
  for (let double = point;; double = add(double, double)) {
    if (scalar & 1n) sum = sum === null ? double : add(sum, double);
    scalar >>= 1n;
    if (scalar === 0n) return sum!;
  }
}
