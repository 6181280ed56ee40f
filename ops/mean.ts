/**
 * Mean over axes; each of `n` terms has an n-th of the gradient of its mean.
 * @module
 */
import { sizeOf } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float } from "../core/graph/wgsl.ts";
import { expandTo } from "./broadcast.ts";
import { div } from "./div.ts";
import { reduce, type ReduceAttributes, type ReduceOptions, reduction } from "./reduce.ts";

/** The operation: one element for all along some axes. */
export const ReduceMeanOp: OpDefinition<ReduceAttributes> = reduction({
  name: "ReduceMean",
  start: "0.0",
  take: (count) => `sum += v * ${float(1 / count)};`,
  adds: true,
  gradient: ({ inputs: [{ shape }] }, dy) => expandTo(div(dy, sizeOf(shape) / sizeOf(dy.shape)), shape),
});

/**
 * The mean over `dim`: one axis or several, counted from the end below 0; over all unless given. The axes go, or stay
 * with one element by `keepdim`.
 */
export function mean(x: Value, dim?: number | readonly number[], options?: ReduceOptions): Value {
  return reduce(ReduceMeanOp, "mean()", arguments, x, dim, options);
}
