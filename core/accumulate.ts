/**
 * The sum of two gradients: the one operation that differentiation itself needs,
 * where a value is used more than once.
 * @module
 */
import type { Value } from "./graph.ts";
import type { OpDefinition, Stage } from "./op.ts";
import { sameShape, showShape } from "./shape.ts";
import { ShapeError } from "./errors.ts";
import { elementwise } from "./elementwise.ts";

const ADD = { name: "accumulate", text: "fn accumulate(a: f32, b: f32) -> f32 { return a + b; }" };

/** Adds two tensors of one shape: `c = a + b`. */
export const AccumulateOp: OpDefinition<null> = {
  name: "Accumulate",
  shapes([a, b]) {
    if (!sameShape(a, b)) throw new ShapeError(`cannot add ${showShape(a)} and ${showShape(b)}`);
    return [a];
  },
  stage: (node): Stage => ({ kind: "map", fn: ADD, operands: [node.inputs[1]] }),
  kernel: (call) => elementwise("accumulate", call, ADD),
  carries: ["map"],
};

/** `a + b`, as a new node. */
export function accumulate(a: Value, b: Value): Value {
  return a.graph.apply(AccumulateOp, [a, b], null)[0];
}
