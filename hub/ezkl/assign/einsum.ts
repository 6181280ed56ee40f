/**
 * Products named by an equation.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Comparisons } from "./comparisons.ts";
import { joined, pick, type Tensor } from "./tensor.ts";

/** Lays an equation's products: dot products where there are two operands that share what is summed over. */
export function layEinsum(steps: Comparisons, equation: string, operands: readonly Tensor[]): Tensor {
  const [left, output] = equation.replaceAll(" ", "").split("->"), terms = left.split(",");
  const sizes = new Map<string, number>();
  terms.forEach((term, operand) =>
    [...term].forEach((letter, axis) => sizes.set(letter, operands[operand].dims[axis]))
  );
  const length = (letter: string) => sizes.get(letter) ?? 1;
  const letters = [...output], shape = letters.map(length);
  const alone = [...sizes.keys()].some((letter) =>
    !output.includes(letter) && length(letter) > 1 && !terms.every((term) => term.includes(letter))
  );
  const isDots = operands.length === 2 && !alone;
  steps.region.flush();
  const results: Tensor[] = [];
  const at = letters.map(() => 0);
  for (let count = sizeOf(shape); count > 0; count--) {
    const fixed = new Map(letters.map((letter, axis) => [letter, at[axis]]));
    const slices = operands.map((operand, index) => pick(operand, slice(operand, terms[index], fixed)));
    results.push(isDots ? steps.dot(slices[0], slices[1]) : general(steps, terms, operands, fixed, length));
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis] === shape[axis]; axis--) at[axis] = 0;
  }
  return joined(results);
}

/** The positions of an operand's elements at which some letters are fixed, row-major. */
function slice({ dims, values }: Tensor, term: string, fixed: ReadonlyMap<string, number>): number[] {
  // A single number has the shape [1], and no axis.
  if (term === "") return [0];
  const found: number[] = [], at = dims.map(() => 0);
  for (let position = 0; position < values.length; position++) {
    if ([...term].every((letter, axis) => (fixed.get(letter) ?? at[axis]) === at[axis])) found.push(position);
    for (let axis = dims.length - 1; axis >= 0 && ++at[axis] === dims[axis]; axis--) at[axis] = 0;
  }
  return found;
}

/** Products of single elements, added up one by one. */
function general(
  steps: Comparisons,
  terms: readonly string[],
  operands: readonly Tensor[],
  fixed: ReadonlyMap<string, number>,
  length: (letter: string) => number,
): Tensor {
  const met: string[] = [], common: string[] = [];
  for (const letter of terms.join("")) {
    if (met.includes(letter) && !common.includes(letter) && !fixed.has(letter)) common.push(letter);
    met.push(letter);
  }
  let total: Tensor | null = null;
  for (const shared of combinations(common.map(length))) {
    const held = new Map([...fixed, ...common.map((letter, index) => [letter, shared[index]] as const)]);
    const slices = operands.map((operand, index) => slice(operand, terms[index], held));
    for (const chosen of combinations(slices.map(({ length }) => length))) {
      const product = steps.prod(
        joined(operands.map((operand, index) => pick(operand, [slices[index][chosen[index]]]))),
      );
      total = total === null ? product : steps.pairwise("Add", total, product);
    }
  }
  return total!;
}

/** All indices of a shape, the last axis fastest. */
function combinations(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((before) => Array.from({ length: size }, (_, at) => [...before, at])),
    [[]],
  );
}
