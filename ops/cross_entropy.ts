/**
 * Cross-entropy of logits: `loss[n] = log(sum_k exp(x[n, k])) - x[n, t[n]]`, the
 * maximum subtracted first; `dx[n, k] = (softmax(x[n])[k] - [k == t[n]]) / N`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { Loss } from "../core/graph/loss.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { type Shape, showShape } from "../core/base/shape.ts";
import { isNan } from "../core/graph/nan.ts";
import { STEP_WGSL } from "../core/run/step.ts";
import { perSample } from "../core/graph/per_sample.ts";

/** The operation: logits `[N, K]` and classes `[N]` to losses `[N]`, hits `[N]` (1 where right), gradient `[N, K]`. */
export const CrossEntropyOp: OpDefinition<null> = {
  name: "CrossEntropy",
  loss: { hits: 1, gradient: 2 },
  stepwise: true,
  shapes([logits, target]) {
    if (logits.length !== 2 || target.length !== 1 || target[0] !== logits[0]) {
      throw new ShapeError(
        `cross-entropy takes logits [N, classes] and classes [N] and was given ${showShape(logits)} and ` +
          showShape(target),
      );
    }
    return [target, target, logits];
  },
  kernel: (call) => perSample({ ...SAMPLE, body: body(call.inputs[0][1]) }, call),
};

const SAMPLE = {
  name: "CrossEntropy",
  step: STEP_WGSL,
  inputs: [{ name: "logits", type: "f32" }, { name: "classes", type: "u32" }],
  outputs: [{ name: "losses", row: true }, { name: "hits", row: true }, { name: "gradient" }],
} as const;

function body(classes: number): string {
  return `  let class_ = min(classes(0u), ${classes - 1}u);
  var top = logits(0u);
  var best = 0u;
  for (var k = 1u; k < ${classes}u; k++) {
    let x = logits(k);
    if ((x > top || ${isNan("x")}) && !(${isNan("top")})) { top = x; best = k; }
  }
  var sum = 0.0;
  var own = 0.0;
  for (var k = 0u; k < ${classes}u; k++) {
    let x = logits(k);
    sum += exp(x - top);
    own = select(own, x, k == class_);
  }
  set_losses(0u, log(sum) + top - own);
  set_hits(0u, f32(best == class_));
  for (var k = 0u; k < ${classes}u; k++) {
    let p = exp(logits(k) - top) / sum;
    set_gradient(k, select(p - f32(k == class_), top, ${isNan("top")}) * share);
  }`;
}

/**
 * Cross-entropy over classes, with the softmax inside, as in PyTorch; the mean over the batch.
 *
 * @example
 * ```ts ignore
 * using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam() });
 * ```
 */
export class CrossEntropyLoss implements Loss {
  /** Targets are class numbers. */
  readonly targetType = "u32";

  /** Takes no arguments. */
  constructor() {
    checkArguments("CrossEntropyLoss", arguments, 0);
  }

  /** `[N, K]` to `[N]`. */
  targetShape(output: Shape): Shape {
    if (output.length !== 2) {
      throw new ShapeError(`CrossEntropyLoss takes logits [N, classes] and the model gives ${showShape(output)}`);
    }
    return [output[0]];
  }

  /** Adds the node to the graph of `output`. */
  apply(output: Value, target: Value): readonly Value[] {
    return graphOf("CrossEntropyLoss", output).apply(CrossEntropyOp, [output, target], null);
  }
}
