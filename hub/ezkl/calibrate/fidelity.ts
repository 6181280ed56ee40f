/**
 * The fidelity report: candidate circuits of one network, each with what its exact
 * integers reach on samples and the price of proving it; and the choice of the cheapest
 * that stays near enough to the float network.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions, namesOf } from "../../../core/base/known.ts";
import { formatPercent } from "../../../core/base/format.ts";
import { lowerOnnx } from "../compile/lower.ts";
import type { Network } from "../network/network.ts";
import type { GraphSettings } from "../format/settings.ts";
import { checkNumberLists, checkNumberOptions } from "../format/numbers.ts";
import { type RunArgs, runArgs } from "../format/run_args.ts";
import { RoundingCalibration } from "./compensated.ts";
import { type Candidate, Draft } from "./draft.ts";
import { type Evaluation, Examination } from "./evaluate.ts";
import { checkLayers, FloatNetwork } from "./float_network.ts";
import { secondsOf } from "./frugal_settings.ts";
import { checkSamples, type LabelledSamples } from "./labelled_samples.ts";
import { allowed, lossOf, type Measure, measureOf, type MeasureOptions } from "./measure.ts";
import { withTensors } from "./rounded_onnx.ts";
import { type SchemeGrid, schemesOf } from "./schemes.ts";

export type { Candidate, Measure, MeasureOptions, SchemeGrid };

/** What to weigh, and how. */
export interface FidelityOptions extends SchemeGrid, MeasureOptions {
  /** Samples that the circuit is chosen by. */
  examination: LabelledSamples;
  /** Samples on which weights are rounded; the first 500 are enough. Default: the examination's. */
  calibration?: LabelledSamples | undefined;
  /**
   * Samples that neither choose the circuit nor round its weights. What the report says of the chosen circuit on
   * these is what to expect of it; its figures on the examination are flattered by the choice.
   */
  test?: LabelledSamples | undefined;
  /** Run arguments to keep: who sees what, variables. Scales, table range, rows, columns and digits are chosen here. */
  runArgs?: Partial<RunArgs>;
  /** Most rows, as log2. Default: 15. */
  maxLogrows?: number;
  /** How much larger than the values met the tables and digits are to be. Default: 1.5. */
  lookupSafetyMargin?: number;
  /** Samples of a first, quick examination. Default: 1000. */
  screening?: number;
  /** Told after each circuit that was run. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between two circuits. */
  signal?: AbortSignal | undefined;
}

/** What a fidelity calibration found. */
export interface FidelityReport {
  /** By what circuits were held to the network, and how far they might be off. */
  measure: Measure;
  /** Every circuit that was weighed, cheapest first, with what it did on the samples that choose. */
  candidates: Candidate[];
  /** The one that was chosen. */
  chosen: Candidate;
  /** How the chosen one did on the samples of `test`, which chose nothing; null where none were given. */
  test: Evaluation | null;
  /** Settings of the chosen circuit. */
  settings: GraphSettings;
  /** The network with its weights on the circuit's grid; compile this file. */
  onnx: Uint8Array<ArrayBuffer>;
}

/** Samples on which weights are rounded. */
const calibrationSamples = 500;

/** Names of the options. */
export const FIDELITY_OPTIONS = namesOf<FidelityOptions>({
  examination: true,
  calibration: true,
  test: true,
  tolerance: true,
  maxError: true,
  runArgs: true,
  tableScales: true,
  dropBits: true,
  deadZones: true,
  maxLogrows: true,
  lookupSafetyMargin: true,
  screening: true,
  onProgress: true,
  signal: true,
});

/**
 * Weighs circuits of an ONNX file and chooses the cheapest that its measure allows. All
 * are run on some of the samples; those that are left, on all of them, the cheapest first
 * until one is good enough.
 * @throws {ArgumentError} where no candidate is, with the best one's figures, for a network that no frugal circuit
 * expresses or whose outputs the measure does not fit, and for options that are unknown or out of range
 */
