/**
 * Losses as the engine sees them.
 * @module
 */
import type { Value } from "./graph.ts";
import type { Shape } from "./shape.ts";

/** What training lowers: the mean over the batch of one number per sample. */
export interface Loss {
  /** The element type of the targets: class numbers or values. */
  readonly targetType: "u32" | "f32";
  /** The shape of a batch's targets for an output of this shape; throws a `ShapeError`. */
  targetShape(output: Shape): Shape;
  /** Adds the loss node; returns its outputs (see `OpDefinition.loss`). */
  apply(output: Value, target: Value): readonly Value[];
}
