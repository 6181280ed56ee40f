/**
 * Signals and volumes as the images that pooling knows.
 * @module
 */
import { ShapeError } from "../core/base/errors.ts";
import { showShape, sizeOf } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { Pool2dAttributes } from "./pool2d.ts";
import { reshape } from "./reshape.ts";

/** What `pool` makes of images, of signals `[N, C, L]` too, which are images of one row. */
export function asImage(x: Value, pool: (x: Value) => Value): Value {
  if (x.shape.length !== 3) return pool(x);
  const [n, c, length] = x.shape;
  const y = pool(reshape(x, [n, c, 1, length]));
  return reshape(y, [n, c, y.shape[3]]);
}

/** One element of each channel, whatever it has axes: a window over all, whose axes stay with one element. */
export function overAll(x: Value, pool: (x: Value, kernel: Pool2dAttributes) => Value): Value {
  if (x.shape.length < 3) {
    throw new ShapeError(`pooling over all takes [N, C, ...] and was given ${showShape(x.shape)}; give it channels`);
  }
  const [n, c, ...rest] = x.shape;
  const plane: readonly [number, number] = rest.length === 2 ? [rest[0], rest[1]] : [1, sizeOf(rest)];
  const y = pool(reshape(x, [n, c, ...plane]), { kernel: plane, stride: plane, padding: [0, 0] });
  return reshape(y, [n, c, ...rest.map(() => 1)]);
}
