/**
 * The fidelity report: candidate circuits of one network, each with what its exact
 * integers reach on samples and the price of proving it; and the choice of the cheapest
 * that stays near enough to the float network.
 * @module
 */
import { expect } from "../../../core/base/arguments.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkOptions, namesOf } from "../../../core/base/known.ts";
import { foldedOnnx } from "../compile/folded_onnx.ts";
import { lowerOnnx } from "../compile/lower.ts";
import type { Network } from "../network/network.ts";
import { type Scheme, schemeFrom } from "../network/scheme.ts";
import type { GraphSettings } from "../format/settings.ts";
import { checkNumberLists, checkNumberOptions } from "../format/numbers.ts";
import { type RunArgs, runArgs } from "../format/run_args.ts";
import { type Candidate, Draft, learned } from "./draft.ts";
import { type Evaluation, Examination } from "./evaluate.ts";
import { checkLayers, FloatNetwork } from "./float_network.ts";
import { checkSamples, type LabelledSamples } from "./labelled_samples.ts";
import {
  loosened,
  lossOf,
  type Measure,
  type MeasureName,
  measureOf,
  type MeasureOptions,
  remarks,
  standing,
} from "./measure.ts";
import { withTensors } from "./rounded_onnx.ts";
import { inputFacts, type Known, type SchemeGrid, schemeOf, trainedSchemes } from "./schemes.ts";
import { cheapest, search } from "./search.ts";
import { threadsFor } from "./threads.ts";
import type { Batch } from "./met.ts";
import type { Study } from "./weigher.ts";
import { WeighingCrew } from "./weighing_crew.ts";

export type { Candidate, Measure, MeasureName, MeasureOptions, SchemeGrid };

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
  /**
   * Scales to weigh alone, in place of tableRows and dropBits: those of a network that was trained with their rounding.
   * deadZones are then 0 unless they are given. Default: scales follow the numbers.
   */
  scheme?: Scheme | undefined;
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
  /** Stops it: at once where threads do the work, else between two pieces of it. */
  signal?: AbortSignal | undefined;
  /**
   * Threads that do the work, from 1, which is the caller's own, to 64; what is found is the same with any number.
   * Default: as many as the machine has processors, or the caller's own alone where that takes no longer.
   */
  threads?: number | undefined;
}

/** What a fidelity calibration found. */
export interface FidelityReport {
  /** By what circuits were held to the network, and how far they might be off. */
  measure: Measure;
  /** What to know of that, a sentence each: how answers are read, what counts as right, what the samples cannot show. */
  remarks: string[];
  /** Every circuit that was weighed, cheapest first, with what it did on the samples that choose. */
  candidates: Candidate[];
  /** The one that was chosen. */
  chosen: Candidate;
  /** How the chosen one did on the samples of `test`, which chose nothing; null where none were given. */
  test: Evaluation | null;
  /** Settings of the chosen circuit. */
  settings: GraphSettings;
  /** The network with its weights on the circuit's grid, constants behind and before layers among them; compile this file. */
  onnx: Uint8Array<ArrayBuffer>;
}

/** Samples on which weights are rounded. */
const calibrationSamples = 500;

/** Names of the options. */
export const FIDELITY_OPTIONS = namesOf<FidelityOptions>({
  examination: true,
  calibration: true,
  test: true,
  measure: true,
  tolerance: true,
  maxError: true,
  scheme: true,
  runArgs: true,
  tableRows: true,
  dropBits: true,
  deadZones: true,
  maxLogrows: true,
  lookupSafetyMargin: true,
  screening: true,
  onProgress: true,
  signal: true,
  threads: true,
});

/**
 * Weighs circuits of an ONNX file and chooses the cheapest that its measure allows; see `search.ts` for which are run
 * on how many samples.
 * @throws {ArgumentError} where no candidate is, with the best one's figures, for a network that no frugal circuit
 * expresses or whose outputs the measure does not fit, and for options that are unknown or out of range
 */
