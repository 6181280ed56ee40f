/**
 * Negative log-likelihood of log-probabilities: `loss[n] = -w[t[n]] x[n, t[n]]`, with weights of classes `w` or 1.
 * @module
 */
import { namesOf } from "../core/base/known.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { ClassLoss, type ClassLossAttributes, classLossOp, type ClassLossOptions } from "./class_loss.ts";

/** The operation: log-probabilities `[N, K, ...]` and classes `[N, ...]` to losses `[N]`, hits `[N]`, gradient `[N, K, ...]`. */
export const NLLOp: OpDefinition<ClassLossAttributes> = classLossOp(
  "NLL",
  "negative log-likelihood",
  (classes, _, at) =>
    `  var top = x(${at("0u")});
  var best = 0u;
  var own = 0.0;
  for (var k = 0u; k < ${classes}u; k++) {
    let y = x(${at("k")});
    if ((y > top || ${isNan("y")}) && !(${isNan("top")})) { top = y; best = k; }
    own = select(own, y, k == class_);
    set_gradient(${at("k")}, select(0.0, -own_weight * share, k == class_ && kept));
  }
  let loss = -own_weight * own;
  let right = best == class_;`,
);

const OPTIONS = namesOf<ClassLossOptions>({ weight: true, ignoreIndex: true });

/** Negative log-likelihood of what LogSoftmax gives, as in PyTorch; the mean over the batch, weighted by classes' weights. */
export class NLLLoss extends ClassLoss<ClassLossAttributes> {
  /** Throws an `ArgumentError` for weights or a label that are none. */
  constructor(_options: ClassLossOptions = {}) {
    super("NLLLoss", NLLOp, arguments, OPTIONS, {});
  }
}
