/**
 * Lays a circuit out: counts the cells, rows, constants, tables and range checks of every
 * node, as EZKL counts them for its settings or as the keys really have them.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { CircuitModel, LookupOp } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { Grid, type LayoutMode } from "../cells/grid.ts";
import { layNode } from "../operations/lay.ts";
import { Steps } from "../cells/steps.ts";
import type { Operand } from "../cells/operand.ts";
import { fresh } from "../cells/order.ts";
import type { SelectorMap } from "../cells/selectors.ts";

/** What a circuit takes. */
export interface Layout {
  /** Cells: EZKL's total_assignments. */
  cells: number;
  /** Rows of `numInnerCols` cells: EZKL's num_rows. */
  rows: number;
  /** Distinct constants: EZKL's total_const_size. */
  constants: number;
  /** Those of them whose values are worked out; inverses and results of tables are not. */
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
  /** Where every gate but the shuffles' is on; in keygen mode, else null. */
  selectors: SelectorMap | null;
}

/** The run arguments that a layout depends on. */
export type LayoutArgs = Pick<
  RunArgs,
  "logrows" | "numInnerCols" | "decompBase" | "decompLegs" | "outputVisibility" | "ignoreRangeCheckInputsOutputs"
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
  const grid = new Grid(args, mode), steps = new Steps(grid, args);
  const results = new Map<number, Operand>();
  const perNode = new Map<number, number>();
  const find = (key: number, reader: string): Operand => {
    const operand = results.get(key);
    if (operand) return operand;
    throw new ArgumentError(
      `layOut: ${reader} reads node ${key}, which is not laid out before it; nodes must come after their operands`,
    );
  };
  for (const [key, node] of model.nodes) {
    const start = grid.cells;
    const result = layNode(steps, node, node.inputs.map(([input]) => find(input, `node ${key}`)));
    results.set(key, result);
    perNode.set(key, grid.cells - start);
  }
  const start = grid.cells;
  for (const [key] of model.outputs) {
    const isInput = model.nodes.get(key)?.opkind.kind === "Input";
    layOutput(steps, find(key, "an output"), isInput, args);
  }
  const laid = mode === "keygen";
  return {
    cells: grid.cells,
    rows: Math.floor(grid.cells / grid.innerCols),
    constants: grid.constants,
    constantValues: grid.constantValues,
    perNode,
    outputCells: grid.cells - start,
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

/** Bounds the result and the instance and holds them equal; an input given out is bounded again. */
function layOutput(steps: Steps, output: Operand, isInput: boolean, args: LayoutArgs): void {
  const { outputVisibility: visibility } = args;
  if (visibility === "Private") return;
  if (visibility !== "Public") {
    throw new ArgumentError(
      `layOut: the outputs are ${JSON.stringify(visibility)}, which is not laid out here; take Public or Private`,
    );
  }
  const bound = (x: Operand) => args.ignoreRangeCheckInputsOutputs ? steps.copied(x) : steps.decompose(x).whole;
  const result = isInput || !steps.isLaid(output) ? bound(isInput ? fresh(output.dims) : output) : output;
  steps.equal(result, bound(fresh(output.dims)));
}
