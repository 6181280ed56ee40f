/**
 * Absolute differences and their smooth kin, by PyTorch's formulas, with `e = x - t`: L1Loss `|e|`; SmoothL1Loss
 * `e^2 / (2 beta)` where `|e| < beta`, else `|e| - beta / 2`; HuberLoss `e^2 / 2` where `|e| <= delta`, else
 * `delta (|e| - delta / 2)`.
 * @module
 */
import { checkArguments, expect, finite } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { ElementLoss, elementLossOp } from "./element_loss.ts";

/** The sign of `e`, 0 where it is 0; NaN stays NaN. */
const SIGN = "select(e / max(abs(e), 1e-38), 0.0, e == 0.0)";

/** The operation: outputs and targets `[N, ...]` to losses `[N]` and gradient `[N, ...]`. */
export const L1Op: OpDefinition<null> = elementLossOp("L1", "absolute error", () => ({
  body: `    let e = x - t;
    let l = abs(e);
    let d = ${SIGN};`,
}));

/** How Huber's loss is bent: `square e^2 / 2` up to `edge`, `straight (|e| - edge / 2)` beyond. */
export interface HuberAttributes {
  /** The greatest difference that is squared. */
  readonly edge: number;
  /** What half the square is multiplied by. */
  readonly square: number;
  /** The slope beyond. */
  readonly straight: number;
}

/** The operation: outputs and targets `[N, ...]` to losses `[N]` and gradient `[N, ...]`. */
export const HuberOp: OpDefinition<HuberAttributes> = elementLossOp(
  "Huber",
  "Huber's loss",
  ({ edge, square, straight }: HuberAttributes) => ({
    body: `    let e = x - t;
    let near = abs(e) <= ${edge};
    let l = select(${straight} * (abs(e) - ${edge / 2}), ${square / 2} * e * e, near);
    let d = select(${straight} * ${SIGN}, ${square} * e, near);`,
  }),
);

/** Absolute differences, as in PyTorch: the mean over the batch and all elements. */
export class L1Loss extends ElementLoss<null> {
  /** Takes no arguments. */
  constructor() {
    checkArguments("L1Loss", arguments, 0);
    super(L1Op, null);
  }
}

/** Options of {@linkcode SmoothL1Loss}. */
export interface SmoothL1LossOptions {
  /** The difference from which on it is straight; default 1. 0: it is L1Loss. */
  readonly beta?: number;
}

const SMOOTH = namesOf<SmoothL1LossOptions>({ beta: true });

/** Absolute differences, squared near 0, as in PyTorch: the mean over the batch and all elements. */
export class SmoothL1Loss extends ElementLoss<HuberAttributes> {
  /** Throws an `ArgumentError` for a `beta` that is none. */
  constructor(options: SmoothL1LossOptions = {}) {
    checkArguments("SmoothL1Loss", arguments, 0, SMOOTH);
    const { beta = 1 } = options;
    finite("SmoothL1Loss: beta", beta, 0);
    super(HuberOp, { edge: beta, square: beta === 0 ? 0 : 1 / beta, straight: 1 });
  }
}

/** Options of {@linkcode HuberLoss}. */
export interface HuberLossOptions {
  /** The difference from which on it is straight; default 1. */
  readonly delta?: number;
}

const HUBER = namesOf<HuberLossOptions>({ delta: true });

/** Squares of small differences and `delta` times larger ones, as in PyTorch: the mean over the batch and all elements. */
export class HuberLoss extends ElementLoss<HuberAttributes> {
  /** Throws an `ArgumentError` for a `delta` that is none. */
  constructor(options: HuberLossOptions = {}) {
    checkArguments("HuberLoss", arguments, 0, HUBER);
    const { delta = 1 } = options;
    expect(finite("HuberLoss: delta", delta, 0) > 0, "HuberLoss: delta", delta, "a number greater than 0");
    super(HuberOp, { edge: delta, square: 1, straight: delta });
  }
}
