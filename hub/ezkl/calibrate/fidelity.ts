/**
 * The fidelity report: candidate circuits of one network, each with the accuracy that
 * its exact integers reach on labelled samples and the price of proving it; and the
 * choice of the cheapest that stays within a tolerance of the float network.
 * @module
 */
import { ArgumentError, ZkgradError } from "../../../core/errors.ts";
import { buildFrugal } from "../compile/frugal.ts";
import { denseDots } from "../compile/frugal_ops.ts";
import { lowerOnnx } from "../compile/lower.ts";
import type { Network } from "../compile/network.ts";
import type { Scheme } from "../compile/scheme.ts";
import { settingsOf } from "../compile/settings.ts";
import { type RunArgs, runArgs } from "../format/run_args.ts";
import type { GraphSettings } from "../format/settings.ts";
import { checkFits, CircuitTooLargeError, estimatePrice, type Price } from "../layout/price.ts";
import { RoundingCalibration } from "./compensated.ts";
import { type Evaluation, Examination, type LabelledSamples } from "./evaluate.ts";
import { FloatNetwork } from "./float_network.ts";
import { recorded, type RoundedTensors, withTensors } from "./rounded_onnx.ts";

/** What to weigh, and how. */
export interface FidelityOptions {
  /** Samples on which accuracy is measured. */
  examination: LabelledSamples;
  /** Samples on which weights are rounded; a thousand are enough. Default: the first thousand of the examination. */
  calibration?: LabelledSamples | undefined;
  /** Share of the samples by which the circuit may do worse than the float network. Default: 0.003. */
  tolerance?: number;
  /** Scales at which tables get their inputs. Default: 8. */
  tableScales?: readonly number[];
  /** Bits that values lose before a layer. Default: 2, 3, 4, 5. */
  dropBits?: readonly number[];
  /** Magnitudes below which a weight may become 0. Default: 0, 1/8, 1/4, 3/8. */
  deadZones?: readonly number[];
  /** Run arguments to start from; scales, table range, rows and columns are chosen here. */
  runArgs?: Partial<RunArgs>;
  /** Most rows, as log2. Default: 15. */
  maxLogrows?: number;
  /** How much larger than the values met the tables are to be, each way. Default: 1.5. */
  lookupSafetyMargin?: number;
  /** Samples of a first, quick examination. Default: 2000. */
  screening?: number;
  /** Told after each circuit that was run. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between two circuits. */
  signal?: AbortSignal | undefined;
}

/** A circuit that was weighed. */
export interface Candidate {
  /** Its scales. */
  scheme: Scheme;
  /** Magnitude below which a weight became 0, where that is coarser than the grid's own rounding. */
  deadZone: number;
  /** How it did; null where it could not be run. */
  evaluation: Evaluation | null;
  /** What proving it takes; null where it does not fit. */
  price: Price | null;
  /** Why it was dropped; null where it was not. */
  dropped: string | null;
}

/** What a fidelity calibration found. */
export interface FidelityReport {
  /** Every circuit that was weighed, cheapest first. */
  candidates: Candidate[];
  /** The one that was chosen. */
  chosen: Candidate;
  /** Settings of the chosen circuit. */
  settings: GraphSettings;
  /** The network with its weights on the circuit's grid; compile this file. */
  onnx: Uint8Array<ArrayBuffer>;
}

interface Draft extends Candidate {
  settings: GraphSettings | null;
  tensors: RoundedTensors;
}

/**
 * Weighs circuits of an ONNX file and chooses the cheapest whose accuracy stays within
 * the tolerance.
 * @throws {ArgumentError} where no candidate does, with the best one's figures
 */
