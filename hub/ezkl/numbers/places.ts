/**
 * Where the elements of a tensor lie.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";

/** The place of an index by the steps of its axes. */
export function placeOf(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * strides[axis], 0);
}

/** For each index into `shape`, row-major: `start` + the sum of index times stride over the axes. */
export function placesOf(shape: readonly number[], strides: readonly number[], start: number = 0): Int32Array {
  const places = new Int32Array(sizeOf(shape));
  places[0] = start;
  let count = 1;
  // Each axis repeats what the axes before it gave, so the outermost goes first.
  for (let axis = 0; axis < shape.length; axis++) {
    for (let outer = count - 1; outer >= 0; outer--) {
      for (let index = shape[axis] - 1; index >= 0; index--) {
        places[outer * shape[axis] + index] = places[outer] + index * strides[axis];
      }
    }
    count *= shape[axis];
  }
  return places;
}

/**
 * The shape that the engine broadcasts two shapes to, or undefined where it cannot. Axes of
 * length 1 stretch. A shape of fewer axes is compared from the first axis on, not from the
 * last as ONNX has it; a circuit made from ONNX gives both the same number of axes.
 */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const shape = long.map((length, axis) => length === 1 && a.length === b.length ? short[axis] : length);
  // Where the number of axes differs, the engine reads the beginning of a longer axis.
  const fits = (from: readonly number[]) =>
    from.every((length, axis) =>
      length === 1 || length === shape[axis] || (from.length < shape.length && length > shape[axis])
    );
  return fits(a) && fits(b) ? shape : undefined;
}

/** For each element of `shape`, the element of a tensor of shape `from` that broadcasting puts there. */
export function broadcastPlaces(from: readonly number[], shape: readonly number[]): Int32Array {
  const own = stridesOf(from);
  return placesOf(shape, shape.map((_, axis) => axis >= from.length || from[axis] === 1 ? 0 : own[axis]));
}
