/**
 * How the compiled circuit and `settings.json` hold the settings, in EZKL 21's order.
 * @module
 */
import type { RunArgs } from "./run_args.ts";
import type { GraphSettings, ModuleSizes } from "./settings.ts";
import { type Codec, list, option, pair, struct } from "./codec.ts";
import { inputType, lookupOp, visibility } from "./op_codec.ts";
import { bool, choice, i128, i32, text, u128, u32, usize } from "./scalars.ts";

const checkMode: Codec<"SAFE" | "UNSAFE"> = choice("SAFE", "UNSAFE");
const range: Codec<[bigint, bigint]> = pair(i128, i128);

/** The arguments that a circuit was made with. */
export const runArgsCodec: Codec<RunArgs> = struct<RunArgs>({
  inputScale: i32,
  paramScale: i32,
  scaleRebaseMultiplier: u32,
  lookupRange: range,
  logrows: u32,
  numInnerCols: usize,
  variables: list<[string, number]>(pair(text, usize)),
  inputVisibility: visibility,
  outputVisibility: visibility,
  paramVisibility: visibility,
  rebaseFracZeroConstants: bool,
  checkMode,
  commitment: option(choice("KZG", "IPA")),
  decompBase: usize,
  decompLegs: usize,
  boundedLogLookup: bool,
  ignoreRangeCheckInputsOutputs: bool,
});

const moduleSizes: Codec<ModuleSizes> = struct<ModuleSizes>({
  polycommit: list(usize),
  poseidon: pair(usize, list(usize)),
});

/** The settings without zkgrad's own key, which only JSON holds. */
export const settingsCodec: Codec<Omit<GraphSettings, "zkgrad">> = struct<Omit<GraphSettings, "zkgrad">>({
  runArgs: runArgsCodec,
  numRows: usize,
  totalAssignments: usize,
  totalConstSize: usize,
  totalDynamicColSize: usize,
  maxDynamicInputLen: usize,
  numDynamicLookups: usize,
  numShuffles: usize,
  totalShuffleColSize: usize,
  modelInstanceShapes: list(list(usize)),
  modelOutputScales: list(i32),
  modelInputScales: list(i32),
  moduleSizes,
  requiredLookups: list(lookupOp),
  requiredRangeChecks: list(range),
  checkMode,
  version: text,
  numBlindingFactors: option(usize),
  timestamp: option(u128),
  inputTypes: option(list(inputType)),
  outputTypes: option(list(inputType)),
});
