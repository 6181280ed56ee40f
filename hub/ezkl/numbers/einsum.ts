/**
 * A product of two tensors as an equation names it, such as `mk,nk->mn`.
 * @module
 */
import { stridesOf } from "../../../core/base/shape.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import type { ContractionPlan } from "./contraction_plan.ts";
import { placesOf } from "./places.ts";

/** One operand: the step of each of its letters. */
type Steps = Map<string, number>;

/**
 * The sums of an equation with two operands. Letters of the result that no operand has
 * stand for axes of length 1, as in the engine.
 * @throws {ArgumentError} for an equation that is not of two operands, or that does not fit the shapes
 */
export function einsumPlan(
  equation: string,
  x: readonly number[],
  w: readonly number[],
  where: string,
): { plan: ContractionPlan; shape: number[] } {
  const match = equation.replaceAll(" ", "").match(/^(\w*),(\w*)->(\w*)$/);
  if (match === null) {
    throw new ArgumentError(
      `${where}: the equation ${JSON.stringify(equation)} is not of two operands, as in "mk,nk->mn"`,
    );
  }
  const [, xLetters, wLetters, result] = match;
  const lengths = new Map<string, number>();
  const xSteps = stepsOf(xLetters, x, lengths, equation, where);
  const wSteps = stepsOf(wLetters, w, lengths, equation, where);
  const length = (letter: string) => lengths.get(letter) ?? 1;
  const shape = [...result].map(length);
  const outSteps: Steps = new Map(stridesOf(shape).map((step, axis) => [result[axis], step]));
  if (outSteps.size !== result.length) {
    throw new ArgumentError(`${where}: the result of ${JSON.stringify(equation)} names an axis twice`);
  }

  const places = (letters: string[], steps: Steps) =>
    placesOf(letters.map(length), letters.map((letter) => steps.get(letter) ?? 0));
  const shared: string[] = [], rows: string[] = [], positions: string[] = [], terms: string[] = [];
  for (const letter of new Set([...result, ...xLetters, ...wLetters])) {
    const list = !outSteps.has(letter) ? terms : !wSteps.has(letter) ? positions : xSteps.has(letter) ? shared : rows;
    list.push(letter);
  }
  const [groupX, groupW, groupOut] = [xSteps, wSteps, outSteps].map((steps) => places(shared, steps));
  return {
    shape: shape.length === 0 ? [1] : shape,
    plan: {
      groups: Array.from(groupX, (x, index) => ({ x, w: groupW[index], out: groupOut[index], bias: 0 })),
      xPosition: places(positions, xSteps),
      outPosition: places(positions, outSteps),
      wRow: places(rows, wSteps),
      outRow: places(rows, outSteps),
      xTerm: places(terms, xSteps),
      wTerm: places(terms, wSteps),
    },
  };
}

function stepsOf(
  letters: string,
  shape: readonly number[],
  lengths: Map<string, number>,
  equation: string,
  where: string,
): Steps {
  // A single number has the shape [1], and no axis.
  const isNumber = letters === "" && shape.every((length) => length === 1);
  const axes = isNumber ? [] : shape.map((length, axis) => ({ length, step: stridesOf(shape)[axis] }));
  if (axes.length !== letters.length) {
    throw new ArgumentError(
      `${where}: ${JSON.stringify(letters)} in the equation ${
        JSON.stringify(equation)
      } names ${letters.length} axes, ` +
        `but the operand has the shape [${shape}]`,
    );
  }
  const steps: Steps = new Map();
  axes.forEach(({ length, step }, axis) => {
    const letter = letters[axis];
    const known = lengths.get(letter) ?? length;
    if (known !== length) {
      throw new ArgumentError(
        `${where}: the axis ${letter} of the equation ${
          JSON.stringify(equation)
        } has the lengths ${known} and ${length}`,
      );
    }
    lengths.set(letter, length);
    steps.set(letter, (steps.get(letter) ?? 0) + step);
  });
  return steps;
}
