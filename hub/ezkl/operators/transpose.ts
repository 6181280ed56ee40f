/**
 * Transpose: axes in another order, which costs no cell.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { operand } from "../network/lowering.ts";
import { permuted } from "./moved.ts";
import { input, type Operator } from "./operator.ts";

/** The operator. */
export const transpose: Operator = {
  name: "Transpose",
  lower(lowering) {
    const x = operand(lowering, 0);
    return permuted(lowering, x, new Attributes(lowering.node, ["perm"]).integers("perm")!);
  },
  cases: [
    { inputs: [input(2, 3)] },
    ...[[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map((perm) => ({
      name: perm.join(" "),
      inputs: [input(2, 3, 4)],
      attributes: { perm },
    })),
    { name: "0 3 1 2", inputs: [input(1, 2, 3, 2)], attributes: { perm: [0, 3, 1, 2] } },
    { name: "0 2 3 1", inputs: [input(1, 2, 3, 2)], attributes: { perm: [0, 2, 3, 1] } },
  ],
};
