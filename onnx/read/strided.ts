/**
 * Elements picked from an array at regular steps, which is all that transposing,
 * cutting and spreading are.
 * @module
 */
import { ShapeError } from "../../core/base/errors.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../../core/base/shape.ts";
import type { TensorData } from "../tensor.ts";

/** The shape with another size at one axis. */
export function resizedAt(shape: Shape, axis: number, size: number): Shape {
  return shape.map((own, at) => at === axis ? size : own);
}

/** The place in an array of each element of `shape`, in order, from `start` on. */
export function placesOf(shape: Shape, strides: readonly number[], start = 0): Float64Array {
  let places = Float64Array.of(start);
  for (const [axis, size] of shape.entries()) {
    const next = new Float64Array(places.length * size);
    for (let i = 0; i < places.length; i++) {
      for (let k = 0; k < size; k++) next[i * size + k] = places[i] + k * strides[axis];
    }
    places = next;
  }
  return places;
}

/** The elements at some places, in an array of the same kind. */
export function pick(data: TensorData, places: ArrayLike<number>): TensorData {
  const made = new (data.constructor as new (length: number) => TensorData)(places.length);
  // The same kind of array on both sides, which the types cannot say.
  const [to, from] = [made as Float32Array, data as Float32Array];
  for (let i = 0; i < places.length; i++) to[i] = from[places[i]];
  return made;
}

/** The steps that spread a tensor over a larger shape: none along axes of 1 and those that it lacks. */
export function spreading(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from), lacking = to.length - from.length;
  return to.map((_, axis) => axis < lacking || from[axis - lacking] === 1 ? 0 : strides[axis - lacking]);
}

/** The shape that ONNX spreads several over; throws a `ShapeError` where they do not fit. */
export function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((each) => each !== 1) ?? 1;
    if (sizes.every((each) => each === size || each === 1)) return size;
    throw new ShapeError(
      `its operands of shapes ${
        shapes.slice(0, 10).map(showShape).join(" and ")
      } do not fit together at axis ${axis} ` +
        "of the result, expected equal sizes or 1",
    );
  });
}

/** The elements of a tensor spread over a shape. */
export function spread(data: TensorData, from: Shape, to: Shape): TensorData {
  return sizeOf(from) === sizeOf(to) ? data : pick(data, placesOf(to, spreading(from, to)));
}