export async function calibrateFidelity(onnx: Uint8Array, options: FidelityOptions): Promise<FidelityReport> {
  checkFidelityOptions(options);
  const { examination: samples, screening = 1000, signal, onProgress, lookupSafetyMargin: margin = 1.5 } = options;
  const args = runArgs({ paramVisibility: "Fixed", ...options.runArgs });
  const folded = foldedOnnx(onnx, args.variables), network = lowerOnnx(folded, args.variables);
  refuseTypes(network);
  const float = new FloatNetwork(network);
  checkLayers(network, float.layers);
  const examination = new Examination(float, samples);
  const test = options.test && new Examination(float, options.test);
  const measure = measureOf(network, options, samples);
  const rounding = options.calibration ?? samples;
  checkSamples(network, rounding);
  const fixed = args.paramVisibility === "Fixed";
  const { maxLogrows = 15, scheme, deadZones = [0], runArgs: given } = options;
  const screened = Math.min(screening, samples.count);
  const study: Study = {
    onnx: folded,
    variables: args.variables,
    calibration: firstOf(rounding, calibrationSamples),
    screening: examination.batch(0, screened),
    limits: { runArgs: given, maxLogrows, lookupSafetyMargin: margin },
  };
  const threads = threadsFor(float, study, samples.count + (options.test?.count ?? 0), options.threads);
  await using crew = await WeighingCrew.gather(study, float, threads, signal);
  const [extents] = await Promise.all([crew.do("extents", () => ({})), learned(examination, screened, crew)]);
  const known: Known = { network, layers: float.layers, extents, inputs: inputFacts(samples), fixed, margin };
  const kept = scheme && { tableRows: [maxLogrows], dropBits: [scheme.dropBits], deadZones };
  const { chosen: best, drafts } = await search({
    // Nothing may be left out of a circuit whose weights are hidden, so zeros would save nothing.
    grid: fixed ? kept ?? options : { ...kept ?? options, deadZones: [0] },
    maxLogrows,
    products: productsOf(float.layers),
    draft: (rows, dropBits, deadZone) => new Draft(scheme ?? schemeOf(known, rows, dropBits), deadZone, crew),
    trained: (bits) => scheme ? [] : trainedSchemes(known, bits).map((trained) => new Draft(trained, 0, crew)),
    screening: screened,
    measure,
    examination,
    signal,
    onProgress,
  });
  // Where none follows the outputs so closely, answers alone have to do, and a share of the variance is more.
  const loose = best === null ? loosened(measure, options) : measure;
  const draft = best ?? (loose === measure ? null : await cheapest(drafts, loose, examination));
  if (draft === null) throw noneWithin(drafts.map(({ candidate }) => candidate), loose);
  const chosen = draft.candidate;
  return {
    measure: loose,
    remarks: remarks(network, samples, loose, chosen.evaluation!),
    candidates: drafts.map((each) => each === draft ? chosen : each.candidate),
    chosen,
    test: test ? await draft.test(test) : null,
    settings: draft.settings!,
    onnx: withTensors(folded, draft.tensors),
  };
}

function productsOf(layers: FloatNetwork["layers"]): number {
  return [...layers.values()].reduce((sum, { outputs, rows, depth }) => sum + outputs * rows * depth, 0);
}

function checkFidelityOptions(options: FidelityOptions): void {
  const where = "calibrateSettings()";
  checkOptions(where, options, FIDELITY_OPTIONS);
  const { scheme, tableRows, dropBits, deadZones, maxLogrows, lookupSafetyMargin, screening } = options;
  if (scheme !== undefined) {
    schemeFrom(scheme);
    const isAlone = tableRows === undefined && dropBits === undefined;
    expect(isAlone, `${where}: scheme`, scheme, "none beside tableRows and dropBits; give either");
  }
  checkNumberLists(where, { tableRows }, { whole: true, least: 4, most: 26 });
  checkNumberLists(where, { dropBits }, { whole: true, least: 0, most: 30 });
  checkNumberLists(where, { deadZones }, { least: 0 });
  checkNumberOptions(where, { maxLogrows }, { whole: true, least: 8, most: 26 });
  checkNumberOptions(where, { lookupSafetyMargin }, { least: 1 });
  checkNumberOptions(where, { screening }, { whole: true, least: 1 });
  checkNumberOptions(where, { threads: options.threads }, { whole: true, least: 1, most: 64 });
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

function firstOf({ inputs, count }: LabelledSamples, most: number): Batch {
  const used = Math.min(count, most);
  return { inputs: inputs.map((values) => values.slice(0, values.length / count * used)), count: used };
}

function noneWithin(candidates: readonly Candidate[], measure: Measure): ArgumentError {
  const all = `calibrateSettings(): none of ${candidates.length} circuits`;
  const ran = candidates.filter(({ evaluation, price }) => price !== null && evaluation !== null);
  if (ran.length === 0) {
    return new ArgumentError(`${all} can be proven: ${candidates[0].dropped}; or try the target resources`);
  }
  const [best] = ran.toSorted((a, b) => lossOf(measure, a.evaluation!) - lossOf(measure, b.evaluation!));
  const evaluation = best.evaluation!, loss = lossOf(measure, evaluation);
  const { price, scheme: { dropBits } } = best;
  const found = `the best, of 2^${price!.logrows} rows and dropBits ${dropBits}, `;
  const finer = "or weigh finer circuits, with a larger maxLogrows and other tableRows and dropBits";
  if (measure.name === "largest error") {
    return new ArgumentError(
      `${all} stays within maxError ${measure.maxError} of the float network's outputs: ${found}is ${
        standing(measure, evaluation)
      }; allow a larger maxError, ${finer}`,
    );
  }
  const what = measure.name === "accuracy" ? "accuracy" : "R2";
  return new ArgumentError(
    `${all} stays within ${measure.tolerance} of the float network's ${what}: ${found}has ${
      standing(measure, evaluation)
    }; allow a tolerance of ${Math.ceil(loss * 1000) / 1000} or more, ${finer}`,
  );
}
