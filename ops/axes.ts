/**
 * Axes that a caller names: counted from the front, or from the end below 0.
 * @module
 */
import { expect } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { placeOf, stridesOf } from "../core/graph/places.ts";

/** An axis of `shape`, counted from the front; `what` begins the sentence for one that is none: `softmax(): dim`. */
export function axisOf(what: string, axis: unknown, shape: Shape): number {
  expect(typeof axis === "number" && Number.isInteger(axis), what, axis, "a whole number, from the end below 0");
  const given = axis as number;
  const counted = given < 0 ? given + shape.length : given;
  if (counted >= 0 && counted < shape.length) return counted;
  throw new ShapeError(
    `${what} is ${given} for a tensor of shape ${showShape(shape)}, expected ${
      shape.length === 0 ? "a tensor with axes" : `${-shape.length} to ${shape.length - 1}`
    }`,
  );
}

/** One axis, several, or all where none is given, counted from the front and in order; each may be there once. */
export function axesOf(what: string, axes: unknown, shape: Shape): readonly number[] {
  if (axes === undefined || axes === null) return shape.map((_, axis) => axis);
  const counted = [axes].flat().map((axis) => axisOf(what, axis, shape)).sort((a, b) => a - b);
  if (counted.every((axis, at) => axis !== counted[at - 1])) return counted;
  throw new ShapeError(`${what} names an axis twice: ${JSON.stringify(axes)}; name each once`);
}

/** Lines along one axis, as bodies of kernels go through them. */
export interface Lines {
  /** Whether the lines run across samples: all places are then in the whole tensor. */
  readonly whole: boolean;
  /** How many lines there are in a sample, or in all. */
  readonly items: number;
  /** Elements of a line. */
  readonly size: number;
  /** From one element of a line to the next. */
  readonly stride: number;
  /** WGSL of the place of the first element of line `item`. */
  readonly first: string;
}

/** The lines of a tensor of `shape` along `axis`. */
export function linesAlong(shape: Shape, axis: number): Lines {
  const whole = axis === 0;
  const own = whole ? shape : shape.slice(1);
  const at = whole ? axis : axis - 1;
  const strides = stridesOf(own);
  const others = own.map((size, k) => k === at ? 1 : size);
  const first = placeOf("item", others, strides.map((by, k) => k === at ? 0 : by));
  return { whole, items: sizeOf(others), size: own[at], stride: strides[at], first };
}
