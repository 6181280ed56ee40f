/**
 * The opening of a proof's commitments at all points at once: D. Boneh, J. Drake, B. Fisch
 * and A. Gabizon, "Efficient polynomial commitment schemes for multiple points and
 * polynomials" (SHPLONK), 2020.
 * @module
 */
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import type { Commitment, VerifyingKey } from "../circuit/verifying_key.ts";
import { G1, type G1Point, power, R } from "../curve/bn254.ts";
import { inverses, rootOfUnity } from "../curve/scalars.ts";
import type { Rows } from "./lagrange.ts";
import { openedGroups, type Openings } from "./openings.ts";
import type { ProofParts } from "./read_proof.ts";

/** A sum of points, each so many times; infinity is left out. */
export interface Terms {
  /** The points. */
  points: G1Point[];
  /** How often each is taken, from 0 to r - 1. */
  scalars: bigint[];
}

/** A commitment as a sum of points. */
type Sum = [point: Commitment, scalar: bigint][];

/**
 * The sum whose pairing with G2 must be that of W' with s G2; null for challenges that no honest proof has.
 * `quotient` is the value that the quotient must have at x.
 */
export function openingTerms(
  system: ConstraintSystem,
  vk: VerifyingKey,
  proof: ProofParts,
  rows: Rows,
  quotient: bigint,
): Terms | null {
  const { x, zeta, nu, mu } = proof.challenges;
  const groups = openedGroups(system, openings(vk, proof, rows, quotient));
  const rotations = [...new Set(groups.flatMap(({ rotations }) => rotations))];
  const n = 1n << BigInt(vk.logrows), root = rootOfUnity(vk.logrows);
  const points = new Map(rotations.map((rotation) => [rotation, x * power(root, BigInt(rotation) + n, R) % R]));
  const toMu = (rotation: number) => mu - points.get(rotation)!;
  const without = (own: readonly number[]) =>
    rotations.filter((rotation) => !own.includes(rotation)).reduce((all, rotation) => all * toMu(rotation) % R, 1n);
  const apart = groups.map(({ rotations }) =>
    rotations.map((one) =>
      rotations.filter((other) => other !== one)
        .reduce((all, other) => all * (points.get(one)! - points.get(other)!) % R, 1n)
    )
  );
  const inverted = inverses([without(groups[0].rotations), ...apart.flat()]);
  if (inverted === null) return null;
  const [firstWithout, ...basis] = inverted;

  const terms: Terms = { points: [], scalars: [] };
  const add = (point: Commitment, scalar: bigint) => {
    if (point === null) return;
    terms.points.push(point);
    terms.scalars.push((scalar % R + R) % R);
  };
  let remainders = 0n, weight = 1n;
  for (const { rotations: own, members } of groups) {
    const factor = weight * without(own) % R * firstWithout % R;
    // Lagrange's polynomials of the group's points, at mu.
    const at = basis.splice(0, own.length).map((inverse, index) =>
      own.filter((_, other) => other !== index).reduce((all, other) => all * toMu(other) % R, inverse)
    );
    let coefficient = factor;
    for (const { point: sum, values } of members) {
      for (const [point, scalar] of sum) add(point, coefficient * scalar);
      const rest = own.reduce((all, rotation, index) => all + values.get(rotation)! * at[index], 0n) % R;
      remainders = (remainders + coefficient * rest) % R;
      coefficient = coefficient * zeta % R;
    }
    weight = weight * nu % R;
  }
  add(G1, -remainders);
  add(proof.quotient, -groups[0].rotations.reduce((all, rotation) => all * toMu(rotation) % R, 1n));
  add(proof.witness, mu);
  return terms;
}

/** The quotient stands for its pieces, the others for themselves. */
function openings(
  vk: VerifyingKey,
  proof: ProofParts,
  rows: Rows,
  quotient: bigint,
): Openings<Sum, bigint> {
  const alone = (point: Commitment): Sum => [[point, 1n]];
  return {
    points: {
      advice: proof.advice.map(alone),
      products: proof.products.map(alone),
      sums: proof.sums.map(alone),
      counts: proof.counts.map(alone),
      fixed: (column) => alone(vk.fixed[column]),
      permutation: vk.permutation.map(alone),
      quotient: proof.pieces.map((point, index) => [point, power(rows.powered, BigInt(index), R)]),
      random: alone(proof.random),
    },
    values: { ...proof.values, quotient },
  };
}
