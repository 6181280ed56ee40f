/**
 * Div: by a constant a product with one over it, as EZKL's reader has it; by a computed value a product with its
 * reciprocal.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, arithmetic, operand } from "../network/lowering.ts";
import { floatsOf, mul, numbers } from "./making.ts";
import { between, constant, input, type Operator } from "./operator.ts";
import { inverse } from "./roots.ts";

/** The operator. */
export const div: Operator = {
  name: "Div",
  lower(lowering) {
    new Attributes(lowering.node, []);
    const [x, divisor] = [operand(lowering, 0), operand(lowering, 1)];
    if (x.constant !== null && divisor.constant !== null) activation(lowering, 0);
    arithmetic(x, divisor);
    if (x.type === "Int") {
      throw new ArgumentError(
        "it divides integers, whose fractions ONNX cuts off and a circuit rounds, expected floats; export a float model",
      );
    }
    if (divisor.constant === null) return mul(lowering, x, inverse(lowering, divisor));
    const values = floatsOf(divisor);
    if (values.some((value) => value === 0)) {
      throw new ArgumentError("it divides by a constant 0, expected other numbers");
    }
    return mul(lowering, x, numbers(lowering, values.map((value) => 1 / value), divisor.shape, divisor));
  },
  cases: [
    { name: "by a constant", inputs: [input(2, 3), constant([1], [3])] },
    { name: "by a row", inputs: [input(2, 3), constant([3], [2, -1.5, 4])] },
    { name: "by a value", inputs: [input(2, 3), between(0.5, 4, 2, 3)] },
    { name: "of a constant", inputs: [constant([1], [2]), between(0.5, 4, 2, 3)] },
  ],
};
