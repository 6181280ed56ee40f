/**
 * What the opening of a proof opens, as addresses in a contract's memory.
 * @module
 */
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import { type Opened, type OpenedGroup, openedGroups } from "../verify/openings.ts";
import { slotAt, WORD } from "./memory.ts";
import type { ProofPlaces } from "./proof_places.ts";

/** A commitment's address, null for one at infinity, with those of its values. */
export type OpenedAt = Opened<number | null, number>;

/** Commitments that are opened at the same points. */
export type GroupAt = OpenedGroup<number | null, number>;

/** The groups in order of first mention; `fixed` (by column) and `sigmas` are addresses of the key's commitments. */
export function groupsAt(
  system: ConstraintSystem,
  proof: ProofPlaces,
  fixed: ReadonlyMap<number, number | null>,
  sigmas: readonly (number | null)[],
): GroupAt[] {
  const { values } = proof;
  return openedGroups<number | null, number>(system, {
    points: {
      ...proof,
      fixed: (column) => fixed.get(column)!,
      permutation: sigmas,
      // The quotient's pieces are put together where the first of them was.
      quotient: proof.pieces[0],
    },
    values: {
      ...values,
      products: values.products.map((at, set) => ({
        here: at,
        next: at + WORD,
        end: set < values.products.length - 1 ? at + 2 * WORD : null,
      })),
      lookups: values.lookups.map((at) => ({ here: at, next: at + WORD, count: at + 2 * WORD })),
      quotient: slotAt("quotientValue"),
    },
  });
}
