/**
 * Parts of a tensor along a dimension, each a slice.
 * @module
 */
import { checkArguments, expect, whole } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { dimOf, wholes } from "./dims.ts";
import { reshape } from "./reshape.ts";
import { cut } from "./slice.ts";

/** `length` elements of `x` along `dim` from `start` on. */
export function narrow(x: Value, dim: number, start: number, length: number): Value {
  checkArguments("narrow()", arguments, 4);
  graphOf("narrow()", x);
  const axis = dimOf("narrow()", dim, x.shape.length);
  const size = x.shape[axis];
  whole("narrow(): start", start, -size);
  whole("narrow(): length", length);
  const first = start < 0 ? start + size : start;
  expect(
    first + length <= size,
    "narrow(): length",
    length,
    `at most ${size - first}, of ${size} elements from ${first}`,
  );
  return cut("narrow()", x, axis, first, first + length, 1);
}

/** Element number `index` of `x` along `dim`, which is a dimension no more. */
export function select(x: Value, dim: number, index: number): Value {
  checkArguments("select()", arguments, 3);
  graphOf("select()", x);
  const axis = dimOf("select()", dim, x.shape.length);
  const size = x.shape[axis];
  const sound = Number.isSafeInteger(index) && index >= -size && index < size;
  expect(sound, "select(): index", index, `a whole number from ${-size} to ${size - 1}, of ${size} elements`);
  return reshape(narrow(x, axis, index, 1), x.shape.filter((_, k) => k !== axis));
}

/** `x` in parts along `dim`: of `sizes` elements each, the last of what is left, or of the sizes in a list. */
export function split(x: Value, sizes: number | readonly number[], dim: number = 0): readonly Value[] {
  checkArguments("split()", arguments, 3);
  graphOf("split()", x);
  const axis = dimOf("split()", dim, x.shape.length);
  const size = x.shape[axis];
  const list = typeof sizes === "number"
    ? Array.from(
      { length: Math.ceil(size / whole("split(): sizes", sizes)) },
      (_, k) => Math.min(sizes, size - k * sizes),
    )
    : wholes("split(): sizes", sizes, 1, "a positive integer or a list of them");
  const total = list.reduce((sum, part) => sum + part, 0);
  expect(total === size, "split(): sizes", sizes, `sizes that make ${size}, the elements of dimension ${axis}`);
  let start = 0;
  return list.map((part) => cut("split()", x, axis, start, start += part, 1));
}

/** `x` in at most `chunks` parts along `dim`, all of one size but perhaps the last. */
export function chunk(x: Value, chunks: number, dim: number = 0): readonly Value[] {
  checkArguments("chunk()", arguments, 3);
  graphOf("chunk()", x);
  whole("chunk(): chunks", chunks);
  const axis = dimOf("chunk()", dim, x.shape.length);
  return split(x, Math.ceil(x.shape[axis] / chunks), axis);
}

/** `x` backwards along each of `dims`. */
export function flip(x: Value, dims: number | readonly number[]): Value {
  checkArguments("flip()", arguments, 2);
  graphOf("flip()", x);
  const list = typeof dims === "number" ? [dims] : wholes("flip(): dims", dims, -x.shape.length, "dimensions");
  return list.reduce((y, dim) => cut("flip()", y, dimOf("flip()", dim, x.shape.length), -1, -Infinity, -1), x);
}
