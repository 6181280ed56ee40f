/**
 * Products named by an equation: how many dot products of what length.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";

/** Dot products that an equation comes to. */
export interface Dots {
  /** How many. */
  count: number;
  /** Elements of each. */
  length: number;
}

/**
 * The dot products of `equation` over two operands of the shapes `dims`.
 * @throws {ArgumentError} where the equation is none of two operands, or is more than dot products
 * @throws {ShapeError} where a shape does not have the equation's axes
 */
export function einsumDots(equation: string, dims: readonly (readonly number[])[]): Dots {
  const [left, output] = equation.split("->");
  const terms = left.split(",");
  const refuse = (why: string) =>
    new ArgumentError(`layOut: the einsum ${equation} ${why}; write it as products of two tensors`);
  if (output === undefined || terms.length !== dims.length) throw refuse(`does not fit ${dims.length} operands`);
  if (terms.length !== 2) throw refuse("does not have two operands");
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
  const lengths = (letters: Iterable<string>) => sizeOf([...letters].map((letter) => sizes.get(letter) ?? 1));
  const inner = [...sizes.keys()].filter((letter) => !output.includes(letter));
  const alone = inner.find((letter) => sizes.get(letter)! > 1 && !terms.every((term) => term.includes(letter)));
  if (alone) throw refuse(`sums over ${alone}, which only one operand has`);
  return { count: lengths(output), length: lengths(inner) };
}
