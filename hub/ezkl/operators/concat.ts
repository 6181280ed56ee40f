/**
 * Concat: values one behind another along an axis.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { activation, operand } from "../network/lowering.ts";
import { joined } from "./moved.ts";
import { constant, input, type Operator } from "./operator.ts";

/** The operator. */
export const concat: Operator = {
  name: "Concat",
  lower(lowering) {
    const axis = new Attributes(lowering.node, ["axis"]).integer("axis", 0);
    const values = lowering.inputs.map((_, at) => operand(lowering, at));
    if (values.every((x) => x.constant !== null)) activation(lowering, 0);
    return joined(lowering, values, axis);
  },
  cases: [
    { inputs: [input(2, 3), input(2, 2)], attributes: { axis: 1 } },
    { name: "with a constant", inputs: [input(2, 3), constant([1, 3])], attributes: { axis: 0 } },
  ],
};
