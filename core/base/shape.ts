/**
 * Shapes: lists of positive sizes, outermost dimension first (row-major).
 * @module
 */

import { ArgumentError } from "./errors.ts";
import { show } from "./known.ts";

/** Sizes of a tensor's dimensions, outermost first. */
export type Shape = readonly number[];

/** The number of elements of a tensor of this shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  check("sizeOf()", shape);
  return shape.reduce((product, size) => product * size, 1);
}

/** `[256, 1, 28, 28]`, as errors and listings print a shape. */
export function showShape(shape: Shape): string {
  check("showShape()", shape);
  return `[${shape.join(", ")}]`;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  check("sameShape()", a);
  check("sameShape()", b);
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The shapes in one shape or a list of them: `[1, 28, 28]` is one, `[[3], [5]]` are two. What is neither is one. */
export function shapesOf(given: Shape | readonly Shape[]): readonly Shape[] {
  return (Array.isArray(given?.[0]) ? given : [given]) as readonly Shape[];
}

/** Numbers between neighbours along each axis of a row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

function check(where: string, shape: unknown): void {
  if (!Array.isArray(shape)) throw new ArgumentError(`${where}: the shape is ${show(shape)}, expected a list of sizes`);
}
