/**
 * `y = max(x, 0)`; `dx = dy` where `y > 0`, else 0.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const ReLUOp: OpDefinition<null> = activation({
  name: "Relu",
  forward: { name: "relu", text: "fn relu(x: f32) -> f32 { return max(x, 0.0); }" },
  backward: {
    name: "relu_backward",
    text: "fn relu_backward(dy: f32, y: f32) -> f32 { return select(0.0, dy, y > 0.0); }",
  },
});

/** `y = max(x, 0)`; `dx = dy` where `y > 0`, else 0. Any shape, kept. */
export function relu(x: Value): Value {
  checkArguments("relu()", arguments, 1);
  return unary(ReLUOp, x, null);
}

/**
 * ReLU as a layer, for `Sequential`.
 *
 * @example
 * ```ts ignore
 * const model = new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 1));
 * ```
 */
export class ReLU extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("ReLU", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}
