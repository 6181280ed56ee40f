/**
 * Selectors as fixed columns. A key of compressed selectors says where each is on; then
 * simple ones that are never on in the same row share a column, in which each has a number.
 * @module
 */
import { constant, degreeOf, difference, type Expression, product, selectorsOf } from "./expression.ts";
import type { Draft } from "./draft.ts";

/** Where each selector is on: bit i of byte j is row 8j + i. */
export type SelectorRows = readonly Uint8Array[];

/** What a selector becomes: its number in a column that holds the numbers of `members` selectors. */
export interface SelectorPlace {
  /** The fixed column, in order from the first that selectors take. */
  column: number;
  /** Its number in it, from 1; 1 where it has the column to itself. */
  number: number;
  /** How many share the column. */
  members: number;
}

/** A column of its own for every selector: what a key of uncompressed selectors has. */
export function ownColumns({ selectors }: Draft): SelectorPlace[] {
  return selectors.map((_, column) => ({ column, number: 1, members: 1 }));
}

/** Columns shared by the rule of halo2: in order, each selector joins the first that has room, up to the system's degree. */
export function sharedColumns(draft: Draft, rows: SelectorRows, systemDegree: number): SelectorPlace[] {
  const degrees = selectorDegrees(draft);
  const places: (SelectorPlace | undefined)[] = new Array(degrees.length);
  let columns = 0;
  const give = (members: readonly number[]) => {
    const column = columns++;
    members.forEach((selector, at) => places[selector] = { column, number: at + 1, members: members.length });
  };
  for (const [selector, degree] of degrees.entries()) if (degree === 0) give([selector]);
  for (let first = 0; first < degrees.length; first++) {
    if (places[first]) continue;
    const members = [first];
    const used = rows[first].slice();
    let highest = degrees[first] - 1;
    for (let next = first + 1; next < degrees.length && highest + members.length < systemDegree; next++) {
      if (places[next] || meet(used, rows[next])) continue;
      const joint = Math.max(highest, degrees[next] - 1);
      if (joint + members.length + 1 > systemDegree) continue;
      highest = joint;
      members.push(next);
      rows[next].forEach((bits, at) => used[at] |= bits);
    }
    give(members);
  }
  return places as SelectorPlace[];
}

/** The selector at a place as a polynomial of its column: not zero where the column holds its number. */
export function selectorExpression(query: Expression, { number, members }: SelectorPlace): Expression {
  let all = query;
  for (let other = 1; other <= members; other++) {
    if (other !== number) all = product(all, difference(constant(BigInt(other)), query));
  }
  return all;
}

/** The highest degree of a gate that each simple selector is in; 0 for those that share with none. */
function selectorDegrees({ selectors, gates }: Draft): number[] {
  const degrees = selectors.map(() => 0);
  for (const gate of gates) {
    const degree = degreeOf(gate);
    for (const selector of selectorsOf(gate)) {
      if (selectors[selector].simple) degrees[selector] = Math.max(degrees[selector], degree);
    }
  }
  return degrees;
}

function meet(a: Uint8Array, b: Uint8Array): boolean {
  return a.some((bits, at) => (bits & b[at]) !== 0);
}