export async function calibrateFidelity(onnx: Uint8Array, options: FidelityOptions): Promise<FidelityReport> {
  const { examination: samples, tolerance = 0.003, screening = 2000, signal } = options;
  const network = lowerOnnx(onnx, options.runArgs?.variables);
  const float = new FloatNetwork(network);
  const examination = new Examination(float, samples);
  const calibration = calibrationOf(float, options.calibration ?? samples);
  const schemes = schemesOf(network, samples, options);
  const drafts: Draft[] = [];
  const screened = Math.min(screening, samples.count);
  for (const [index, [scheme, deadZone]] of schemes.entries()) {
    await breath(signal);
    drafts.push(draft(network, scheme, deadZone, calibration, examination, screened, options));
    options.onProgress?.(index + 1, schemes.length);
  }
  drafts.sort(byPrice);
  for (const candidate of drafts) {
    if (candidate.settings === null || !within(candidate.evaluation!, 2 * tolerance)) continue;
    await breath(signal);
    const { scheme, deadZone } = candidate;
    if (screened < samples.count) {
      Object.assign(candidate, draft(network, scheme, deadZone, calibration, examination, samples.count, options));
    }
    if (candidate.settings === null || !within(candidate.evaluation!, tolerance)) continue;
    const { settings, tensors } = candidate;
    const candidates = drafts.map(({ settings: _, tensors: __, ...weighed }) => weighed);
    const chosen = candidates[drafts.indexOf(candidate)];
    return { candidates, chosen, settings, onnx: withTensors(onnx, tensors) };
  }
  throw noneWithin(drafts, tolerance);
}

