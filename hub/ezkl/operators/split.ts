/**
 * Split: parts along an axis.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { activation, madeShape } from "../network/lowering.ts";
import { part } from "./moved.ts";
import { input, type Operator, wholes } from "./operator.ts";

/** The operator. */
export const split: Operator = {
  name: "Split",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["axis", "split", "num_outputs"]);
    madeShape(lowering, "parts");
    const x = activation(lowering, 0), axis = attributes.integer("axis", 0);
    let start = 0;
    return attributes.integers("split")!.map((size) => part(lowering, x, axis, start, start += size));
  },
  cases: [{ inputs: [input(4, 3), wholes(1, 3)], outputs: 2 }],
};
