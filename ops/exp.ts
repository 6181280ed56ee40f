/**
 * `y = exp(x)`; `dx = dy y`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const ExpOp: OpDefinition<null> = activation({
  name: "Exp",
  // Some drivers' exp() loses a NaN.
  forward: of("exp_", `select(exp(x), x, ${isNan("x")})`),
  backward: back("exp_backward", "y", "dy * y"),
});

/** `exp(x)`, element by element. Any shape, kept. */
export function exp(x: Value): Value {
  checkArguments("exp()", arguments, 1);
  return unary(ExpOp, x, null);
}
