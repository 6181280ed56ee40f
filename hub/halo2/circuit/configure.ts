/**
 * The constraint system that EZKL 21 makes for a circuit's settings, before selectors share
 * columns. What follows depends on the order of every line.
 * @module
 */
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import type { Visibility } from "../../ezkl/format/run_args.ts";
import { addArithmetic } from "./arithmetic.ts";
import { type Columns, columnsOf, distinctLookups, distinctRanges } from "./columns.ts";
import { Draft } from "./draft.ts";
import { addMemoryLookups } from "./memory.ts";
import { addPoseidonColumns, addPoseidonGates, bindPoseidon } from "./poseidon.ts";
import { addTable, type FixedTable, type SplitDepth } from "./tables.ts";
import { lookupFunction } from "./table_functions.ts";
import { addTensors } from "./tensors.ts";

/** The constraint system of `settings`; `depth` matters for tables of three and more columns. */
export function configure(settings: GraphSettings, depth: SplitDepth): Draft {
  const columns = columnsOf(settings);
  const draft = new Draft();
  for (let column = 0; column < columns.commitColumns; column++) draft.addBound("advice");
  const tensors = addTensors(draft, columns.blocks, columns.innerCols);
  const memory = columns.shuffleBlocks > 0 ? addTensors(draft, columns.shuffleBlocks, 1) : null;
  for (let column = 0; column < columns.constantColumns; column++) draft.constants.push(draft.addBound("fixed"));
  const poseidon = columns.hasPoseidon ? addPoseidonColumns(draft) : null;
  if (poseidon) {
    if (showsHash(settings)) draft.addBound("instance");
    bindPoseidon(draft, poseidon);
    addPoseidonGates(draft, poseidon);
  }
  if (draft.columns.instance === 0) draft.addBound("instance");
  addArithmetic(draft, tensors);
  for (const table of fixedTables(draft, settings, columns)) addTable(draft, table(), tensors, columns.rows, depth);
  if (memory) {
    for (const number of [settings.numDynamicLookups, settings.numShuffles]) {
      if (number > 0) addMemoryLookups(draft, memory, tensors);
    }
  }
  return draft;
}

/** The tables in their order, each to be made when the one before is written down. */
function fixedTables(draft: Draft, settings: GraphSettings, columns: Columns): (() => FixedTable)[] {
  const fixed = (width: number) => Array.from({ length: width }, () => draft.add("fixed"));
  // All table operations share the columns of their inputs.
  let shared: FixedTable["inputs"] | null = null;
  const tables = distinctLookups(settings).map((op) => () => ({
    low: settings.runArgs.lookupRange[0],
    inputs: shared ??= fixed(columns.tableColumns),
    outputs: fixed(columns.tableColumns),
    value: lookupFunction(op),
  }));
  const ranges = distinctRanges(settings).map((range, index) => () => ({
    low: range[0],
    inputs: fixed(columns.rangeColumns[index]),
    outputs: null,
    value: (input: number) => input,
  }));
  return [...tables, ...ranges];
}

function showsHash({ runArgs }: GraphSettings): boolean {
  const shown = (visibility: Visibility) => typeof visibility === "object" && visibility.Hashed.hashIsPublic;
  return [runArgs.inputVisibility, runArgs.paramVisibility, runArgs.outputVisibility].some(shown);
}
