/**
 * Lookups in cells that the prover fills: dynamic lookups, and shuffles, which EZKL writes
 * as lookups too. A row of the table is a row of the tensors of memory; both sides begin
 * with a 1, so that a row where the selector is off, which reads as zeros, is none.
 * @module
 */
import type { Draft } from "./draft.ts";
import { constant, product } from "./expression.ts";
import type { Tensors } from "./tensors.ts";

/** Adds the selectors and lookups of every place in every column of `memory`. */
export function addMemoryLookups(draft: Draft, memory: Tensors, { places }: Tensors): void {
  for (const column of memory.places) {
    const inTable = draft.select(false);
    for (const place of places) {
      const asks = draft.select(false);
      const read = ({ x, y, output }: typeof place) => [x, y, output].map((column) => draft.read(column));
      const input = [constant(1n), ...read(place)].map((value) => product(value, asks));
      const table = [constant(1n), ...read(column)].map((value) => product(value, inTable));
      draft.lookups.push({ input, table });
    }
  }
}