function noneWithin(drafts: readonly Draft[], tolerance: number): ArgumentError {
  const best = drafts.filter(({ evaluation }) => evaluation !== null)
    .toSorted((a, b) => b.evaluation!.accuracy - a.evaluation!.accuracy)[0]?.evaluation;
  const figures = best === undefined || best === null
    ? drafts[0]?.dropped ?? "none could be built"
    : `the best has ${percent(best.accuracy)} where the float network has ${percent(best.floatAccuracy)}`;
  return new ArgumentError(
    `calibrateSettings(): none of ${drafts.length} circuits stays within ${
      percent(tolerance)
    } of the float network's ` +
      `accuracy: ${figures}; allow a larger tolerance, more dropBits or other tableScales`,
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function within({ accuracy, floatAccuracy }: Evaluation, tolerance: number): boolean {
  return accuracy >= floatAccuracy - tolerance;
}

/** Cheapest first; circuits of one price by how near they come to the float network. */
function byPrice(a: Candidate, b: Candidate): number {
  const difference = secondsOf(a.price) - secondsOf(b.price);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return (a.evaluation?.largestError ?? Infinity) - (b.evaluation?.largestError ?? Infinity);
}

function secondsOf(price: Price | null): number {
  return price === null ? Infinity : price.seconds.keys + price.seconds.proof;
}

function calibrationOf(float: FloatNetwork, { inputs, count }: LabelledSamples): RoundingCalibration {
  const used = Math.min(count, 1000);
  return new RoundingCalibration(float, inputs.map((values) => values.subarray(0, values.length / count * used)), used);
}

/** Every combination to be tried. */
function schemesOf(
  { nodes, inputs }: Network,
  samples: LabelledSamples,
  { tableScales = [8], dropBits = [2, 3, 4, 5], deadZones = [0, 1 / 8, 1 / 4, 3 / 8] }: FidelityOptions,
): [Scheme, number][] {
  const whole = samples.inputs.every((values) => values.every(Number.isInteger));
  const binary = samples.inputs.every((values) => values.every((value) => value === 0 || value === 1));
  const floats = inputs.some((place) => {
    const { op } = nodes[place];
    return op.type === "Input" && !["Int", "Bool", "TDim"].includes(op.datumType);
  });
  return tableScales.flatMap((tableScale) =>
    dropBits.flatMap((bits) =>
      deadZones.map((deadZone): [Scheme, number] => [{
        inputScale: whole || !floats ? 0 : Math.floor(tableScale / 2),
        tableScale,
        dropBits: bits,
        outputScale: bits,
        binaryInputs: binary,
      }, deadZone])
    )
  );
}

/** Rounds, builds, runs and prices one circuit. */
function draft(
  network: Network,
  scheme: Scheme,
  deadZone: number,
  calibration: RoundingCalibration,
  examination: Examination,
  samples: number,
  options: FidelityOptions,
): Draft {
  const { rounding, tensors } = recorded(
    network,
    calibration.rounding((_, { weight }) => Math.max(0.5, deadZone * 2 ** weight)),
  );
  const result: Draft = { scheme, deadZone, evaluation: null, price: null, dropped: null, settings: null, tensors };
  try {
    const wide = argsOf(scheme, options, 15, [-1n, 1n]);
    const layers = new Map<number, ReturnType<typeof rounding>>();
    const once: typeof rounding = (layer, place, scales) => {
      const known = layers.get(place) ?? rounding(layer, place, scales);
      layers.set(place, known);
      return known;
    };
    const model = buildFrugal(network, wide, { ...scheme, binaryInputs: false }, once, denseDots);
    result.evaluation = examination.evaluate(model, wide, samples);
    const [low, high] = tableRange(result.evaluation.lookupRange, scheme, options.lookupSafetyMargin ?? 1.5);
    const settingsAt = (logrows: number, numInnerCols: number): GraphSettings => {
      const args = { ...argsOf(scheme, options, logrows, [low, high]), numInnerCols };
      return { ...settingsOf(buildFrugal(network, args, scheme, once), args, "keygen"), zkgrad: scheme };
    };
    const shapes = [1, 2].flatMap((columns) => shapesOf(settingsAt(options.maxLogrows ?? 15, columns)));
    const best = shapes.toSorted((a, b) => secondsOf(a.price) - secondsOf(b.price))[0];
    if (best !== undefined) {
      // The rows decide where dot products cross from block to block, so the chosen shape is counted again.
      result.settings = settingsAt(best.logrows, best.columns);
      result.price = estimatePrice(result.settings);
    }
    if (result.settings === null) {
      result.dropped = `its tables, from ${low} to ${high}, do not fit, or the keys do not fit into memory`;
    }
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    result.dropped = error.message;
  }
  return result;
}

function argsOf(
  scheme: Scheme,
  { runArgs: given }: FidelityOptions,
  logrows: number,
  lookupRange: [bigint, bigint],
): RunArgs {
  return runArgs({
    outputVisibility: "Public",
    paramVisibility: "Fixed",
    ...given,
    inputScale: scheme.inputScale,
    paramScale: scheme.dropBits,
    logrows,
    lookupRange,
    // Digits as large as one column of a range check takes, so that two are enough for most values.
    decompBase: 2 ** (logrows - 1),
    decompLegs: 2,
    ignoreRangeCheckInputsOutputs: true,
  });
}

/** What the tables are to hold, and a little more above than below where inputs are held to bits. */
function tableRange([low, high]: Evaluation["lookupRange"], scheme: Scheme, margin: number): [bigint, bigint] {
  const below = Math.floor(margin * low), above = Math.ceil(margin * high);
  return [BigInt(below), BigInt(scheme.binaryInputs ? Math.max(above, 1 - below) : above)];
}

/** The prices of settings at every number of rows for which tables take one column and memory suffices. */
function shapesOf(settings: GraphSettings): { logrows: number; columns: number; price: Price }[] {
  const most = settings.runArgs.logrows, columns = settings.runArgs.numInnerCols;
  return Array.from({ length: most - 9 }, (_, index) => most - index).flatMap((logrows) => {
    const price = estimatePrice({ ...settings, runArgs: { ...settings.runArgs, logrows } });
    return price.tableColumns > 1 || !fits(price) ? [] : [{ logrows, columns, price }];
  });
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

/** Lets other work run, and stops where the caller asks for it. */
async function breath(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
