/**
 * By what a circuit is held to its network: the share of its answers, where the network
 * answers with a class, or the largest error of its outputs.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkNumberOptions } from "../format/numbers.ts";
import type { Network } from "../network/network.ts";
import type { Evaluation } from "./evaluate.ts";
import { whyNoClasses } from "./labelled_samples.ts";

/** What a circuit may lose. */
export interface MeasureOptions {
  /**
   * Share of the samples by which the circuit may answer worse than the float network, where the largest output is
   * the answer; never finer than one sample. Default: 0.002.
   */
  tolerance?: number | undefined;
  /**
   * Largest difference of any output from the float network's, in the output's own unit; given in place of
   * `tolerance`, and needed where the largest output is no answer: a single output, several outputs, maps.
   */
  maxError?: number | undefined;
}

/** What a circuit was held to, and how far it might be off. */
export type Measure =
  /** Share of the samples whose largest output is the right class, at most `tolerance` below the float network's. */
  | { name: "accuracy"; tolerance: number }
  /** Largest difference of an output from the float network's, at most `maxError`. */
  | { name: "largest error"; maxError: number };

const DEFAULT_TOLERANCE = 0.002;

/**
 * What the options ask for on `count` samples.
 * @throws {ArgumentError} for numbers out of range, for both, and for accuracy where the outputs are no classes
 */
export function measureOf(network: Network, { tolerance, maxError }: MeasureOptions, count: number): Measure {
  const where = "calibrateSettings()";
  checkNumberOptions(where, { maxError }, { least: 0 });
  if (maxError !== undefined) {
    if (tolerance === undefined) return { name: "largest error", maxError };
    throw new ArgumentError(
      `${where}: tolerance and maxError are both given; give tolerance for networks that answer with a class, or maxError ` +
        "for all others",
    );
  }
  checkNumberOptions(where, { tolerance }, { least: 0, most: 1 });
  const why = whyNoClasses(network);
  if (why !== null) {
    throw new ArgumentError(
      `${where}: ${why}, so the share of right answers says nothing about a circuit; give maxError, the largest ` +
        "difference of an output that is to be allowed, in the output's unit",
    );
  }
  const asked = tolerance ?? DEFAULT_TOLERANCE;
  return { name: "accuracy", tolerance: asked === 0 ? 0 : Math.max(asked, 1 / count) };
}

/** How far a circuit is off by a measure, as it is compared with what the measure allows. */
export function lossOf(measure: Measure, { samples, accuracy, floatAccuracy, largestError }: Evaluation): number {
  if (measure.name === "largest error") return largestError;
  // In whole samples first: the difference of two shares has a tail of binary digits.
  return Math.round((floatAccuracy! - accuracy!) * samples) / samples;
}

/** What a measure allows on `samples` of `count`: on a part, one sample's luck drops no circuit. */
export function allowed(measure: Measure, samples: number, count: number): number {
  if (measure.name === "largest error") return measure.maxError;
  return samples < count ? Math.max(2 * measure.tolerance, 1 / samples) : measure.tolerance;
}
