/**
 * `y = log(x)`, the natural one; `dx = dy / x`. Of a negative number it is NaN.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan, notANumber } from "../core/graph/nan.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const LogOp: OpDefinition<null> = activation({
  name: "Log",
  // Some drivers' log() loses a NaN, and has some number for what has no logarithm.
  forward: of("log_", `select(select(log(x), ${notANumber("x")}, x < 0.0), x, ${isNan("x")})`),
  backward: back("log_backward", "x", "dy / x"),
  from: "input",
  range: [0.2, 3],
});

/** The natural logarithm, element by element; NaN below 0. Any shape, kept. */
export function log(x: Value): Value {
  checkArguments("log()", arguments, 1);
  return unary(LogOp, x, null);
}
