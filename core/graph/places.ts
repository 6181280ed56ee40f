/**
 * WGSL for places in row-major tensors: from the number of an element to its coordinates, and from those to a place in
 * another tensor.
 * @module
 */
import { type Shape, stridesOf } from "../base/shape.ts";

/** Numbers between neighbours along each axis of `shape` in a tensor that broadcasts to it: 0 where it is repeated. */
export function spreadStrides(from: Shape, shape: Shape): number[] {
  const own = [...Array<number>(Math.max(0, shape.length - from.length)).fill(1), ...from];
  return stridesOf(own).map((stride, axis) => own[axis] === 1 ? 0 : stride);
}

/**
 * The place, as an expression of type u32, of the element with number `index` (an expression, row-major in `shape`) in
 * a tensor with these distances along the axes; a distance of 0 stays in place.
 */
export function placeOf(index: string, shape: Shape, distances: readonly number[]): string {
  const strides = stridesOf(shape);
  const terms: string[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    // Axes that lie one behind the other in both tensors are one.
    let last = axis;
    while (
      last + 1 < shape.length && distances[last + 1] * shape[last + 1] === distances[last] && distances[axis] !== 0
    ) last++;
    const [stride, distance] = [strides[last], distances[last]];
    const above = axis === 0 ? Infinity : strides[axis - 1];
    axis = last;
    if (distance === 0 || above === stride) continue;
    const divided = stride === 1 ? index : `${index} / ${stride}u`;
    const coordinate = above === Infinity ? divided : `${divided} % ${above / stride}u`;
    terms.push(distance === 1 ? `(${coordinate})` : `(${coordinate}) * ${distance}u`);
  }
  return terms.length === 0 ? "0u" : terms.join(" + ");
}
