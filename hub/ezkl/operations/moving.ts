/**
 * Operations that put elements elsewhere and change none.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { type Operand, PLACED } from "../cells/operand.ts";
import type { Steps } from "../cells/steps.ts";
import { type Move, MoveStep } from "../numbers/moves.ts";
import type { CircuitOperation } from "./operation.ts";

/** Where the elements of a result come from, for operands of some shapes. */
export type MoveOf<Op> = (op: Op, shapes: readonly (readonly number[])[], where: string) => Move;

/** An operation that only moves; `before` lays what has to stand in cells first. */
export function moving<Op>(
  moveOf: MoveOf<Op>,
  before: (steps: Steps, x: Operand) => Operand = (_, x) => x,
): CircuitOperation<Op> {
  return {
    move: moveOf,
    lay(op, { steps, inputs, dims }) {
      const operands = inputs.map((x) => before(steps, x));
      return moved(steps, operands, moveOf(op, operands.map((x) => x.dims), "layOut"), dims);
    },
    step: (op, { operands, where }) => new MoveStep(moveOf(op, operands.map(({ shape }) => shape), where)),
  };
}

/** The elements of `inputs` where `move` puts them; what comes from nowhere is the constant 0. */
export function moved(steps: Steps, inputs: readonly Operand[], { from, operand }: Move, dims: number[]): Operand {
  if (inputs.every(({ codes }) => codes === null) && !from.includes(-1)) return { dims, codes: null };
  const zero = from.includes(-1) ? 2 * steps.grid.constantNumber(0n) : PLACED;
  const codeAt = (place: number, at: number) => {
    const { codes } = inputs[operand === undefined ? 0 : operand[place]];
    return at < 0 ? zero : codes === null ? PLACED : codes[at];
  };
  return { dims, codes: Int32Array.from(from, (at, place) => codeAt(place, at)) };
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
