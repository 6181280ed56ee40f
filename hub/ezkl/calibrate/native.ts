/**
 * The calibration of EZKL itself: every combination of scales is compiled and run
 * on the samples, and one of those that work is chosen.
 * @module
 */
import { ArgumentError, ZkgradError } from "../../../core/base/errors.ts";
import { namesOf } from "../../../core/base/known.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { lowerOnnx } from "../compile/lower.ts";
import { buildCircuit } from "../compile/native.ts";
import type { Network } from "../network/network.ts";
import { settingsOf } from "../compile/settings.ts";
import { checkNumberLists, checkNumberOptions } from "../format/numbers.ts";
import { type RunArgs, runArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import { type Forward, type Sample, simulated } from "./forward.ts";
import { type Extremes, leastLogrows, logrowsFor, MIN_LOGROWS, safeLookupRange } from "./logrows.ts";
import { askedOf } from "./wishes.ts";

/** What to aim at: few rows, few rows with the cells in more columns, or fine scales. */
export type NativeTarget = "resources" | "resources/col-overflow" | "accuracy";

/** How to calibrate; what is left out is EZKL's default. */
export interface NativeCalibrationOptions {
  /** What to aim at. Default: resources. */
  target?: NativeTarget;
  /** How much larger than the values met the tables are to be, each way. Default: 2. */
  lookupSafetyMargin?: number;
  /** Scales to try for inputs and weights. Default: those of the settings where they are not EZKL's 7, else 11, 12, 13. */
  scales?: readonly number[];
  /** The one scale for inputs, in place of `scales`. */
  inputScale?: number;
  /** The one scale for weights, in place of `scales`. */
  paramScale?: number;
  /** Multipliers to try. Default: that of the settings where it is not EZKL's 1, else 1 and 10. */
  scaleRebaseMultiplier?: readonly number[];
  /** Most rows, as log2. Default: 26. */
  maxLogrows?: number;
  /** What runs the circuits. Default: the exact simulator. */
  forward?: Forward;
}

/** One combination that was tried. */
export interface CalibrationPoint {
  /** Scale of the inputs. */
  inputScale: number;
  /** Scale of the weights. */
  paramScale: number;
  /** Multiplier of the larger of both, at which products are divided. */
  scaleRebaseMultiplier: number;
  /** What the samples met; null where they could not be run. */
  extremes: Extremes | null;
  /** The settings it would have; null where it was dropped. */
  settings: GraphSettings | null;
  /** Why it was dropped; null where it was not. */
  dropped: string | null;
}

/** What a calibration found. */
export interface NativeCalibration {
  /** The chosen settings. */
  settings: GraphSettings;
  /** Everything that was tried, in order. */
  points: CalibrationPoint[];
}

/** Names of the options. */
export const NATIVE_OPTIONS = namesOf<NativeCalibrationOptions>({
  target: true,
  lookupSafetyMargin: true,
  scales: true,
  inputScale: true,
  paramScale: true,
  scaleRebaseMultiplier: true,
  maxLogrows: true,
  forward: true,
});

/** A table without bounds, for the forward passes. */
const ANY: [bigint, bigint] = [-(2n ** 60n), 2n ** 60n];

/**
 * Chooses scales, lookup range and rows for an ONNX file; all else stays as in
 * `settings`. Every sample has the elements of each graph input.
 *
 * Resources takes the fewest rows and among those the largest scales; accuracy takes
 * the largest scales that work. Neither looks at the error of the output.
 * @throws {ArgumentError} for samples that do not fit, and where no combination works, with the reason of each
 */
export async function calibrateNative(
  onnx: Uint8Array,
  settings: GraphSettings,
  samples: readonly Sample[],
  options: NativeCalibrationOptions = {},
): Promise<NativeCalibration> {
  const { target = "resources", lookupSafetyMargin: margin = 2, forward = simulated, maxLogrows } = options;
  checkNativeOptions(options);
  const network = lowerOnnx(onnx, settings.runArgs.variables);
  checkLengths(network, samples);
  const points: CalibrationPoint[] = [];
  for (const scales of grid(network, settings.runArgs, options)) {
    const point: CalibrationPoint = { ...scales, extremes: null, settings: null, dropped: null };
    points.push(point);
    try {
      const wide = runArgs({ ...settings.runArgs, ...scales, lookupRange: ANY });
      const model = buildCircuit(network, wide);
      const counted = settingsOf(model, wide);
      point.extremes = await forward({ model, settings: counted }, samples);
      const lookupRange = safeLookupRange(point.extremes, margin);
      const logrows = logrowsFor(counted, lookupRange, point.extremes.maxRange, margin, maxLogrows);
      const args: RunArgs = { ...wide, lookupRange, logrows };
      point.settings = { ...settingsOf(model, args), checkMode: settings.checkMode };
    } catch (error) {
      if (!(error instanceof ZkgradError) && forward === simulated) throw error;
      point.dropped = error instanceof Error ? error.message : String(error);
    }
  }
  return { settings: choose(points, target), points };
}

/** Which of two points is finer: by input scale, then weight scale, then multiplier. */
function finer(a: CalibrationPoint, b: CalibrationPoint): number {
  return a.inputScale - b.inputScale || a.paramScale - b.paramScale ||
    a.scaleRebaseMultiplier - b.scaleRebaseMultiplier;
}

/** The settings that `target` prefers among points that were not dropped. */
export function choose(points: readonly CalibrationPoint[], target: NativeTarget): GraphSettings {
  const left = points.filter((point) => point.settings !== null).toSorted(finer);
  if (left.length === 0) {
    const reasons = [...new Set(points.map(({ dropped }) => dropped))].slice(0, 5).join("; ");
    throw new ArgumentError(
      `calibrateNative(): none of ${points.length} combinations of scales works: ${reasons}; ` +
        `take smaller scales, more decompLegs, or a larger maxLogrows`,
    );
  }
  if (target === "accuracy") return left.at(-1)!.settings!;
  const rowsOf = (point: CalibrationPoint) => point.settings!.runArgs.logrows;
  const fewest = Math.min(...left.map(rowsOf));
  const chosen = left.findLast((point) => rowsOf(point) === fewest)!.settings!;
  if (target === "resources") return chosen;
  const logrows = leastLogrows(chosen);
  return { ...chosen, runArgs: { ...chosen.runArgs, logrows } };
}

function checkNativeOptions(options: NativeCalibrationOptions): void {
  const where = "calibrateNative()";
  const { scales, inputScale, paramScale, scaleRebaseMultiplier, lookupSafetyMargin, maxLogrows } = options;
  const scale = { whole: true, least: -62, most: 62 };
  checkNumberLists(where, { scales }, scale);
  checkNumberLists(where, { scaleRebaseMultiplier }, { whole: true, least: 1 });
  checkNumberOptions(where, { inputScale, paramScale }, scale);
  checkNumberOptions(where, { lookupSafetyMargin }, { least: 1 });
  checkNumberOptions(where, { maxLogrows }, { whole: true, least: MIN_LOGROWS });
}

function grid(
  network: Network,
  settings: RunArgs,
  options: NativeCalibrationOptions,
): Pick<RunArgs, "inputScale" | "paramScale" | "scaleRebaseMultiplier">[] {
  const isWhole = network.inputs.every((place) => {
    const { op } = network.nodes[place];
    return op.type === "Input" && ["Int", "Bool", "TDim"].includes(op.datumType);
  });
  const asked = askedOf(settings), { scales = [11, 12, 13] } = options;
  const one = (name: "inputScale" | "paramScale") =>
    options[name] ?? (options.scales === undefined ? asked[name] : undefined);
  const input = one("inputScale"), param = one("paramScale");
  const multipliers = options.scaleRebaseMultiplier ??
    (asked.scaleRebaseMultiplier === undefined ? [1, 10] : [asked.scaleRebaseMultiplier]);
  const inputs = input === undefined ? scales : [input], params = param === undefined ? scales : [param];
  const pairs = inputs.flatMap((inputScale) =>
    params.filter((paramScale) => input !== undefined || param !== undefined || inputScale <= paramScale)
      .map((paramScale) => [isWhole && input === undefined ? 0 : inputScale, paramScale])
  );
  const distinct = new Map(pairs.map((pair) => [pair.join(), pair]));
  return [...distinct.values()].flatMap(([inputScale, paramScale]) =>
    multipliers.map((scaleRebaseMultiplier) => ({ inputScale, paramScale, scaleRebaseMultiplier }))
  );
}

function checkLengths({ nodes, inputs }: Network, samples: readonly Sample[]): void {
  if (samples.length === 0) {
    throw new ArgumentError("calibrateNative(): there is no sample, expected one or more");
  }
  const sizes = inputs.map((place) => sizeOf(nodes[place].shape));
  for (const [index, sample] of samples.entries()) {
    const lengths = sample.map(({ length }) => length);
    if (lengths.join() === sizes.join()) continue;
    throw new ArgumentError(
      `calibrateNative(): sample ${index} has inputs of ${lengths.join(", ")} elements, expected ${sizes.join(", ")}`,
    );
  }
}
