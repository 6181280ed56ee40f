/**
 * The secret of an unsafe reference string, and the numbers that come from it.
 * @module
 */
import type { Pause } from "../../../core/base/pauses.ts";
import { inverse, mod, power, R } from "../../halo2/curve/bn254.ts";
import { addBatch, type G1Table, type Points } from "./fixed_base.ts";
import { lowBytes } from "../../halo2/curve/encoding.ts";
import { MARK } from "./unsafe.ts";

/** The powers of two that divide R - 1. */
const TWO_ADICITY = 28;
const BATCH = 512;

/** The root of unity of order 2^logrows that EZKL uses: 7 generates the field's units. */
export function rootOfUnity(logrows: number): bigint {
  return power(7n, (R - 1n) >> BigInt(logrows), R);
}

/** Whether a number can be a secret: not 0, 1 or -1, and no root of unity of any domain. */
export function isSecret(secret: bigint): boolean {
  return secret > 1n && secret < R - 1n && power(secret, 1n << BigInt(TWO_ADICITY), R) !== 1n;
}

/**
 * A random secret whose point carries the mark of unsafe strings. Steps through the
 * neighbours of a random number, whose points are one addition apart.
 */
export async function markedSecret(table: G1Table, pause: Pause): Promise<bigint> {
  const steps = table.windows[0];
  while (true) {
    const start = random();
    if (!isSecret(start)) continue;
    const first = await table.multiply([start], pause);
    for (let step = 1; step < steps.x.length; step += BATCH) {
      const from = Array.from({ length: Math.min(BATCH, steps.x.length - step) }, (_, i) => step + i);
      const points: Points = { x: from.map(() => first.x[0]), y: from.map(() => first.y[0]) };
      addBatch(points, from.map((_, i) => i), steps, from);
      const found = points.x.findIndex((x) => lowBytes(x) === MARK);
      if (found >= 0 && isSecret(start + BigInt(from[found]))) return start + BigInt(from[found]);
      await pause();
    }
  }
}

/** A random number below R, from 32 random bytes; the bias of the remainder is of no account here. */
function random(): bigint {
  const words = crypto.getRandomValues(new BigUint64Array(4));
  return mod(words.reduce((value, word) => value << 64n | word, 0n), R);
}

/** secret^from up to secret^(from + count - 1). */
export function powers(secret: bigint, from: number, count: number): bigint[] {
  const result: bigint[] = [];
  for (let value = power(secret, BigInt(from), R); result.length < count; value = value * secret % R) {
    result.push(value);
  }
  return result;
}

/**
 * The values at the secret of the Lagrange polynomials from, from + 1 and on, over the
 * domain of 2^logrows roots: L_i(s) = (s^n - 1) / n · w^i / (s - w^i).
 */
export function lagrangeValues(secret: bigint, logrows: number, from: number, count: number): bigint[] {
  const n = 1n << BigInt(logrows);
  const root = rootOfUnity(logrows);
  const roots = powers(root, from, count);
  const products: bigint[] = [];
  let product = 1n;
  for (const each of roots) {
    products.push(product);
    product = product * (secret - each) % R;
  }
  let rest = inverse(product, R) * mod((power(secret, n, R) - 1n) * inverse(n, R), R) % R;
  for (let i = count - 1; i >= 0; i--) {
    products[i] = mod(rest * products[i] % R * roots[i], R);
    rest = rest * (secret - roots[i]) % R;
  }
  return products;
}
