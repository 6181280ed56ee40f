/**
 * Product over axes; each factor has the gradient of its product times the others, also where one of them is 0.
 * @module
 */
import { sizeOf, stridesOf } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf, spreadStrides } from "../core/graph/places.ts";
import { OTHER_REDUCTIONS } from "./vector_norm.ts";
import { loopsOver, reduce, type ReduceAttributes, type ReduceOptions, reduction } from "./reduce.ts";

/** The operation: one element for all along some axes. */
export const ReduceProdOp: OpDefinition<ReduceAttributes> = {
  ...reduction({
    name: "ReduceProd",
    start: "1.0",
    take: () => "sum *= v;",
    gradient: ({ inputs: [x], attributes }, dy) => dy.graph.apply(BackwardOp, [dy, x], attributes)[0],
  }),
  readOnnx: OTHER_REDUCTIONS,
};

/** The gradient, element by element: that of the product times all other factors. */
const BackwardOp: OpDefinition<ReduceAttributes> = {
  name: "ReduceProdBackward",
  shapes: ([, x]) => [x],
  kernel(call) {
    const [[kept, x], { axes }] = [call.inputs, call.attributes];
    const strides = stridesOf(x);
    const at = (distances: readonly number[]): string => placeOf("item", x, distances);
    const { open, place, close } = loopsOver(x, axes, strides);
    const body = `  let first = ${at(strides.map((by, axis) => axes.includes(axis) ? 0 : by))};
  var others = dy(${at(spreadStrides(kept, x))});
  ${open} let place = ${place}; others *= select(x(place), 1.0, place == item); ${close}
  set_dx(item, others);`;
    const inputs = [{ name: "dy", type: "f32" }, { name: "x", type: "f32" }] as const;
    const form = { inputs, outputs: [{ name: "dx" }], items: sizeOf(x), whole: true, body };
    return perSample({ name: "ReduceProdBackward", ...form }, call);
  },
};

/**
 * The product over `dim`: one axis or several, counted from the end below 0; over all unless given. The axes go, or
 * stay with one element by `keepdim`.
 */
export function prod(x: Value, dim?: number | readonly number[], options?: ReduceOptions): Value {
  return reduce(ReduceProdOp, "prod()", arguments, x, dim, options);
}
