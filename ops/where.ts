/**
 * `y = a` where a condition is something else than 0, else `b`; each has the gradient where it is taken.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { asTruth } from "./logic.ts";

/** The operation: a condition and two tensors, which broadcast. */
export const WhereOp: OpDefinition<null> = binaryOp({
  name: "Where",
  called: "where()",
  fn: {
    name: "chosen",
    text: "fn chosen(condition: f32, a: f32, b: f32) -> f32 { return select(b, a, condition != 0.0); }",
  },
  gradient: (dy, { inputs: [condition] }) => [
    null,
    applyBinary(WhereOp, "where()", condition, dy, 0),
    applyBinary(WhereOp, "where()", condition, 0, dy),
  ],
  writeOnnx: (_, to) => [to.node("Where", [asTruth(to, to.inputs[0]), to.inputs[1], to.inputs[2]])],
  cases: [
    { name: "one shape", inputs: [[2, 3, 5], [2, 3, 5], [2, 3, 5]], attributes: null, whole: { 0: 2 } },
    { name: "a row and a column", inputs: [[9, 1, 5], [5], [4, 1]], attributes: null, whole: { 0: 2 } },
    { name: "one choice for all samples", inputs: [[3, 5], [1, 5], [1]], attributes: null, whole: { 0: 3 } },
  ],
  only: true,
});

/**
 * `a` where `condition` is something else than 0, and `b` where it is 0, element by element. `a` and `b` may be
 * numbers; shapes broadcast as in PyTorch, and a `ShapeError` says where they do not.
 */
export function where(condition: Value, a: Value | number, b: Value | number): Value {
  checkArguments("where()", arguments, 3);
  graphOf("where()", condition);
  return applyBinary(WhereOp, "where()", condition, a, b);
}
