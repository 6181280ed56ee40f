/**
 * What is to be known of a model beside its loss: functions of all that it said of a data set.
 * @module
 */
import { checkArguments, expect, finite, whole } from "../base/arguments.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { namesOf } from "../base/known.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import type { Dataset } from "../data/dataset.ts";

/** What a model said of a data set, and what it should have said. */
export interface Predicted {
  /** The outputs, sample after sample; several outputs of a sample lie one behind the other. */
  readonly outputs: Float32Array<ArrayBuffer>;
  /** The shape of one sample's output. */
  readonly outputShape: Shape;
  /** The targets in the same order: class labels (u32), 4294967196 (-100) where there is none, or values. */
  readonly targets: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** The shape of one sample's target. */
  readonly targetShape: Shape;
  /** How many samples there are. */
  readonly length: number;
}

/** A number that tells how good predictions are. */
export type Metric = (predicted: Predicted) => number;

/** What was predicted, with the targets in the order in which samples were visited. */
export function predictedOf(
  { targets: { data, shape } }: Dataset,
  order: Uint32Array | null,
  outputShape: Shape,
  outputs: Float32Array<ArrayBuffer>,
): Predicted {
  const length = outputs.length / sizeOf(outputShape);
  const size = sizeOf(shape);
  const targets = data instanceof Uint32Array ? new Uint32Array(length * size) : new Float32Array(length * size);
  for (let n = 0; n < length; n++) {
    const from = (order === null ? n : order[n]) * size;
    for (let k = 0; k < size; k++) targets[n * size + k] = data[from + k];
  }
  return { outputs, outputShape, targets, targetShape: shape, length };
}

/** What the metrics give; throws an `ArgumentError` for one that gives no number. */
export function measure(metrics: Readonly<Record<string, Metric>>, predicted: Predicted): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => {
      const value: unknown = metric(predicted);
      expect(typeof value === "number", `evaluate(): what metrics.${name} gave`, value, "a number");
      return [name, value];
    }),
  );
}

/**
 * The share of samples whose class is among the `k` largest outputs, of equal ones the first, as
 * torchmetrics' `multiclass_accuracy(top_k=k, average="micro")`. Samples without a label are left out.
 *
 * @example
 * ```ts
 * import { Adam, nn, TensorDataset, topKAccuracy, Trainer } from "@zkgrad/zkgrad";
 *
 * const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
 * const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * const loss = new nn.CrossEntropyLoss(), optimizer = new Adam({ lr: 0.1 });
 * using trainer = await Trainer.create({ model, loss, optimizer, device: "cpu" });
 * const { metrics } = await trainer.evaluate(data, { metrics: { top2: topKAccuracy(2) } });
 * if (metrics.top2 !== 1) throw new Error("of two classes");
 * ```
 */
export function topKAccuracy(k: number): Metric {
  checkArguments("topKAccuracy()", arguments, 1);
  whole("topKAccuracy(): k", k);
  return ({ outputs, outputShape, targets, length }) => {
    if (!(targets instanceof Uint32Array)) {
      throw new ArgumentError(
        "topKAccuracy() compares with class labels and the data set has values; use binaryAccuracy()",
      );
    }
    const [classes, ...rest] = outputShape;
    const places = sizeOf(rest);
    let [right, counted] = [0, 0];
    for (let at = 0; at < length * places; at++) {
      const label = targets[at];
      if (label >= classes) continue;
      const first = Math.floor(at / places) * classes * places + at % places;
      const own = outputs[first + label * places];
      let before = 0;
      for (let c = 0; c < classes; c++) {
        const other = outputs[first + c * places];
        if (other > own || (other === own && c < label)) before++;
      }
      counted++;
      if (before < k && !Number.isNaN(own)) right++;
    }
    return right / counted;
  };
}

/** Options of {@linkcode binaryAccuracy}. */
export interface BinaryAccuracyOptions {
  /** Outputs above it say yes: 0 for logits, 0.5 for probabilities. Default 0.5. */
  readonly threshold?: number;
}

const BINARY = namesOf<BinaryAccuracyOptions>({ threshold: true });

