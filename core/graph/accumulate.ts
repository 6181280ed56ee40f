/**
 * The two operations that differentiation itself needs: the sum of two gradients,
 * where a value is used more than once, and a copy of one that is read elsewhere too.
 * @module
 */
import type { Value } from "./graph.ts";
import type { OpDefinition, Stage } from "./op.ts";
import { sameShape, showShape } from "../base/shape.ts";
import { ShapeError } from "../base/errors.ts";
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

const IDENTITY = { name: "copied", text: "fn copied(a: f32) -> f32 { return a; }" };

/** The same numbers in a place of their own: gradients lie in one buffer, which no kernel may both read and write. */
export const CopyOp: OpDefinition<null> = {
  name: "Copy",
  shapes: ([a]) => [a],
  stage: (): Stage => ({ kind: "map", fn: IDENTITY, operands: [] }),
  kernel: (call) => elementwise("copy", call, IDENTITY),
  carries: ["map"],
};

/** A copy of `a`, as a new node. */
export function copy(a: Value): Value {
  return a.graph.apply(CopyOp, [a], null)[0];
}
