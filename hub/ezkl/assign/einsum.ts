/**
 * Products named by an equation.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { placesOf } from "../numbers/places.ts";
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
  const sliced = operands.map((operand, index) => slicer(operand, terms[index], output));
  for (let count = sizeOf(shape); count > 0; count--) {
    const fixed = new Map(letters.map((letter, axis) => [letter, at[axis]]));
    if (isDots) {
      const [a, b] = operands.map((operand, index) => pick(operand, sliced[index](fixed)));
      results.push(steps.dot(a, b));
    } else results.push(general(steps, terms, operands, fixed, length));
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis] === shape[axis]; axis--) at[axis] = 0;
  }
  return joined(results);
}

/** Gives the positions of an operand's elements at which the letters `held` have fixed values, row-major. */
function slicer(
  { dims }: Tensor,
  term: string,
  held: string,
): (fixed: ReadonlyMap<string, number>) => Int32Array {
  // A single number has the shape [1], and no axis.
  if (term === "") return () => new Int32Array(1);
  const strides = stridesOf(dims), axes = [...term].map((letter, axis) => ({ letter, axis }));
  const free = axes.filter(({ letter }) => !held.includes(letter));
  const own = axes.filter(({ letter }) => held.includes(letter));
  const places = placesOf(free.map(({ axis }) => dims[axis]), free.map(({ axis }) => strides[axis]));
  return (fixed) => {
    const start = own.reduce((sum, { letter, axis }) => sum + fixed.get(letter)! * strides[axis], 0);
    return places.map((place) => place + start);
  };
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
    const slices = operands.map((operand, index) => slicer(operand, terms[index], [...held.keys()].join(""))(held));
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
