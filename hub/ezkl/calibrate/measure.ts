/**
 * By what a circuit is held to its network: the share of its right answers where outputs are answers, R2 where they are
 * numbers, or the largest error of any output.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { formatPercent } from "../../../core/base/format.ts";
import { oneOf } from "../../../core/base/known.ts";
import { checkNumberOptions } from "../format/numbers.ts";
import type { Network } from "../network/network.ts";
import type { Evaluation, OutputError } from "./evaluate.ts";
import { answersFor, type LabelledSamples } from "./labelled_samples.ts";

/** What a circuit may lose. */
export interface MeasureOptions {
  /**
   * By what circuits are judged. Default: "accuracy" where outputs are answers (the largest of several, a single one
   * behind a Sigmoid or with labels of 0 and 1, whole numbers), "largest error" with maxError, "R2" for all else and
   * with targets.
   */
  measure?: MeasureName | undefined;
  /**
   * What the circuit may lose against the float network: a share of the answers, never finer than one sample. Default:
   * 0.002. For R2 a share of the variance; default: 0.002, or 0.01 where no circuit keeps to that.
   */
  tolerance?: number | undefined;
  /** Largest difference of any output from the float network's, in the output's own unit; in place of `tolerance`. */
  maxError?: number | undefined;
}

/** Measures that can be asked for. */
export type MeasureName = "accuracy" | "R2" | "largest error";

const NAMES: readonly MeasureName[] = ["accuracy", "R2", "largest error"];

/** What a circuit was held to, and how far it might be off. */
export type Measure =
  /** Share of the answers that are right, at most `tolerance` below the float network's. */
  | {
    name: "accuracy";
    tolerance: number;
    /**
     * Where the samples are too few to show such a loss, the largest share of their variance by which outputs may be off
     * too; null where there are enough, and where no circuit keeps to it.
     */
    guard: number | null;
  }
  /**
   * Share of the variance that each output explains, at most `tolerance` below the float network's; and so if what the
   * circuit is off had nothing to do with what the network is off.
   */
  | { name: "R2"; tolerance: number }
  /** Largest difference of an output from the float network's, at most `maxError`. */
  | { name: "largest error"; maxError: number };

const DEFAULT_TOLERANCE = 0.002;

/** What R2 may lose where nobody says and no circuit keeps to the default. */
const MOST_R2 = 0.01;

/** What is to be kept to where no circuit keeps to `measure`, by the same options; the same where there is no other. */
export function loosened(measure: Measure, { tolerance }: MeasureOptions): Measure {
  if (measure.name === "accuracy") return { ...measure, guard: null };
  return measure.name === "R2" && tolerance === undefined ? { ...measure, tolerance: MOST_R2 } : measure;
}

const where = "calibrateSettings()";

/**
 * What the options ask for on `samples`, or what fits the network's outputs and the samples' labels.
 * @throws {ArgumentError} for numbers out of range, for both bounds, and for a measure that does not fit
 */
export function measureOf(network: Network, options: MeasureOptions, samples: LabelledSamples): Measure {
  const { measure: asked, tolerance, maxError } = options;
  if (asked !== undefined) oneOf(`${where}, measure`, asked, NAMES);
  checkNumberOptions(where, { maxError }, { least: 0 });
  if (maxError !== undefined && tolerance !== undefined) {
    throw new ArgumentError(
      `${where}: tolerance and maxError are both given; give tolerance for a share of the answers or of the variance, or ` +
        "maxError for the largest error",
    );
  }
  checkNumberOptions(where, { tolerance }, { least: 0, most: 1 });
  const answers = answersFor(network, samples);
  const name = asked ??
    (maxError !== undefined
      ? "largest error"
      : typeof answers === "string" || samples.targets !== undefined
      ? "R2"
      : "accuracy");
  if (name === "largest error") {
    if (maxError !== undefined) return { name, maxError };
    throw new ArgumentError(
      `${where}: the measure is the largest error, and there is no maxError; give it in the output's unit`,
    );
  }
  if (maxError !== undefined) {
    throw new ArgumentError(
      `${where}: maxError is given, and the measure is ${name}; give tolerance, or leave the measure out`,
    );
  }
  if (name === "R2") {
    if (samples.count > 1) return { name, tolerance: tolerance ?? DEFAULT_TOLERANCE };
    throw new ArgumentError(
      `${where}: there is one sample, and R2 is a share of what samples differ by; give two or more, or maxError, the ` +
        "largest difference of an output that is to be allowed, in the output's unit",
    );
  }
  if (typeof answers === "string") {
    throw new ArgumentError(
      `${where}: the measure is accuracy, and ${answers}; leave the measure out, which takes R2, or give maxError`,
    );
  }
  const share = tolerance ?? DEFAULT_TOLERANCE;
  // One sample of few would be a large share.
  const finest = samples.count < FEW ? 0 : 1 / samples.count;
  const bound = share === 0 ? 0 : Math.max(share, finest);
  const isGuarded = bound > 0 && samples.count < ENOUGH && answers.classes < Infinity;
  return { name, tolerance: bound, guard: isGuarded ? GUARD * share : null };
}

/** Samples below which none may be answered otherwise. */
const FEW = 20;

/** Samples from which on a lost share of a few thousandths shows. */
const ENOUGH = 1000;

/** How much of the variance may be lost for each lost share that is allowed, where samples are few. */
const GUARD = 1.5;

