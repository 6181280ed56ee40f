/**
 * Losses as the engine sees them.
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import type { Value } from "./graph.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";

/** What training lowers: the mean over the batch of one number per sample. */
export interface Loss {
  /** The element type of the targets: class numbers or values. */
  readonly targetType: "u32" | "f32";
  /** The shape of a batch's targets for an output of this shape; throws a `ShapeError`. */
  targetShape(output: Shape): Shape;
  /** Adds the loss node; returns its outputs (see `OpDefinition.loss`). */
  apply(output: Value, target: Value): readonly Value[];
  /**
   * How much a sample with this class label counts in the mean, or null where it is left out altogether. Absent: all
   * count alike.
   */
  weightOf?(label: number): number | null;
  /**
   * The same for a loss that looks at several outputs of the model, or at several targets, each in its own shape
   * `[N, ...]`, floats all; what it checks of them it checks itself.
   */
  applyAll?(outputs: readonly Value[], targets: readonly Value[]): readonly Value[];
}

/** Refuses a data set whose targets do not fit the loss and the model's output. */
export function checkTargets(dataset: Dataset, loss: Loss, output: Value, targetShape: Shape): void {
  const labels = dataset.targets.data instanceof Uint32Array;
  if (labels !== (loss.targetType === "u32")) {
    throw new ArgumentError(
      `the loss wants ${loss.targetType === "u32" ? "class labels (Uint32Array)" : "values (Float32Array)"} ` +
        `as targets and the data set has ${labels ? "class labels" : "values"}`,
    );
  }
  if (sizeOf(dataset.targets.shape) !== sizeOf(targetShape.slice(1))) {
    throw new ShapeError(
      `the model gives ${showShape(output.shape)}, so a target is ${showShape(targetShape.slice(1))}, ` +
        `and the data set's are ${showShape(dataset.targets.shape)}`,
    );
  }
  const counts = (label: number): boolean => loss.weightOf === undefined || loss.weightOf(label) !== null;
  const largest = (): number => {
    let most = 0;
    for (const label of dataset.targets.data) if (label > most && counts(label)) most = label;
    return most;
  };
  let classes = labels ? dataset.classes ?? largest() + 1 : 0;
  if (labels && classes > output.shape[1] && !counts(classes - 1)) classes = largest() + 1;
  if (labels && classes > output.shape[1]) {
    throw new ShapeError(
      `the data set has ${classes} classes and the model's last layer (${output.name}) gives ` +
        `${output.shape[1]} logits`,
    );
  }
}
