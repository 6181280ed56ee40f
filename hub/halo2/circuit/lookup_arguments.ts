/**
 * Lookups put together: several lookups in one table share an argument where the degree of
 * the whole system leaves room, so that they share its commitments too.
 * @module
 */
import type { Draft } from "./draft.ts";
import { degreeOf, type Expression, highestDegree, identifierOf } from "./expression.ts";

/** The lookups in one table, as halo2 first collects them. */
export interface LookupGroup {
  /** The table's expressions, as text. */
  key: string;
  /** The table. */
  table: Expression[];
  /** The inputs of each lookup. */
  inputs: Expression[][];
}

/** What one argument proves: that each of its inputs is a row of the table. */
export type LookupArgument = Omit<LookupGroup, "key">;

/** The lookups by table; tables in the order of their names' bytes. */
export function groupLookups({ lookups }: Draft): LookupGroup[] {
  const groups = new Map<string, LookupGroup>();
  for (const { input, table } of lookups) {
    const key = table.map(identifierOf).join("");
    const group = groups.get(key);
    if (group) group.inputs.push(input);
    else groups.set(key, { key, table, inputs: [input] });
  }
  return [...groups.values()].sort((a, b) => a.key < b.key ? -1 : 1);
}

/** The arguments of the groups, in order. */
export function argumentsOf(groups: readonly LookupGroup[], gates: readonly Expression[]): LookupArgument[] {
  const most = groups.reduce(
    (degree, { table, inputs }) => Math.max(degree, leastDegree(table) + Math.max(...inputs.map(highestDegree))),
    highestDegree(gates),
  );
  return groups.flatMap(({ table, inputs }) => {
    const made: LookupArgument[] = [];
    for (const input of inputs) {
      const room = made.find((argument) => argumentDegree(argument) + highestDegree(input) <= most);
      if (room) room.inputs.push(input);
      else made.push({ table, inputs: [input] });
    }
    return made;
  });
}

/** The degree of an argument's polynomials. */
export function argumentDegree({ table, inputs }: LookupArgument): number {
  const all = inputs.reduce((sum, input) => sum + highestDegree(input), 0);
  return Math.max(3 + inputs.length, highestDegree(table) + all + 2);
}

function leastDegree(table: readonly Expression[]): number {
  return Math.max(3, table.reduce((most, expression) => Math.max(most, degreeOf(expression)), 0) + 2);
}
