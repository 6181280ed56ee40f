/**
 * A circuit's settings: what `settings.json` and the compiled circuit both hold.
 * @module
 */
import type { InputType, LookupOp } from "./operations.ts";
import type { RunArgs } from "./run_args.ts";

/** Sizes of the hashing and commitment modules; empty here, because neither is compiled. */
export interface ModuleSizes {
  /** Lengths of committed vectors. */
  polycommit: number[];
  /** Rows of the Poseidon module, and its instances. */
  poseidon: [number, number[]];
}

/** Everything that the keys and the verifier need to know of a circuit's shape. */
export interface GraphSettings {
  /** The arguments it was made with. */
  runArgs: RunArgs;
  /** Rows of the layout, of `numInnerCols` cells each. */
  numRows: number;
  /** Cells of the layout. */
  totalAssignments: number;
  /** Distinct constants. */
  totalConstSize: number;
  /** Rows of dynamic lookup tables. */
  totalDynamicColSize: number;
  /** Longest input of a dynamic lookup. */
  maxDynamicInputLen: number;
  /** Dynamic lookups. */
  numDynamicLookups: number;
  /** Shuffles: one for each window of a max pooling. */
  numShuffles: number;
  /** Rows of the shuffles. */
  totalShuffleColSize: number;
  /** Shapes of the public inputs, then of the public outputs. */
  modelInstanceShapes: number[][];
  /** log2 of the multiplier of each output. */
  modelOutputScales: number[];
  /** log2 of the multiplier of each input. */
  modelInputScales: number[];
  /** Sizes of the hashing and commitment modules. */
  moduleSizes: ModuleSizes;
  /** Every table that the circuit uses, in the order of the key's columns. */
  requiredLookups: LookupOp[];
  /** Every range that the circuit checks, in the order of the key's columns. */
  requiredRangeChecks: [bigint, bigint][];
  /** As in the run arguments. */
  checkMode: "SAFE" | "UNSAFE";
  /** Version of the program that wrote it. */
  version: string;
  /** Rows kept for blinding, where it is said. */
  numBlindingFactors: number | null;
  /** Milliseconds since 1970, where it is said. */
  timestamp: bigint | null;
  /** Kind of each input, where it is said. */
  inputTypes: InputType[] | null;
  /** Kind of each output, where it is said. */
  outputTypes: InputType[] | null;
  /** What zkgrad keeps in `settings.json` for itself, any JSON; EZKL ignores it and the compiled circuit has no room for it. */
  zkgrad?: unknown;
}
