/**
 * Mean squared error: `loss[n] = mean_k (x[n, k] - t[n, k])^2`;
 * `dx[n, k] = 2 (x[n, k] - t[n, k]) / (K N)`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { Loss } from "../core/graph/loss.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { sameShape, type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { STEP_WGSL } from "../core/run/step.ts";
import { perSample } from "../core/graph/per_sample.ts";

/** The operation: outputs and targets `[N, ...]` to losses `[N]` and gradient `[N, ...]`. */
export const MSEOp: OpDefinition<null> = {
  name: "MSE",
  loss: { hits: null, gradient: 1 },
  stepwise: true,
  shapes([x, target]) {
    if (!sameShape(x, target)) {
      throw new ShapeError(`mean squared error compares one shape, not ${showShape(x)} with ${showShape(target)}`);
    }
    return [[x[0]], x];
  },
  kernel: (call) => perSample({ ...SAMPLE, body: body(sizeOf(call.inputs[0].slice(1))) }, call),
};

const SAMPLE = {
  name: "MSE",
  step: STEP_WGSL,
  inputs: [{ name: "x", type: "f32" }, { name: "targets", type: "f32" }],
  outputs: [{ name: "losses", row: true }, { name: "gradient" }],
} as const;

function body(size: number): string {
  return `  var sum = 0.0;
  for (var k = 0u; k < ${size}u; k++) {
    let difference = x(k) - targets(k);
    sum += difference * difference;
    set_gradient(k, difference * (share * ${2 / size}));
  }
  set_losses(0u, sum / ${size}.0);`;
}

/**
 * Mean squared error, as in PyTorch: the mean over the batch and all elements.
 *
 * @example
 * ```ts ignore
 * using trainer = await Trainer.create({ model, loss: new MSELoss(), optimizer: new SGD({ lr: 0.1 }) });
 * ```
 */
export class MSELoss implements Loss {
  /** Targets are values. */
  readonly targetType = "f32";

  /** Takes no arguments. */
  constructor() {
    checkArguments("MSELoss", arguments, 0);
  }

  /** Targets have the output's shape. */
  targetShape(output: Shape): Shape {
    return output;
  }

  /** Adds the node to the graph of `output`. */
  apply(output: Value, target: Value): readonly Value[] {
    return graphOf("MSELoss", output).apply(MSEOp, [output, target], null);
  }
}
