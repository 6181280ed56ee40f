/**
 * Operations in floating point, one sample at a time.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { broadcastPlaces, placesOf } from "../numbers/places.ts";
import type { Float } from "./network.ts";

/** A function of each element. */
export function each(f: (x: number) => number): Float {
  return () => ([x], out) => {
    for (let i = 0; i < out.length; i++) out[i] = f(x[i]);
  };
}

/** A function of the elements of all operands, spread over the result as ONNX has it. */
export function together(f: (...elements: number[]) => number): Float {
  return ({ shapes, shape }) => {
    const places = shapes.map((own) => spreadPlaces(own, shape));
    return (inputs, out) => {
      const [a, b] = inputs, [first, second] = places;
      for (let i = 0; i < out.length; i++) {
        out[i] = inputs.length === 2
          ? f(a[first[i]], b[second[i]])
          : f(...inputs.map((values, side) => values[places[side][i]]));
      }
    };
  };
}

/** For each element of `shape` the element of a tensor of shape `own`; ONNX compares shapes from their last axes on. */
export function spreadPlaces(own: readonly number[], shape: readonly number[]): Int32Array {
  const front = Array.from({ length: Math.max(0, shape.length - own.length) }, () => 1);
  return broadcastPlaces([...front, ...own], shape);
}

/** Elements of the first operand from elsewhere; -1 is a zero. */
export function fromPlaces(places: (shape: readonly number[], to: readonly number[]) => ArrayLike<number>): Float {
  return ({ shapes: [own], shape }) => {
    const from = places(own, shape);
    return ([x], out) => {
      for (let i = 0; i < out.length; i++) out[i] = from[i] < 0 ? 0 : x[from[i]];
    };
  };
}

/** One number for all elements along some axes. */
export function reduced(axes: readonly number[], f: (elements: readonly number[]) => number): Float {
  return ({ shapes: [shape] }) => {
    const lines = linesOf(shape, axes);
    return ([x], out) => lines.forEach((line, at) => out[at] = f(Array.from(line, (place) => x[place])));
  };
}

/** The places of the elements that go together along some axes, by element of the result. */
export function linesOf(shape: readonly number[], axes: readonly number[]): Int32Array[] {
  const strides = stridesOf(shape), kept = [...shape.keys()].filter((axis) => !axes.includes(axis));
  const along = [...axes].sort((a, b) => a - b);
  const pick = (list: readonly number[], which: readonly number[]) => which.map((axis) => list[axis]);
  const starts = placesOf(pick(shape, kept), pick(strides, kept));
  const elements = placesOf(pick(shape, along), pick(strides, along));
  return Array.from(starts, (start) => elements.map((place) => start + place));
}

/** The same elements. */
export const same: Float = () => ([x], out) => {
  for (let i = 0; i < out.length; i++) out[i] = x[i];
};

/** The product that an equation names, such as `mk,nk->mn`. */
export function contracted(equation: string): Float {
  const [left, result] = equation.split("->"), terms = left.split(",");
  return ({ shapes }) => {
    const sizes = new Map<string, number>();
    terms.forEach((term, side) => [...term].forEach((letter, axis) => sizes.set(letter, shapes[side][axis])));
    const size = (letter: string) => sizes.get(letter) ?? 1;
    const summed = [...sizes.keys()].filter((letter) => !result.includes(letter));
    const stepsOf = (term: string, side: number, letters: readonly string[]) => {
      const strides = stridesOf(shapes[side]);
      return letters.map((letter) => term.includes(letter) ? strides[term.indexOf(letter)] : 0);
    };
    const letters = [...result];
    const [starts, steps] = [letters, summed].map((own) =>
      terms.map((term, side) => placesOf(own.map(size), stepsOf(term, side, own)))
    );
    const count = sizeOf(summed.map(size));
    return (inputs, out) => {
      for (let i = 0; i < out.length; i++) {
        let sum = 0;
        for (let k = 0; k < count; k++) {
          let product = 1;
          for (let side = 0; side < terms.length; side++) product *= inputs[side][starts[side][i] + steps[side][k]];
          sum += product;
        }
        out[i] = sum;
      }
    };
  };
}
