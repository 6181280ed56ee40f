/**
 * `y = sqrt(x)`; `dx = dy / (2 y)`. Of a negative number it is NaN.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { notANumber } from "../core/graph/nan.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const SqrtOp: OpDefinition<null> = activation({
  name: "Sqrt",
  forward: of("sqrt_", `select(sqrt(x), ${notANumber("x")}, x < 0.0)`),
  backward: back("sqrt_backward", "y", "0.5 * dy / y"),
  range: [0.2, 3],
});

/** The square root, element by element; NaN below 0. Any shape, kept. */
export function sqrt(x: Value): Value {
  checkArguments("sqrt()", arguments, 1);
  return unary(SqrtOp, x, null);
}
