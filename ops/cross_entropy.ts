/**
 * Cross-entropy of logits: `l[n, k] = log(sum_j exp(x[n, j])) - x[n, k]`, the maximum subtracted first, and
 * `loss[n] = (1 - s) w[t[n]] l[n, t[n]] + s / K sum_k w[k] l[n, k]` with label smoothing `s` and weights of classes `w`
 * (Szegedy et al. 2016; PyTorch's formula). Without both: `dx[n, k] = (softmax(x[n])[k] - [k == t[n]]) / N`.
 * @module
 */
import { expect, finite } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { ClassLoss, type ClassLossAttributes, classLossOp, type ClassLossOptions } from "./class_loss.ts";

/** Options of {@linkcode CrossEntropyLoss}. */
export interface CrossEntropyLossOptions extends ClassLossOptions {
  /** What share of each target is spread over all classes; default 0. */
  readonly labelSmoothing?: number;
}

/** What the operation knows. */
export interface CrossEntropyAttributes extends ClassLossAttributes {
  /** What share of each target is spread over all classes. */
  readonly smoothing: number;
}

/** The operation: logits `[N, K, ...]` and classes `[N, ...]` to losses `[N]`, hits `[N]` (how many are right), gradient `[N, K, ...]`. */
export const CrossEntropyOp: OpDefinition<CrossEntropyAttributes> = classLossOp("CrossEntropy", "cross-entropy", body);

function body(
  classes: number,
  { smoothing, weighted }: CrossEntropyAttributes,
  at: (k: string) => string,
): string {
  const each = `for (var k = 0u; k < ${classes}u; k++)`;
  const weight = weighted ? "weight(k)" : "1.0";
  const smooth = smoothing === 0 ? "" : `
  var spread = 0.0;
  var all = 0.0;
  ${each} {
    spread += ${weight} * (log(sum) + top - x(${at("k")}));
    all += ${weight};
  }
  let part = select(0.0, ${smoothing / classes}, kept);`;
  const pull = smoothing === 0 ? "own_weight" : `${1 - smoothing} * own_weight`;
  const gradient = `${pull} * (q - f32(k == class_))${smoothing === 0 ? "" : ` + part * (all * q - ${weight})`}`;
  return `  var top = x(${at("0u")});
  var best = 0u;
  for (var k = 1u; k < ${classes}u; k++) {
    let y = x(${at("k")});
    if ((y > top || ${isNan("y")}) && !(${isNan("top")})) { top = y; best = k; }
  }
  var sum = 0.0;
  var own = 0.0;
  ${each} {
    let y = x(${at("k")});
    sum += exp(y - top);
    own = select(own, y, k == class_);
  }${smooth}
  let loss = ${pull} * (log(sum) + top - own)${smoothing === 0 ? "" : " + part * spread"};
  let right = best == class_;
  ${each} {
    let q = exp(x(${at("k")}) - top) / sum;
    set_gradient(${at("k")}, select(select(${gradient}, top, ${isNan("top")}) * share, 0.0, !kept));
  }`;
}

const OPTIONS = namesOf<CrossEntropyLossOptions>({ weight: true, ignoreIndex: true, labelSmoothing: true });

/**
 * Cross-entropy over classes, with the softmax inside, as in PyTorch; the mean over the batch and all places of a sample,
 * weighted by the weights of their classes.
 *
 * @example
 * ```ts
 * import { Adam, CrossEntropyLoss, Linear, Trainer } from "@zkgrad/zkgrad";
 *
 * const model = new Linear(4, 3);
 * const loss = new CrossEntropyLoss({ labelSmoothing: 0.1 });
 * using trainer = await Trainer.create({ model, loss, optimizer: new Adam() });
 * ```
 */
export class CrossEntropyLoss extends ClassLoss<CrossEntropyAttributes> {
  /** Throws an `ArgumentError` for weights, a label or smoothing that are none. */
  constructor(options: CrossEntropyLossOptions = {}) {
    const { labelSmoothing = 0 } = (options ?? {}) as CrossEntropyLossOptions;
    super("CrossEntropyLoss", CrossEntropyOp, arguments, OPTIONS, { smoothing: labelSmoothing });
    const share = finite("CrossEntropyLoss: labelSmoothing", labelSmoothing, 0);
    expect(share <= 1, "CrossEntropyLoss: labelSmoothing", labelSmoothing, "a number in [0, 1]");
  }
}