/** How far a circuit is off by a measure, as it is compared with what the measure allows. */
export function lossOf(measure: Measure, evaluation: Evaluation): number {
  const { samples, accuracy, floatAccuracy, largestError, errors } = evaluation;
  switch (measure.name) {
    case "largest error":
      return largestError;
    case "R2":
      return Math.max(...errors.map(varianceLost));
    case "accuracy": {
      // In whole answers first: the difference of two shares has a tail of binary digits.
      const lost = Math.round((floatAccuracy! - accuracy!) * samples * 1e6) / samples / 1e6;
      if (measure.guard === null) return lost;
      const off = Math.max(...errors.map(({ r2 }) => r2 === null ? 0 : 1 - r2));
      return Math.max(lost, off / measure.guard * measure.tolerance);
    }
  }
}

/** The share of one output's variance that is lost. */
function varianceLost({ r2, floatR2, rootMeanSquare, spread, level, squares, misses }: OutputError): number {
  // What is the same for all samples is measured against its own size.
  if (r2 === null) return rootMeanSquare === 0 ? 0 : level === 0 ? 1 : (rootMeanSquare / level) ** 2;
  // Targets of which the float network explains nothing say nothing of a circuit either: it is held to that network's own.
  if (floatR2! < 0 && spread > 0) return Math.max(floatR2! - r2, (rootMeanSquare / spread) ** 2);
  // Errors that happen to bring outputs nearer to these targets bring none nearer to others.
  return Math.max(floatR2! - r2, r2 < 1 ? squares * (1 - r2) / misses : 0);
}

/** Of a circuit's outputs the one that loses most of its variance. */
function worstOutput({ errors }: Evaluation): OutputError {
  return errors.toSorted((a, b) => varianceLost(b) - varianceLost(a))[0];
}

/** What a line of a table says of a circuit: of several outputs that of the one that loses most. */
export function figuresOf(
  evaluation: Evaluation | null,
): Nullable<
  Pick<Evaluation & OutputError, "accuracy" | "floatAccuracy" | "largestError" | "r2" | "floatR2" | "rootMeanSquare">
> {
  if (evaluation === null) {
    return { accuracy: null, floatAccuracy: null, largestError: null, r2: null, floatR2: null, rootMeanSquare: null };
  }
  const { accuracy, floatAccuracy, largestError } = evaluation;
  const { r2, floatR2, rootMeanSquare } = worstOutput(evaluation);
  return { accuracy, floatAccuracy, largestError, r2, floatR2, rootMeanSquare };
}

type Nullable<T> = { [Name in keyof T]: T[Name] | null };

/** What a measure allows on `samples` of `count`: on a part, one sample's luck drops no circuit. */
export function allowed(measure: Measure, samples: number, count: number): number {
  if (measure.name === "largest error") return measure.maxError;
  if (samples >= count) return measure.tolerance;
  return measure.name === "R2" ? 1.5 * measure.tolerance : Math.max(2 * measure.tolerance, 1 / Math.max(1, samples));
}

/** What a measure says of a circuit, as a part of a sentence. */
export function standing(measure: Measure, evaluation: Evaluation): string {
  const { accuracy, floatAccuracy, largestError, errors, samples } = evaluation;
  switch (measure.name) {
    case "largest error":
      return `${largestError.toPrecision(3)} off`;
    case "R2": {
      const worst = worstOutput(evaluation);
      return `R2 ${worst.r2?.toFixed(4) ?? "of a constant"} where the float network has ${
        worst.floatR2?.toFixed(4) ?? "none"
      }, an error of ${worst.rootMeanSquare.toPrecision(3)} where outputs are spread by ${
        worst.spread.toPrecision(3)
      }, on ${samples} samples`;
    }
    case "accuracy": {
      const explained = Math.min(...errors.map(({ r2 }) => r2 ?? 1));
      const guard = measure.guard !== null ? `, with outputs of an R2 of ${explained.toFixed(4)} to its own` : "";
      return `${formatPercent(accuracy!)} where the float network has ${
        formatPercent(floatAccuracy!)
      } on ${samples} samples${guard}`;
    }
  }
}

/** What whoever reads a report should know of how it was measured, a sentence each. */
export function remarks(
  network: Network,
  samples: LabelledSamples,
  measure: Measure,
  evaluation: Evaluation,
): string[] {
  const said: string[] = [], answers = answersFor(network, samples);
  if (measure.name === "accuracy" && typeof answers !== "string") {
    said.push(`circuits are judged by the share of right answers: ${answers.reading}`);
    if (samples.labels === undefined) {
      said.push("there are no labels, so the float network's own answers count as right");
      if (
        answers.classes > 2 && evaluation.floatAccuracy !== null && samples.count < 10 * Math.min(answers.classes, 100)
      ) {
        said.push(`${samples.count} samples are few for ${answers.classes} classes; give more`);
      }
    }
    if (measure.guard !== null) {
      said.push(
        `${samples.count} samples are too few to show so small a loss, so the outputs are held to the float network's too`,
      );
    }
    if (evaluation.ties > 0) {
      said.push(`${evaluation.ties} answers of the circuit are ties of two classes, of which the first one counts`);
    }
  }
  if (measure.name === "R2") {
    said.push("circuits are judged by R2, the share of the outputs' variance that they explain");
    if (samples.targets === undefined) {
      said.push("there are no targets, so the float network's own outputs count as right");
    }
    if (evaluation.errors.some(({ r2 }) => r2 === null)) {
      said.push("an output is the same for all samples, so its error is measured against its own size");
    }
  }
  if (samples.count === 1) said.push("there is one sample, which shows little of a circuit; give a few hundred");
  return said;
}
