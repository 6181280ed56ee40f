/**
 * Lines along one dimension of a tensor, as bodies of kernels go through them.
 * @module
 */
import { type Shape, sizeOf, stridesOf } from "../core/base/shape.ts";
import { placeOf } from "../core/graph/places.ts";

/** The lines. */
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
