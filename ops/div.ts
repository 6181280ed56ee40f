/**
 * `y = a / b`; `da = dy / b`, `db = -y dy / b`, summed where an input was repeated.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { trunc } from "./rounding.ts";

/** The operation: two tensors that broadcast. */
export const DivOp: OpDefinition<null> = binaryOp({
  name: "Div",
  called: "div()",
  fn: { name: "div", text: "fn div(a: f32, b: f32) -> f32 { return a / b; }" },
  gradient: (dy, { inputs: [, b], outputs: [y] }) => {
    const da = div(dy, b);
    return [da, neg(mul(da, y))];
  },
  // Of integers there are integers alone.
  readOnnx: {
    Div(node) {
      const y = div(node.input(0), node.input(1));
      return /^U?INT/.test(node.type(0) ?? "") ? trunc(y) : y;
    },
  },
  ranges: [[-2, 2], [0.5, 2]],
});

/** `a / b`, element by element. Either may be a number; shapes broadcast as in PyTorch, and a `ShapeError` says where they do not. */
export function div(a: Value | number, b: Value | number): Value {
  checkArguments("div()", arguments, 2);
  return applyBinary(DivOp, "div()", a, b);
}
