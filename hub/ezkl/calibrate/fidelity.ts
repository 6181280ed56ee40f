/**
 * The fidelity report: candidate circuits of one network, each with the accuracy that
 * its exact integers reach on labelled samples and the price of proving it; and the
 * choice of the cheapest that stays within a tolerance of the float network.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { formatPercent } from "../../../core/base/format.ts";
import { lowerOnnx } from "../compile/lower.ts";
import type { Network } from "../compile/network.ts";
import type { GraphSettings } from "../format/settings.ts";
import type { RunArgs } from "../format/run_args.ts";
import { RoundingCalibration } from "./compensated.ts";
import { type Candidate, Draft } from "./draft.ts";
import { checkSamples, Examination, type LabelledSamples } from "./evaluate.ts";
import { FloatNetwork } from "./float_network.ts";
import { secondsOf } from "./frugal_settings.ts";
import { withTensors } from "./rounded_onnx.ts";
import { type SchemeGrid, schemesOf } from "./schemes.ts";

export type { Candidate, SchemeGrid };

/** What to weigh, and how. */
export interface FidelityOptions extends SchemeGrid {
  /** Samples on which accuracy is measured. */
  examination: LabelledSamples;
  /** Samples on which weights are rounded; the first 500 are enough. Default: the examination's. */
  calibration?: LabelledSamples | undefined;
  /** Share of the samples by which the circuit may do worse than the float network. Default: 0.002. */
  tolerance?: number;
  /** Run arguments to start from; scales, table range, rows and columns are chosen here. */
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
  /** Every circuit that was weighed, cheapest first. */
  candidates: Candidate[];
  /** The one that was chosen. */
  chosen: Candidate;
  /** Settings of the chosen circuit. */
  settings: GraphSettings;
  /** The network with its weights on the circuit's grid; compile this file. */
  onnx: Uint8Array<ArrayBuffer>;
}

/** Samples on which weights are rounded. */
const calibrationSamples = 500;

/**
 * Weighs circuits of an ONNX file and chooses the cheapest whose accuracy stays within
 * the tolerance. All are run on some of the samples; those that stay within twice the
 * tolerance there, on all of them, the cheapest first until one is good enough.
 * @throws {ArgumentError} where no candidate is, with the best one's figures, and for a network that no frugal circuit expresses
 */
export async function calibrateFidelity(onnx: Uint8Array, options: FidelityOptions): Promise<FidelityReport> {
  const { examination: samples, tolerance = 0.002, screening = 1000, signal, onProgress } = options;
  const network = lowerOnnx(onnx, options.runArgs?.variables);
  refuseUnmeasured(network);
  const float = new FloatNetwork(network);
  const examination = new Examination(float, samples);
  const calibration = calibrationOf(float, options.calibration ?? samples);
  const drafts = schemesOf(network, samples, options).map(([scheme, deadZone]) =>
    new Draft(network, scheme, deadZone, calibration, options)
  );
  for (const [index, draft] of drafts.entries()) {
    await breath(signal);
    draft.examine(examination, Math.min(screening, samples.count));
    onProgress?.(index + 1, drafts.length);
  }
  for (const draft of drafts.toSorted(byPrice)) {
    if (!draft.isWithin(2 * tolerance)) continue;
    await breath(signal);
    draft.examine(examination, samples.count);
    if (!draft.isWithin(tolerance)) continue;
    const chosen = draft.candidate;
    const candidates = drafts.toSorted(byPrice).map((each) => each === draft ? chosen : each.candidate);
    return { candidates, chosen, settings: draft.settings!, onnx: withTensors(onnx, draft.tensors) };
  }
  throw noneWithin(drafts.map(({ candidate }) => candidate), tolerance);
}

function refuseUnmeasured({ nodes, inputs, outputs }: Network): void {
  if (outputs.length !== 1) {
    throw new ArgumentError(
      `calibrateSettings(): the network has ${outputs.length} outputs, and fidelity compares the answers of one; ` +
        "export it with one output, or take the target resources or accuracy",
    );
  }
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

function noneWithin(candidates: readonly Candidate[], tolerance: number): ArgumentError {
  const ran = candidates.flatMap(({ evaluation, price }) => price === null || evaluation === null ? [] : [evaluation]);
  const best = ran.toSorted((a, b) => b.accuracy - b.floatAccuracy - (a.accuracy - a.floatAccuracy)).at(0);
  const figures = best === undefined
    ? candidates.at(0)?.dropped ?? "there was none to try"
    : `the best has ${formatPercent(best.accuracy)} where the float network has ${formatPercent(best.floatAccuracy)}`;
  return new ArgumentError(
    `calibrateSettings(): none of ${candidates.length} circuits stays within ${
      formatPercent(tolerance)
    } of the float ` +
      `network's accuracy: ${figures}; allow a larger tolerance, more dropBits or other tableScales`,
  );
}

/** Lets other work run, and stops where the caller asks for it. */
async function breath(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
