/**
 * `y = tanh(x)`; `dx = dy * (1 - y * y)`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { activation, unary } from "./activation.ts";

// Some drivers' tanh() overflows; clamp() loses a NaN.
const TANH = `fn tanh_(x: f32) -> f32 { return select(tanh(clamp(x, -20.0, 20.0)), x, ${isNan("x")}); }`;

/** The operation; shapes: any, kept. */
export const TanhOp: OpDefinition<null> = activation({
  name: "Tanh",
  forward: { name: "tanh_", text: TANH },
  backward: { name: "tanh_backward", text: "fn tanh_backward(dy: f32, y: f32) -> f32 { return dy * (1.0 - y * y); }" },
});

/** `y = tanh(x)`; `dx = dy * (1 - y * y)`. Any shape, kept. */
export function tanh(x: Value): Value {
  checkArguments("tanh()", arguments, 1);
  return unary(TanhOp, x, null);
}

/**
 * Tanh as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, Tanh } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
 * ```
 */
export class Tanh extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Tanh", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}
