/**
 * The greater and the less of two tensors, element by element. The gradient goes to the one that it is, and in halves
 * to both where they are equal; NaN is greater and less than all.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** `dy`, but half of it where both are equal, and nothing where `a < b`. */
const ShareOp = binaryOp({
  name: "GreaterShare",
  called: "maximum()",
  fn: {
    name: "greater_share",
    text: `fn greater_share(dy: f32, a: f32, b: f32) -> f32 {
  return dy * select(select(1.0, 0.5, a == b), 0.0, a < b);
}`,
  },
  gradient: () => null,
});

function share(dy: Value, a: Value, b: Value): Value {
  return applyBinary(ShareOp, "maximum()", dy, a, b);
}

function extreme(
  name: "Max" | "Min",
  called: string,
  operator: ">" | "<",
  gradient: (dy: Value, a: Value, b: Value) => readonly [Value, Value],
): OpDefinition<null> {
  const fn = `${name.toLowerCase()}_of_two`;
  const chosen = `select(select(a, b, b ${operator} a), b, ${isNan("b")})`;
  const op: OpDefinition<null> = binaryOp({
    name,
    called,
    fn: { name: fn, text: `fn ${fn}(a: f32, b: f32) -> f32 { return ${chosen}; }` },
    gradient: (dy, { inputs: [a, b] }) => gradient(dy, a, b),
    readOnnx: {
      [name]: (node) =>
        Array.from({ length: node.inputCount }, (_, k) => node.input(k))
          .reduce((made, value) => applyBinary(op, called, made, value)),
    },
    every: { apart: true, whole: { 1: 3 } },
    cases: [{
      name: "the first is whole",
      inputs: [[2, 3, 5], [3, 5]],
      attributes: null,
      apart: true,
      whole: { 0: 3 },
    }],
  });
  return op;
}

/** The operation: two tensors that broadcast. */
export const MaxOp: OpDefinition<null> = extreme(
  "Max",
  "maximum()",
  ">",
  (dy, a, b) => [share(dy, a, b), share(dy, b, a)],
);
/** The operation: two tensors that broadcast. */
export const MinOp: OpDefinition<null> = extreme(
  "Min",
  "minimum()",
  "<",
  (dy, a, b) => [share(dy, b, a), share(dy, a, b)],
);

/** The greater of `a` and `b`, element by element. Either may be a number; shapes broadcast as in PyTorch. */
export function maximum(a: Value | number, b: Value | number): Value {
  checkArguments("maximum()", arguments, 2);
  return applyBinary(MaxOp, "maximum()", a, b);
}

/** The less of `a` and `b`, element by element. Either may be a number; shapes broadcast as in PyTorch. */
export function minimum(a: Value | number, b: Value | number): Value {
  checkArguments("minimum()", arguments, 2);
  return applyBinary(MinOp, "minimum()", a, b);
}
