/**
 * The settings of a circuit, counted from its layout.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitModel } from "../format/circuit.ts";
import { isHashed, type RunArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { LayoutMode } from "../cells/grid.ts";
import { columnsFor, hashRows, RESERVED_ROWS } from "../../halo2/circuit/columns.ts";
import { type Layout, layOut } from "../layout/layout.ts";

/** The version of EZKL whose rules these settings follow. */
export const EZKL_VERSION: string = "21.0.0";

/** What a graph shows to the outside. */
export type GraphFaces = Pick<
  GraphSettings,
  "modelInstanceShapes" | "modelInputScales" | "modelOutputScales" | "inputTypes" | "outputTypes"
>;

/** The shapes of a graph's public values, and the scales and kinds of its inputs and outputs. */
export function facesOf(
  model: CircuitModel,
  { inputVisibility, outputVisibility }: Pick<RunArgs, "inputVisibility" | "outputVisibility">,
): GraphFaces {
  const nodeOf = (key: number) => model.nodes.get(key)!;
  const inputs = model.inputs.map(nodeOf);
  const outputs = model.outputs.map(([key]) => nodeOf(key));
  const shown = [...inputVisibility === "Public" ? inputs : [], ...outputVisibility === "Public" ? outputs : []];
  return {
    modelInstanceShapes: shown.map(({ outDims }) => [...outDims]),
    modelInputScales: inputs.map(({ outScale }) => outScale),
    modelOutputScales: outputs.map(({ outScale }) => outScale),
    inputTypes: inputs.map(({ opkind }) => opkind.kind === "Input" ? opkind.datumType : "Unknown"),
    outputTypes: [...model.outputTypes],
  };
}

/**
 * The settings of a graph that was built with `args`. They carry no time, so that the
 * same model gives the same files.
 * @throws {ArgumentError} for a node whose operation is not laid out
 */
export function settingsOf(model: CircuitModel, args: RunArgs, mode: LayoutMode = "dummy"): GraphSettings {
  const counts = layOut(model, args, mode), hashes = hashSizes(model, args);
  return {
    runArgs: args,
    numRows: Math.max(counts.rows, hashes.poseidon[0]),
    totalAssignments: counts.cells,
    totalConstSize: constantsOf(counts, args),
    totalDynamicColSize: counts.searchRows,
    maxDynamicInputLen: counts.longestSearch,
    numDynamicLookups: counts.numSearches,
    numShuffles: counts.numShuffles,
    totalShuffleColSize: counts.shuffleRows,
    moduleSizes: hashes,
    requiredLookups: counts.lookups,
    requiredRangeChecks: counts.rangeChecks,
    checkMode: args.checkMode,
    version: EZKL_VERSION,
    numBlindingFactors: null,
    timestamp: null,
    ...facesOf(model, args),
  };
}

/** Rows of the hashes of inputs and outputs, by EZKL's estimate, and how many there are. */
function hashSizes(model: CircuitModel, { inputVisibility, outputVisibility }: RunArgs): GraphSettings["moduleSizes"] {
  const hashed = [
    ...isHashed(inputVisibility) ? model.inputs : [],
    ...isHashed(outputVisibility) ? model.outputs.map(([key]) => key) : [],
  ];
  const rows = hashed.map((key) => hashRows(sizeOf(model.nodes.get(key)!.outDims)));
  return { polycommit: [], poseidon: [rows.reduce((sum, own) => sum + own, 0), [hashed.length]] };
}

/**
 * EZKL counts one number for all the shuffles of its poolings, and lays one for each. Where that takes a column
 * more its own keys fail; everywhere else the count is EZKL's.
 */
function constantsOf({ constants, numShuffles }: Layout, { logrows }: RunArgs): number {
  const usable = 2 ** logrows - RESERVED_ROWS;
  const laid = constants + numShuffles;
  return columnsFor(laid, usable) > columnsFor(constants, usable) ? laid : constants;
}
