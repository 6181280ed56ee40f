/**
 * Lays a circuit out: counts the cells, rows, constants, tables and range checks of every
 * node, as EZKL counts them for its settings or as the keys really have them.
 * @module
 */
import { atOnce } from "../../../core/base/pauses.ts";
import type { CircuitModel, LookupOp } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { Grid, type LayoutMode } from "../cells/grid.ts";
import { Steps } from "../cells/steps.ts";
import { layModel } from "./model.ts";
import type { SelectorMap } from "../cells/selectors.ts";

/** What a circuit takes. */
export interface Layout {
  /** Cells: EZKL's total_assignments. */
  cells: number;
  /** Rows of `numInnerCols` cells: EZKL's num_rows. */
  rows: number;
  /** Distinct constants: EZKL's total_const_size. */
  constants: number;
  /** Their values. */
  constantValues: bigint[];
  /** Cells of each node, by its key. */
  perNode: Map<number, number>;
  /** Cells that hold the outputs to the instance. */
  outputCells: number;
  /** Tables, in the order of their first use. */
  lookups: LookupOp[];
  /** Ranges checked, in the order of their first use. */
  rangeChecks: [bigint, bigint][];
  /** Shuffles: one for each sorted window. */
  numShuffles: number;
  /** Cells of the shuffles: EZKL's total_shuffle_col_size. */
  shuffleRows: number;
  /** Searches for places that are computed: EZKL's num_dynamic_lookups. */
  numSearches: number;
  /** Rows of the tensors searched: EZKL's total_dynamic_col_size. */
  searchRows: number;
  /** Rows of the longest of both: EZKL's max_dynamic_input_len. */
  longestSearch: number;
  /** The last cell with a gate, or -1; in keygen mode, else null. */
  lastSelectorCell: number | null;
  /** Where every gate is on; in keygen mode, else null. */
  selectors: SelectorMap | null;
}

/** The run arguments that a layout depends on. */
export type LayoutArgs = Pick<
  RunArgs,
  | "logrows"
  | "numInnerCols"
  | "decompBase"
  | "decompLegs"
  | "lookupRange"
  | "inputVisibility"
  | "outputVisibility"
  | "ignoreRangeCheckInputsOutputs"
>;

/**
 * Lays `model` out for `args`.
 *
 * `dummy` gives the counts that EZKL writes into its settings; `keygen` gives the cells of
 * the keys, which are never more, and where each gate is on. Nodes are laid in the order of
 * their keys, those whose results nobody uses too.
 * @throws {ArgumentError} naming a node whose operation is not laid out here
 */
export function layOut(model: CircuitModel, args: LayoutArgs, mode: LayoutMode): Layout {
  const grid = new Grid(args, mode);
  const { perNode, outputCells } = atOnce(layModel(new Steps(grid, args), model, args));
  const laid = mode === "keygen";
  return {
    cells: grid.cells,
    rows: Math.floor(grid.cells / grid.innerCols),
    constants: grid.constants,
    constantValues: grid.constantValues,
    perNode,
    outputCells,
    lookups: grid.lookups,
    rangeChecks: grid.rangeChecks,
    numShuffles: grid.numShuffles,
    shuffleRows: grid.shuffleRows,
    numSearches: grid.numSearches,
    searchRows: grid.searchRows,
    longestSearch: grid.longestSearch,
    lastSelectorCell: laid ? grid.lastSelectorCell : null,
    selectors: laid ? grid.selectors : null,
  };
}
