/**
 * `y = x / (1 + |x|)`; `dx = dy (1 - |y|)^2`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const SoftsignOp: OpDefinition<null> = activation({
  name: "Softsign",
  forward: of("softsign", "x / (1.0 + abs(x))"),
  backward: back("softsign_backward", "y", "dy * (1.0 - abs(y)) * (1.0 - abs(y))"),
});

/** `x / (1 + |x|)`, element by element. Any shape, kept. */
export function softsign(x: Value): Value {
  checkArguments("softsign()", arguments, 1);
  return unary(SoftsignOp, x, null);
}

/**
 * Softsign as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, Softsign } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Softsign(), new Linear(8, 1));
 * ```
 */
export class Softsign extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Softsign", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}
