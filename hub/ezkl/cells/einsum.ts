/**
 * Products named by an equation: dot products where there are two operands that share what is summed over, else products
 * of single elements, added one by one.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { placesOf } from "../numbers/places.ts";
import type { Steps } from "./steps.ts";
import { joined, pick, type Tensor } from "./tensor.ts";

/** An equation's terms, and how long its letters are. */
interface Equation {
  readonly terms: readonly string[];
  readonly output: string;
  readonly length: (letter: string) => number;
  readonly letters: readonly string[];
}

/**
 * Lays what an equation makes of operands.
 * @throws {ArgumentError} where the equation is of another number of operands
 * @throws {ShapeError} where a shape does not have the equation's axes
 */
export function layEinsum(steps: Steps, text: string, operands: readonly Tensor[]): Tensor {
  const equation = read(text, operands.map(({ dims }) => dims)), { terms, output, length, letters } = equation;
  const inner = letters.filter((letter) => !output.includes(letter));
  const isShared = (letter: string) => length(letter) === 1 || terms.every((term) => term.includes(letter));
  const shape = [...output].map(length), count = sizeOf(shape), strides = stridesOf(shape);
  const noted = operands.map((x) => steps.noted(x));
  const fixed = (at: number) =>
    new Map([...output].map((letter, axis) => [letter, Math.floor(at / strides[axis]) % shape[axis]]));
  steps.grid.flush();
  if (operands.length !== 2 || !inner.every(isShared)) {
    return joined(Array.from({ length: count }, (_, at) => general(steps, equation, noted, fixed(at))));
  }
  const sliced = operands.map(({ dims }, index) => slicer(dims, terms[index], output)),
    size = sizeOf(inner.map(length));
  return steps.dots(count, size, (at) => {
    const held = fixed(at);
    return [pick(noted[0], () => sliced[0](held), [size]), pick(noted[1], () => sliced[1](held), [size])];
  });
}

function read(equation: string, dims: readonly (readonly number[])[]): Equation {
  const [left, output] = equation.replaceAll(" ", "").split("->"), terms = left.split(",");
  if (output === undefined || terms.length !== dims.length) {
    throw new ArgumentError(
      `layOut: the einsum ${equation} does not fit ${dims.length} operands; write a term for each, and the result's`,
    );
  }
  const sizes = new Map<string, number>();
  terms.forEach((term, operand) => {
    // A single number has the shape [1], and no axis.
    if (term === "" && sizeOf(dims[operand]) === 1) return;
    if (term.length !== dims[operand].length || new Set(term).size !== term.length) {
      throw new ShapeError(
        `layOut: operand ${operand} of the einsum ${equation} has the shape [${dims[operand]}]; ` +
          `it must have the axes ${term}, each once`,
      );
    }
    [...term].forEach((letter, axis) => {
      const size = dims[operand][axis], known = sizes.get(letter) ?? size;
      if (known !== size) {
        throw new ShapeError(`layOut: axis ${letter} of the einsum ${equation} is ${known} and ${size} long`);
      }
      sizes.set(letter, size);
    });
  });
  return { terms, output, length: (letter) => sizes.get(letter) ?? 1, letters: [...sizes.keys()] };
}

/** Gives the positions of an operand's elements at which the letters `held` have fixed values, row-major. */
function slicer(
  dims: readonly number[],
  term: string,
  held: string,
): (fixed: ReadonlyMap<string, number>) => Int32Array {
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
  steps: Steps,
  { terms, length }: Equation,
  operands: readonly Tensor[],
  fixed: ReadonlyMap<string, number>,
): Tensor {
  const met: string[] = [], common: string[] = [];
  for (const letter of terms.join("")) {
    if (met.includes(letter) && !common.includes(letter) && !fixed.has(letter)) common.push(letter);
    met.push(letter);
  }
  let total: Tensor | null = null;
  for (const shared of combinations(common.map(length))) {
    const held = new Map([...fixed, ...common.map((letter, index) => [letter, shared[index]] as const)]);
    const all = [...held.keys()].join("");
    const slices = operands.map(({ dims }, index) => slicer(dims, terms[index], all)(held));
    for (const chosen of combinations(slices.map(({ length }) => length))) {
      const factors = operands.map((operand, index) => pick(operand, () => [slices[index][chosen[index]]], [1]));
      const product = steps.product(joined(factors));
      total = total === null ? product : steps.pair("Add", total, product);
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
