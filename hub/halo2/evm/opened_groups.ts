/**
 * What the opening of a proof opens, as addresses: commitments with their values, put together
 * where they are opened at the same points.
 * @module
 */
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import { BLINDING_ROWS } from "../verify/lagrange.ts";
import { slotAt, WORD } from "./memory.ts";
import type { ProofPlaces } from "./proof_places.ts";

/** A commitment with its values. */
export interface OpenedAt {
  /** The address of the commitment; null for one at infinity. */
  point: number | null;
  /** The addresses of its values, by rows from x. */
  values: Map<number, number>;
}

/** Commitments that are opened at the same points. */
export interface OpenedGroup {
  /** The points, as rows from x. */
  rotations: number[];
  /** In order. */
  members: OpenedAt[];
}

/** The row, from x, at which a permutation's product ends. */
const END = -(BLINDING_ROWS + 1);

/** The groups in order of first mention; `fixed` (by column) and `sigmas` are addresses of the key's commitments. */
export function openedGroups(
  { queries }: ConstraintSystem,
  proof: ProofPlaces,
  fixed: ReadonlyMap<number, number | null>,
  sigmas: readonly (number | null)[],
): OpenedGroup[] {
  const { values } = proof;
  const one = (point: number | null, ...opened: [rotation: number, value: number][]): OpenedAt => ({
    point,
    values: new Map(opened),
  });
  const advice = proof.advice.map((point) => one(point));
  for (const { index, rotation, query } of queries.advice) advice[index].values.set(rotation, values.advice[query]);
  const ordered = [...new Set(queries.advice.map(({ index }) => index))];
  return grouped([
    ...ordered.map((index) => advice[index]),
    ...proof.products.map((point, set) => {
      const at = values.products[set];
      const isLast = set === proof.products.length - 1;
      return one(point, [0, at], [1, at + WORD], ...(isLast ? [] : [[END, at + 2 * WORD] as [number, number]]));
    }),
    ...proof.sums.flatMap((point, index) => {
      const at = values.lookups[index];
      return [one(point, [0, at], [1, at + WORD]), one(proof.counts[index], [0, at + 2 * WORD])];
    }),
    ...queries.fixed.map(({ index, query }) => one(fixed.get(index)!, [0, values.fixed[query]])),
    ...sigmas.map((point, index) => one(point, [0, values.permutation[index]])),
    // The quotient's pieces are put together where the first of them was.
    one(proof.pieces[0], [0, slotAt("quotientValue")]),
    one(proof.random, [0, values.random]),
  ]);
}

function grouped(opened: readonly OpenedAt[]): OpenedGroup[] {
  const groups = new Map<string, OpenedGroup>();
  for (const one of opened) {
    const rotations = [...one.values.keys()].sort((a, b) => a - b);
    const known = groups.get(rotations.join());
    if (known) known.members.push(one);
    else groups.set(rotations.join(), { rotations, members: [one] });
  }
  return [...groups.values()];
}
