/**
 * `y = max(x, 0)`; `dx = dy` where `y > 0`, else 0. As in PyTorch, NaN stays NaN and takes its gradient.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, unary } from "./activation.ts";

// On the bits, since max() may lose a NaN: -0 to -infinity lie from 0x80000000 to 0xff800000.
const RELU = "fn relu(x: f32) -> f32 { return select(x, 0.0, bitcast<u32>(x) - 0x80000000u <= 0x7f800000u); }";

/** The operation; shapes: any, kept. */
export const ReLUOp: OpDefinition<null> = activation({
  name: "Relu",
  forward: { name: "relu", text: RELU },
  backward: {
    name: "relu_backward",
    text: "fn relu_backward(dy: f32, y: f32) -> f32 { return select(dy, 0.0, bitcast<u32>(y) == 0u); }",
  },
  apart: true,
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
 * ```ts
 * import { Linear, ReLU, Sequential } from "@zkgrad/zkgrad";
 *
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
