/**
 * `y = 1 / (1 + exp(-x))`; `dx = dy * y * (1 - y)`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { activation, unary } from "./activation.ts";

// Some drivers' exp() loses a NaN.
const SIGMOID = `fn sigmoid(x: f32) -> f32 { return select(1.0 / (1.0 + exp(-x)), x, ${isNan("x")}); }`;

/** The operation; shapes: any, kept. */
export const SigmoidOp: OpDefinition<null> = activation({
  name: "Sigmoid",
  forward: { name: "sigmoid", text: SIGMOID },
  backward: {
    name: "sigmoid_backward",
    text: "fn sigmoid_backward(dy: f32, y: f32) -> f32 { return dy * y * (1.0 - y); }",
  },
});

/** `y = 1 / (1 + exp(-x))`; `dx = dy * y * (1 - y)`. Any shape, kept. */
export function sigmoid(x: Value): Value {
  checkArguments("sigmoid()", arguments, 1);
  return unary(SigmoidOp, x, null);
}

/**
 * Sigmoid as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, Sigmoid } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Sigmoid(), new Linear(8, 1));
 * ```
 */
export class Sigmoid extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Sigmoid", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}
