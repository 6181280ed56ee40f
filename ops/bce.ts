/**
 * Binary cross-entropy, by PyTorch's formulas. Of probabilities: `-(t log x + (1 - t) log(1 - x))`, no logarithm below
 * -100. Of logits: `(1 - t) x + (1 + (posWeight - 1) t) log(1 + exp(-x))`.
 * @module
 */
import { checkArguments, expect, finite, isList } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { namesOf } from "../core/base/known.ts";
import { showShape } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { ElementLoss, elementLossOp } from "./element_loss.ts";

/** The logarithm, but -100 where it would be less. */
const logarithm = (x: string): string => `select(max(log(${x}), -100.0), -100.0, ${x} == 0.0)`;

/** The operation: probabilities and targets `[N, ...]` to losses `[N]` and gradient `[N, ...]`. */
export const BCEOp: OpDefinition<null> = elementLossOp("BCE", "binary cross-entropy", () => ({
  body: `    let y = 1.0 - x;
    let l = -(t * ${logarithm("x")} + (1.0 - t) * ${logarithm("y")});
    let d = (x - t) / max(x * y, 1e-12);`,
}));

/** The operation: logits, targets and, by its attribute, weights of the positive, to losses `[N]` and gradient `[N, ...]`. */
export const BCEWithLogitsOp: OpDefinition<{ readonly positives: number }> = elementLossOp(
  "BCEWithLogits",
  "binary cross-entropy",
  ({ positives }: { readonly positives: number }) => ({
    body: `    let w = ${positives === 0 ? "1.0" : `1.0 + (positive(k % ${positives}u) - 1.0) * t`};
    let e = exp(-abs(x));
    let below = select(1.0, e, x >= 0.0) / (1.0 + e);
    let l = (1.0 - t) * x + w * (log(1.0 + e) + max(-x, 0.0));
    let d = (1.0 - t) - w * below;`,
  }),
  ["positive"],
);

/** Binary cross-entropy of probabilities, as in PyTorch: the mean over the batch and all elements. */
export class BCELoss extends ElementLoss<null> {
  /** Takes no arguments. */
  constructor() {
    checkArguments("BCELoss", arguments, 0);
    super(BCEOp, null);
  }
}

/** Options of {@linkcode BCEWithLogitsLoss}. */
export interface BCEWithLogitsLossOptions {
  /** How much a positive counts: a number, or one for each element of the output's last dimension. Default 1. */
  readonly posWeight?: number | ArrayLike<number>;
}

const OPTIONS = namesOf<BCEWithLogitsLossOptions>({ posWeight: true });

/**
 * Binary cross-entropy of logits, with the sigmoid inside, as in PyTorch: the mean over the batch and all elements.
 *
 * @example
 * ```ts
 * import { BCEWithLogitsLoss } from "@zkgrad/zkgrad";
 *
 * const loss = new BCEWithLogitsLoss({ posWeight: 3 });
 * ```
 */
export class BCEWithLogitsLoss extends ElementLoss<{ readonly positives: number }> {
  readonly #weights: readonly number[];

  /** Throws an `ArgumentError` for weights that are none. */
  constructor(options: BCEWithLogitsLossOptions = {}) {
    checkArguments("BCEWithLogitsLoss", arguments, 0, OPTIONS);
    const { posWeight } = options;
    const weights = posWeight === undefined ? [] : typeof posWeight === "number" ? [posWeight] : posWeight;
    const sound = isList(weights) && (posWeight === undefined || weights.length > 0);
    expect(sound, "BCEWithLogitsLoss: posWeight", posWeight, "a number, or a list of them");
    super(BCEWithLogitsOp, { positives: weights.length });
    this.#weights = Array.from(weights, (weight) => finite("BCEWithLogitsLoss: posWeight", weight, 0));
  }

  /** The weights of the positive, where there are any. */
  protected override more(output: Value): readonly Value[] {
    const count = this.#weights.length;
    if (count === 0) return [];
    const last = output.shape.at(-1)!;
    if (count !== 1 && last !== count) {
      throw new ShapeError(
        `BCEWithLogitsLoss: posWeight has ${count} numbers and the model gives ${
          showShape(output.shape)
        }, expected 1 ` +
          `or ${last}`,
      );
    }
    return [output.graph.constant([count], this.#weights, "posWeight")];
  }
}
