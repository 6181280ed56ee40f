/**
 * `y = a b`; `da = dy b`, `db = dy a`, summed where an input was repeated.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** The operation: two tensors that broadcast. */
export const MulOp: OpDefinition<null> = binaryOp({
  name: "Mul",
  called: "mul()",
  fn: { name: "mul", text: "fn mul(a: f32, b: f32) -> f32 { return a * b; }" },
  gradient: (dy, { inputs: [a, b] }) => [mul(dy, b), mul(dy, a)],
});

/** `a * b`, element by element. Either may be a number; shapes broadcast as in PyTorch, and a `ShapeError` says where they do not. */
export function mul(a: Value | number, b: Value | number): Value {
  checkArguments("mul()", arguments, 2);
  return applyBinary(MulOp, "mul()", a, b);
}
