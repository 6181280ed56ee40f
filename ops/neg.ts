/**
 * `y = -x`; `dx = -dy`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const NegOp: OpDefinition<null> = activation({
  name: "Neg",
  forward: { name: "neg", text: "fn neg(x: f32) -> f32 { return -x; }" },
  backward: { name: "neg_backward", text: "fn neg_backward(dy: f32, y: f32) -> f32 { return -dy; }" },
});

/** `-x`. Any shape, kept. */
export function neg(x: Value): Value {
  checkArguments("neg()", arguments, 1);
  return unary(NegOp, x, null);
}
