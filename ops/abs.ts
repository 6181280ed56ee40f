/**
 * `y = |x|`; `dx = dy` where `x > 0`, `-dy` where `x < 0`, and 0 at 0.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const AbsOp: OpDefinition<null> = activation({
  name: "Abs",
  forward: of("abs_", "abs(x)"),
  backward: back(
    "abs_backward",
    "x",
    `select(select(select(0.0, dy, x > 0.0), -dy, x < 0.0), x, ${isNan("x")})`,
  ),
  from: "input",
  apart: true,
});

/** `|x|`, element by element. Any shape, kept. */
export function abs(x: Value): Value {
  checkArguments("abs()", arguments, 1);
  return unary(AbsOp, x, null);
}
