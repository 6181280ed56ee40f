/**
 * Repeating along dimensions: of one element (Expand), or of all (Tile).
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { aligned, expandTo, repeated } from "./broadcast.ts";
import { wholes } from "./dims.ts";

/**
 * `x` repeated along dimensions of one element, and along new ones in front, to `sizes`; -1 keeps a size. Throws a
 * `ShapeError` for a dimension that has other elements.
 */
export function expand(x: Value, sizes: readonly number[]): Value {
  checkArguments("expand()", arguments, 2);
  graphOf("expand()", x);
  const list = wholes("expand(): sizes", sizes, -1, "sizes, or -1 where they stay");
  expect(
    list.length >= x.shape.length && !list.includes(0),
    "expand(): sizes",
    sizes,
    `${x.shape.length} sizes or more`,
  );
  const own = aligned(x.shape, list.length);
  const shape = list.map((size, axis) => size === -1 ? own[axis] : size);
  if (own.every((size, axis) => size === 1 || size === shape[axis])) return expandTo(x, shape);
  throw new ShapeError(
    `expand() cannot make ${showShape(shape)} of ${
      showShape(x.shape)
    }, as only dimensions of one element are repeated; ` +
      "use repeat(), or keep the others by -1",
  );
}

/** `x` repeated `repeats[k]` times along dimension k; more numbers than dimensions are for new ones in front. */
export function repeat(x: Value, repeats: readonly number[]): Value {
  checkArguments("repeat()", arguments, 2);
  graphOf("repeat()", x);
  const times = wholes("repeat(): repeats", repeats, 1, "positive integers, one a dimension");
  expect(
    times.length >= x.shape.length,
    "repeat(): repeats",
    repeats,
    `at least ${x.shape.length} numbers, one a dimension`,
  );
  return repeated(x, times);
}
