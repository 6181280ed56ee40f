/**
 * The field of scalars: what constraint systems and proofs compute in.
 * @module
 */
import { inverse, power, R } from "./bn254.ts";

/** R - 1 is divisible by 2 to this power. */
const TWO_ADICITY = 28;

/** A generator of the field's units, the one that halo2 takes. */
export const GENERATOR = 7n;

/** A root of unity of order 2^logrows: w. */
export function rootOfUnity(logrows: number): bigint {
  const root = power(GENERATOR, (R - 1n) >> BigInt(TWO_ADICITY), R);
  return power(root, 1n << BigInt(TWO_ADICITY - logrows), R);
}

/** Names the cosets of the permutation: 7^(2^28). */
export const DELTA: bigint = power(GENERATOR, 1n << BigInt(TWO_ADICITY), R);

/** 1 / value for each of `values`, with one inversion; null where one of them is zero. */
export function inverses(values: readonly bigint[]): bigint[] | null {
  const before: bigint[] = [];
  let all = 1n;
  for (const value of values) {
    before.push(all);
    all = all * value % R;
  }
  if (all === 0n) return null;
  let rest = inverse(all, R);
  const result = new Array<bigint>(values.length);
  for (let at = values.length - 1; at >= 0; at--) {
    result[at] = rest * before[at] % R;
    rest = rest * values[at] % R;
  }
  return result;
}
