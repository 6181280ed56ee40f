/**
 * The settings under which a frugal circuit is cheapest: rows, columns, tables and digits.
 * @module
 */
import type { Scheme } from "../network/scheme.ts";
import { settingsOf } from "../compile/settings.ts";
import type { CircuitModel } from "../format/circuit.ts";
import { type RunArgs, runArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import { columnsOf, tableColumnsFor } from "../../halo2/circuit/columns.ts";
import { checkFits, CircuitTooLargeError, estimatePrice, type Price } from "../layout/price.ts";
import type { Evaluation } from "./evaluate.ts";

/** What limits the settings. */
export interface SettingsLimits {
  /** Run arguments to start from. */
  runArgs?: Partial<RunArgs> | undefined;
  /** Most rows, as log2. Default: 15. */
  maxLogrows?: number | undefined;
  /** How much larger than the values met the tables and digits are to be. Default: 1.5. */
  lookupSafetyMargin?: number | undefined;
}

/** Fewest rows that are tried, as log2. */
const minLogrows = 8;

/** The engine counts the places of digits in 32 bits. */
const digitLimit = 2 ** 32;

/** Run arguments of a frugal circuit; what decides its values is the same at every number of rows and columns. */
export function frugalArgs(
  { inputScale, dropBits }: Scheme,
  given: Partial<RunArgs> = {},
  changes: Partial<RunArgs> = {},
): RunArgs {
  return runArgs({
    paramVisibility: "Fixed",
    ...given,
    inputScale,
    paramScale: dropBits,
    ignoreRangeCheckInputsOutputs: true,
    decompBase: 2 ** 14,
    decompLegs: 2,
    ...changes,
  });
}

/**
 * The cheapest settings for the circuits that `build` makes, with room for what
 * `evaluation` met; null where none fits.
 */
export function cheapestSettings(
  build: (args: RunArgs) => CircuitModel,
  scheme: Scheme,
  evaluation: Pick<Evaluation, "lookupRange" | "maxDecomposed">,
  { runArgs: given, maxLogrows = 15, lookupSafetyMargin: margin = 1.5 }: SettingsLimits,
): { settings: GraphSettings; price: Price } | null {
  const lookupRange = tableRange(evaluation.lookupRange, scheme, margin);
  const argsAt = (logrows: number, numInnerCols: number): RunArgs | null => {
    // Digits as large as one column of a range check takes, so that two are enough for most values.
    const decompBase = 2 ** (logrows - 1), decompLegs = legsFor(decompBase, margin * evaluation.maxDecomposed);
    if (decompBase ** (decompLegs - 1) >= digitLimit || tableColumnsFor(lookupRange, 2 ** logrows) > 1) return null;
    return frugalArgs(scheme, given, { logrows, numInnerCols, lookupRange, decompBase, decompLegs });
  };
  const widest = argsAt(maxLogrows, 1);
  if (widest === null) return null;
  // What the rows change in a circuit are single constants, so that one model is counted at all of them.
  const model = build(widest);
  const settingsFor = (args: RunArgs, of: CircuitModel) => ({ ...settingsOf(of, args, "keygen"), zkgrad: scheme });
  const priced = [1, 2].flatMap((columns) => {
    let counted: GraphSettings | null = null;
    const shapes: { args: RunArgs; price: Price }[] = [];
    for (let logrows = maxLogrows; logrows >= minLogrows; logrows--) {
      const args = argsAt(logrows, columns);
      if (args === null) break;
      // Digits depend on the rows; without any, the count differs by a few cells at the blocks' ends only.
      if (counted === null || counted.requiredRangeChecks.length > 0) counted = settingsFor(args, model);
      const settings = { ...counted, runArgs: args };
      // Hashes lie in one column, whatever the cells take.
      if (counted.moduleSizes.poseidon[0] > columnsOf(settings).usable) break;
      const price = estimatePrice(settings);
      if (fits(price)) shapes.push({ args, price });
    }
    return shapes;
  });
  const [best] = priced.toSorted((a, b) => secondsOf(a.price) - secondsOf(b.price));
  if (best === undefined) return null;
  const settings = settingsFor(best.args, build(best.args));
  return { settings, price: estimatePrice(settings) };
}

/** Seconds of both keys and a proof. */
export function secondsOf({ seconds: { keys, proof } }: Price): number {
  return keys + proof;
}

function legsFor(base: number, magnitude: number): number {
  let legs = 2;
  while (base ** legs <= magnitude) legs++;
  return legs;
}

/** What the tables are to hold, and a little more above than below where inputs are held to bits. */
function tableRange([low, high]: Evaluation["lookupRange"], scheme: Scheme, margin: number): [bigint, bigint] {
  const below = Math.floor(margin * low), above = Math.ceil(margin * high);
  return [BigInt(below), BigInt(scheme.binaryInputs ? Math.max(above, 1 - below) : above)];
}

function fits(price: Price): boolean {
  try {
    checkFits(price);
    return true;
  } catch (error) {
    if (error instanceof CircuitTooLargeError) return false;
    throw error;
  }
}
