/**
 * `y = a - b`; `da = dy`, `db = -dy`, summed where an input was repeated.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { neg } from "./neg.ts";

/** The operation: two tensors that broadcast. */
export const SubOp: OpDefinition<null> = binaryOp({
  name: "Sub",
  called: "sub()",
  fn: { name: "sub", text: "fn sub(a: f32, b: f32) -> f32 { return a - b; }" },
  gradient: (dy) => [dy, neg(dy)],
});

/** `a - b`, element by element. Either may be a number; shapes broadcast as in PyTorch, and a `ShapeError` says where they do not. */
export function sub(a: Value | number, b: Value | number): Value {
  checkArguments("sub()", arguments, 2);
  return applyBinary(SubOp, "sub()", a, b);
}
