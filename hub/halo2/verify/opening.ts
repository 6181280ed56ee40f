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
import { BLINDING_ROWS, type Rows } from "./lagrange.ts";
import type { ProofParts } from "./read_proof.ts";

/** A sum of points, each so many times; infinity is left out. */
export interface Terms {
  /** The points. */
  points: G1Point[];
  /** How often each is taken, from 0 to r - 1. */
  scalars: bigint[];
}

/** A commitment with the values that it is said to have: by rows from x. */
interface Opened {
  /** The commitment, as a sum. */
  sum: [point: Commitment, scalar: bigint][];
  /** The value for each rotation, in order of rotation. */
  values: Map<number, bigint>;
}

/** The row, from x, at which a permutation's product ends. */
const END = -(BLINDING_ROWS + 1);

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
  const groups = group(openedCommitments(system, vk, proof, rows, quotient));
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
    for (const { sum, values } of members) {
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

/** Everything that is opened, in order of first mention. */
function openedCommitments(
  { queries, columns }: ConstraintSystem,
  vk: VerifyingKey,
  proof: ProofParts,
  rows: Rows,
  quotient: bigint,
): Opened[] {
  const { values } = proof;
  const one = (point: Commitment, ...opened: [rotation: number, value: bigint][]): Opened => ({
    sum: [[point, 1n]],
    values: new Map(opened),
  });
  const advice = proof.advice.map((point) => one(point));
  for (const { index, rotation, query } of queries.advice) advice[index].values.set(rotation, values.advice[query]);
  const ordered = [...new Set(queries.advice.map(({ index }) => index))];
  if (ordered.length !== columns.advice) throw new Error("an advice column is read by nobody");
  const pieces: Opened = {
    sum: proof.pieces.map((point, index) => [point, power(rows.powered, BigInt(index), R)]),
    values: new Map([[0, quotient]]),
  };
  return [
    ...ordered.map((index) => advice[index]),
    ...proof.products.map((point, set) => {
      const { here, next, end } = values.products[set];
      return one(point, [0, here], [1, next], ...(end === null ? [] : [[END, end] as [number, bigint]]));
    }),
    ...proof.sums.flatMap((point, index) => {
      const { here, next, count } = values.lookups[index];
      return [one(point, [0, here], [1, next]), one(proof.counts[index], [0, count])];
    }),
    ...queries.fixed.map(({ index, query }) => one(vk.fixed[index], [0, values.fixed[query]])),
    ...vk.permutation.map((point, index) => one(point, [0, values.permutation[index]])),
    pieces,
    one(proof.random, [0, values.random]),
  ];
}

interface Group {
  /** The rows from x at which all members are opened. */
  rotations: number[];
  members: Opened[];
}

/** Commitments that are opened at the same points, in order of first appearance. */
function group(opened: readonly Opened[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of opened) {
    const rotations = [...one.values.keys()].sort((a, b) => a - b);
    const known = groups.get(rotations.join());
    if (known) known.members.push(one);
    else groups.set(rotations.join(), { rotations, members: [one] });
  }
  return [...groups.values()];
}
