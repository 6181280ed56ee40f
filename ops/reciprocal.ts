/**
 * `y = 1 / x`; `dx = -dy y y`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const ReciprocalOp: OpDefinition<null> = activation({
  name: "Reciprocal",
  forward: of("reciprocal", "1.0 / x"),
  backward: back("reciprocal_backward", "y", "-dy * y * y"),
  range: [0.5, 2],
});

/** `1 / x`, element by element. Any shape, kept. */
export function reciprocal(x: Value): Value {
  checkArguments("reciprocal()", arguments, 1);
  return unary(ReciprocalOp, x, null);
}
