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
import { declareResults } from "../core/graph/wgsl.ts";

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
  kernel({ inputs: [shape], used }) {
    const [batch] = shape;
    const size = sizeOf(shape.slice(1));
    return {
      name: "MSE",
      wgsl: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
${declareResults(["losses", "gradient"], used, 2)}
${STEP_WGSL}
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = min(id.x, ${batch - 1}u);
  let scale = select(0.0, step.scale, n < step.count) * ${2 / size};
  var sum = 0.0;
  for (var k = n * ${size}u; k < (n + 1u) * ${size}u; k++) {
    let difference = x[k] - targets[k];
    sum += difference * difference;
    ${used[1] ? `if (id.x < ${batch}u) { gradient[k] = difference * scale; }` : ""}
  }
  if (id.x < step.count) {
    ${used[0] ? `losses[step.row + n] = sum / ${size}.0;` : ""}
  }
}
`,
      workgroups: [Math.ceil(batch / 32), 1, 1],
    };
  },
};

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
