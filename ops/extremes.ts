/**
 * The greatest and the least element over axes. The gradient goes to the element that it is, in equal parts where there
 * are several, as PyTorch's `amax` and `amin` have it; NaN is greater and less than all.
 * @module
 */
import type { Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { binaryOp } from "./binary.ts";
import { div } from "./div.ts";
import { mul } from "./mul.ts";
import { reduce, type ReduceAttributes, type ReduceOptions, reduction } from "./reduce.ts";
import { sum } from "./sum.ts";

/** Which elements are the extreme one: 1, the others 0. */
const TiesOp = binaryOp({
  name: "Ties",
  called: "amax()",
  fn: { name: "ties", text: "fn ties(x: f32, y: f32) -> f32 { return select(0.0, 1.0, x == y); }" },
  gradient: () => null,
});

function extreme(name: string, compare: string): OpDefinition<ReduceAttributes> {
  return reduction({
    name,
    start: null,
    take: () => `sum = select(sum, v, v ${compare} sum || ${isNan("v")});`,
    gradient({ inputs: [x], attributes: { axes } }, dy, y) {
      const [ties] = x.graph.apply(TiesOp, [x, y], null);
      return mul(ties, div(dy, sum(ties, axes, { keepdim: true })));
    },
    apart: true,
  });
}

/** The operation: the greatest element along some axes. */
export const ReduceMaxOp: OpDefinition<ReduceAttributes> = extreme("ReduceMax", ">");

/** The operation: the least element along some axes. */
export const ReduceMinOp: OpDefinition<ReduceAttributes> = extreme("ReduceMin", "<");

/**
 * The greatest element over `dim`: one axis or several, counted from the end below 0; over all unless given. The axes
 * go, or stay with one element by `keepdim`.
 */
export function amax(x: Value, dim?: number | readonly number[], options?: ReduceOptions): Value {
  return reduce(ReduceMaxOp, "amax()", arguments, x, dim, options);
}

/** The least element; axes and options as for {@linkcode amax}. */
export function amin(x: Value, dim?: number | readonly number[], options?: ReduceOptions): Value {
  return reduce(ReduceMinOp, "amin()", arguments, x, dim, options);
}
