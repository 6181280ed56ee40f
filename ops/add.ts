/**
 * `y = a + b`; `da = dy`, `db = dy`, summed where an input was repeated.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** The operation: two tensors that broadcast. */
export const AddOp: OpDefinition<null> = binaryOp({
  name: "Add",
  called: "add()",
  fn: { name: "add", text: "fn add(a: f32, b: f32) -> f32 { return a + b; }" },
  gradient: (dy) => [dy, dy],
});

/** `a + b`, element by element. Either may be a number; shapes broadcast as in PyTorch, and a `ShapeError` says where they do not. */
export function add(a: Value | number, b: Value | number): Value {
  checkArguments("add()", arguments, 2);
  return applyBinary(AddOp, "add()", a, b);
}
