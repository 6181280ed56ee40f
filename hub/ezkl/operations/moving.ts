/**
 * Operations that put elements elsewhere and change none.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Steps } from "../cells/steps.ts";
import { joined, pick, type Tensor } from "../cells/tensor.ts";
import { type Move, MoveStep } from "../numbers/moves.ts";
import type { CircuitOperation } from "./operation.ts";

/** Where the elements of a result come from, for operands of some shapes. */
export type MoveOf<Op> = (op: Op, shapes: readonly (readonly number[])[], where: string) => Move;

/** An operation that only moves; `before` lays what has to stand in cells first. */
export function moving<Op>(
  moveOf: MoveOf<Op>,
  before: (steps: Steps, x: Tensor) => Tensor = (_, x) => x,
): CircuitOperation<Op> {
  return {
    move: moveOf,
    lay(op, { steps, inputs, dims }) {
      const operands = inputs.map((x) => before(steps, x));
      return moved(operands, moveOf(op, operands.map((x) => x.dims), "layOut"), dims);
    },
    step: (op, { operands, where }) => new MoveStep(moveOf(op, operands.map(({ shape }) => shape), where)),
  };
}

/** The elements of `inputs` where `move` puts them; what comes from nowhere is the constant 0. */
export function moved(inputs: readonly Tensor[], { from, operand }: Move, dims: readonly number[]): Tensor {
  if (operand === undefined) return pick(inputs[0], from, dims);
  let size = 0;
  const starts = inputs.map((x) => {
    const start = size;
    size += sizeOf(x.dims);
    return start;
  });
  return pick(joined(inputs), from.map((place, at) => place < 0 ? -1 : place + starts[operand[at]]), dims);
}

/** A move that says of every index of the result where it comes from, or -1. */
export function byIndex(shape: readonly number[], place: (index: number[]) => number): Move {
  const from = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let element = 0; element < from.length; element++) {
    from[element] = place(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return { from };
}
