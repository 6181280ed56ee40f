/**
 * How many lookup arguments a circuit's lookups take. EZKL's halo2 puts several lookups
 * into one argument where they ask the same table columns and the degree of the whole
 * circuit leaves room: each joins the first argument that has it, or opens one.
 * @module
 */
import type { GraphSettings } from "../format/settings.ts";
import type { Columns } from "../../halo2/circuit/columns.ts";

/** Lookups in the same table columns. */
interface Group {
  /** How many. */
  inputs: number;
  /** The degree of each. */
  inputDegree: number;
  /** The degree of the table's columns, their selector included. */
  tableDegree: number;
}

/** The arguments of the lookups, range checks and shuffles; what they prove, a proof has commitments and values of. */
export function lookupArgumentsOf(
  columns: Columns,
  { numDynamicLookups, numShuffles }: Pick<GraphSettings, "numDynamicLookups" | "numShuffles">,
): number {
  const { blocks, innerCols, lookups, tableColumns, rangeColumns, shuffleBlocks, degree } = columns;
  const inputs = blocks * innerCols;
  const groups: Group[] = [];
  const add = (count: number, group: Omit<Group, "inputs">) => {
    for (let at = 0; at < count; at++) groups.push({ inputs, ...group });
  };
  // One column of a table is chosen by a product over the others, so a lookup's degree grows with their number.
  for (let op = 0; op < lookups; op++) add(tableColumns, { inputDegree: tableColumns + 1, tableDegree: 1 });
  for (const width of rangeColumns) add(width, { inputDegree: width + 1, tableDegree: 1 });
  for (const number of [numDynamicLookups, numShuffles]) {
    if (number > 0) add(shuffleBlocks, { inputDegree: 2, tableDegree: 2 });
  }
  return groups.reduce((sum, group) => sum + argumentsOf(group, degree), 0);
}

/** An argument of i inputs has the degree 3 + i, or that of the table and the inputs and 2 where that is more. */
function argumentsOf({ inputs, inputDegree, tableDegree }: Group, most: number): number {
  let each = 1;
  while (Math.max(3 + each, tableDegree + each * inputDegree + 2) + inputDegree <= most) each++;
  return Math.ceil(inputs / each);
}
