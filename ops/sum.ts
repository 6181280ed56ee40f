/**
 * Sum over axes; each term has the gradient of its sum.
 * @module
 */
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { expandTo } from "./broadcast.ts";
import { reduce, type ReduceAttributes, type ReduceOptions, reduction } from "./reduce.ts";

/** The operation: one element for all along some axes. */
export const ReduceSumOp: OpDefinition<ReduceAttributes> = reduction({
  name: "ReduceSum",
  start: "0.0",
  take: () => "sum += v;",
  adds: true,
  gradient: (node, dy) => expandTo(dy, node.inputs[0].shape),
});

/**
 * The sum over `dim`: one axis or several, counted from the end below 0; over all unless given. The axes go, or stay
 * with one element by `keepdim`.
 */
export function sum(x: Value, dim?: number | readonly number[], options?: ReduceOptions): Value {
  return reduce(ReduceSumOp, "sum()", arguments, x, dim, options);
}
