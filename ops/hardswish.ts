/**
 * `y = x min(max(x + 3, 0), 6) / 6`; `dx = dy (x / 3 + 1 / 2)` from -3 to 3, 0 below and `dy` above.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const HardswishOp: OpDefinition<null> = activation({
  name: "HardSwish",
  forward: of("hardswish", "select(select(x * (x + 3.0) / 6.0, 0.0, x < -3.0), x, x > 3.0)"),
  backward: back("hardswish_backward", "x", "select(select(dy * (x / 3.0 + 0.5), 0.0, x < -3.0), dy, x > 3.0)"),
  from: "input",
  // An operator of its own since opset 14 alone.
  writeOnnx(_, to) {
    const line = to.node("HardSigmoid", to.inputs, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
    return [to.node("Mul", [to.inputs[0], line])];
  },
  readOnnx: { HardSwish: (node) => hardswish(node.input(0)) },
  apart: true,
});

/** `x` times a straight line from 0 at -3 to 1 at 3, element by element. Any shape, kept. */
export function hardswish(x: Value): Value {
  checkArguments("hardswish()", arguments, 1);
  return unary(HardswishOp, x, null);
}

/**
 * Hardswish as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Hardswish, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Hardswish(), new Linear(8, 1));
 * ```
 */
export class Hardswish extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Hardswish", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}