/** The share of outputs that are on their target's side: above the threshold where that is more than 0.5, else not. */
export function binaryAccuracy(options: BinaryAccuracyOptions = {}): Metric {
  checkArguments("binaryAccuracy()", arguments, 0, BINARY);
  const { threshold = 0.5 } = options;
  finite("binaryAccuracy(): threshold", threshold);
  return (predicted) => {
    const targets = alike("binaryAccuracy()", predicted);
    const right = predicted.outputs.reduce(
      (sum, value, k) => sum + Number((value > threshold) === (targets[k] > 0.5)),
      0,
    );
    return right / targets.length;
  };
}

/** Options of {@linkcode meanAbsoluteError} and {@linkcode meanSquaredError}. */
export interface ErrorOptions {
  /** How many of the user's unit an output of 1 stands for: what targets were divided by. Default 1. */
  readonly scale?: number;
}

const ERROR = namesOf<ErrorOptions>({ scale: true });

/**
 * The mean of `|output - target|` over all elements, times `scale`.
 *
 * @example
 * ```ts
 * import { Adam, meanAbsoluteError, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 *
 * const data = new TensorDataset({ inputs: Float32Array.of(1, 2, 3, 4), shape: [1], targets: Float32Array.of(2, 4, 6, 8), targetShape: [1] });
 * const model = new nn.Linear(1, 1), loss = new nn.MSELoss(), optimizer = new Adam();
 * using trainer = await Trainer.create({ model, loss, optimizer, device: "cpu" });
 * const { metrics } = await trainer.evaluate(data, { metrics: { euros: meanAbsoluteError({ scale: 1000 }) } });
 * if (!(metrics.euros >= 0)) throw new Error(`${metrics.euros}`);
 * ```
 */
export function meanAbsoluteError(options: ErrorOptions = {}): Metric {
  checkArguments("meanAbsoluteError()", arguments, 0, ERROR);
  const { scale = 1 } = options;
  finite("meanAbsoluteError(): scale", scale);
  return (predicted) => scale * meanOf("meanAbsoluteError()", predicted, Math.abs);
}

/** The mean of `(output - target)^2` over all elements, times the square of `scale`. */
export function meanSquaredError(options: ErrorOptions = {}): Metric {
  checkArguments("meanSquaredError()", arguments, 0, ERROR);
  const { scale = 1 } = options;
  finite("meanSquaredError(): scale", scale);
  return (predicted) => scale ** 2 * meanOf("meanSquaredError()", predicted, (error) => error * error);
}

/**
 * The share of the targets' variance that outputs explain, `1 - sum (t - x)^2 / sum (t - mean t)^2`, the mean over a
 * sample's elements, as torchmetrics' `r2_score`.
 */
export function r2Score(): Metric {
  checkArguments("r2Score()", arguments, 0);
  return (predicted) => {
    const targets = alike("r2Score()", predicted);
    const { outputs, length } = predicted;
    const size = targets.length / length;
    let total = 0;
    for (let k = 0; k < size; k++) {
      let [sum, left, all] = [0, 0, 0];
      for (let n = 0; n < length; n++) sum += targets[n * size + k];
      for (let n = 0; n < length; n++) {
        const target = targets[n * size + k];
        left += (target - outputs[n * size + k]) ** 2;
        all += (target - sum / length) ** 2;
      }
      total += 1 - left / all;
    }
    return total / size;
  };
}

function meanOf(where: string, predicted: Predicted, of: (error: number) => number): number {
  const targets = alike(where, predicted);
  let sum = 0;
  for (let k = 0; k < targets.length; k++) sum += of(predicted.outputs[k] - targets[k]);
  return sum / targets.length;
}

/** The targets, where there is one for each output. */
function alike(where: string, { outputs, targets, outputShape, targetShape }: Predicted): Predicted["targets"] {
  if (outputs.length === targets.length) return targets;
  throw new ShapeError(
    `${where} compares outputs with as many targets: the model gives ${showShape(outputShape)} a sample and the data ` +
      `set has ${showShape(targetShape)}`,
  );
}