export async function calibrateFidelity(onnx: Uint8Array, options: FidelityOptions): Promise<FidelityReport> {
  checkFidelityOptions(options);
  const { examination: samples, screening = 1000, signal, onProgress } = options;
  const args = runArgs({ paramVisibility: "Fixed", ...options.runArgs });
  const network = lowerOnnx(onnx, args.variables);
  refuseTypes(network);
  const float = new FloatNetwork(network);
  checkLayers(network, float.layers);
  const examination = new Examination(float, samples);
  const test = options.test && new Examination(float, options.test);
  const measure = measureOf(network, options, samples.count);
  const calibration = calibrationOf(float, options.calibration ?? samples);
  // Nothing may be left out of a circuit whose weights are hidden, so zeros would save nothing.
  const grid = args.paramVisibility === "Fixed" ? options : { ...options, deadZones: [0] };
  const drafts = schemesOf(network, samples, grid).map(([scheme, deadZone]) =>
    new Draft(network, scheme, deadZone, calibration, options)
  );
  const first = Math.min(screening, samples.count);
  for (const [index, draft] of drafts.entries()) {
    await breath(signal);
    draft.examine(examination, first);
    onProgress?.(index + 1, drafts.length);
  }
  for (const draft of drafts.toSorted(byPrice)) {
    if (!draft.isWithin(measure, allowed(measure, first, samples.count))) continue;
    await breath(signal);
    draft.examine(examination, samples.count);
    if (!draft.isWithin(measure, allowed(measure, samples.count, samples.count))) continue;
    const chosen = draft.candidate;
    const candidates = drafts.toSorted(byPrice).map((each) => each === draft ? chosen : each.candidate);
    return {
      measure,
      candidates,
      chosen,
      test: test ? draft.test(test) : null,
      settings: draft.settings!,
      onnx: withTensors(onnx, draft.tensors),
    };
  }
  throw noneWithin(drafts.map(({ candidate }) => candidate), measure);
}

function checkFidelityOptions(options: FidelityOptions): void {
  const where = "calibrateSettings()";
  checkOptions(where, options, FIDELITY_OPTIONS);
  const { tableScales, dropBits, deadZones, maxLogrows, lookupSafetyMargin, screening } = options;
  checkNumberLists(where, { tableScales, dropBits }, { whole: true, least: 0, most: 30 });
  checkNumberLists(where, { deadZones }, { least: 0 });
  checkNumberOptions(where, { maxLogrows }, { whole: true, least: 8, most: 26 });
  checkNumberOptions(where, { lookupSafetyMargin }, { least: 1 });
  checkNumberOptions(where, { screening }, { whole: true, least: 1 });
}

function refuseTypes({ nodes, inputs }: Network): void {
  for (const { op, label } of inputs.map((place) => nodes[place])) {
    if (op.type !== "Input" || (op.datumType !== "F16" && op.datumType !== "F64")) continue;
    throw new ArgumentError(
      `calibrateSettings(): ${label} is of the type ${op.datumType}, and weights are rounded in 32-bit floats; export ` +
        "the model in those, or take the target resources or accuracy",
    );
  }
}

function calibrationOf(float: FloatNetwork, samples: LabelledSamples): RoundingCalibration {
  checkSamples(float.network, samples);
  const { inputs, count } = samples;
  const used = Math.min(count, calibrationSamples);
  return new RoundingCalibration(float, inputs.map((values) => values.subarray(0, values.length / count * used)), used);
}

/** Cheapest first; circuits of one price by how near they come to the float network. */
function byPrice(a: Draft, b: Draft): number {
  const [one, other] = [a.candidate, b.candidate];
  const seconds = ({ price }: Candidate) => price === null ? Number.MAX_VALUE : secondsOf(price);
  const error = ({ evaluation }: Candidate) => evaluation === null ? Number.MAX_VALUE : evaluation.largestError;
  return seconds(one) - seconds(other) || error(one) - error(other);
}

function noneWithin(candidates: readonly Candidate[], measure: Measure): ArgumentError {
  const all = `calibrateSettings(): none of ${candidates.length} circuits`;
  const ran = candidates.flatMap(({ evaluation, price }) => price === null || evaluation === null ? [] : [evaluation]);
  if (ran.length === 0) return new ArgumentError(`${all} can be proven: ${candidates[0].dropped}`);
  const [best] = ran.toSorted((a, b) => lossOf(measure, a) - lossOf(measure, b));
  const finer = "or weigh finer circuits, with larger tableScales and dropBits";
  if (measure.name === "largest error") {
    const { largestError } = best;
    return new ArgumentError(
      `${all} stays within maxError ${measure.maxError} of the float network's outputs: the best is ${
        largestError.toPrecision(3)
      } off; allow a larger maxError, ${finer}`,
    );
  }
  const { accuracy, floatAccuracy, samples } = best;
  return new ArgumentError(
    `${all} stays within ${formatPercent(measure.tolerance)} of the float network's accuracy: the best has ` +
      `${formatPercent(accuracy!)} where the float network has ${
        formatPercent(floatAccuracy!)
      } on ${samples} samples; ` +
      `allow a tolerance of ${Math.ceil((floatAccuracy! - accuracy!) * 1000) / 1000} or more, ${finer}`,
  );
}

/** Lets other work run, and stops where the caller asks for it. */
async function breath(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
