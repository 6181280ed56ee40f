/**
 * Lowering of what works element by element.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "../network/attributes.ts";
import {
  activation,
  arithmetic,
  broadcast,
  floats,
  type LoweredValue,
  type LoweringRule,
  operand,
} from "../network/lowering.ts";

/** Add, Sub and Mul with broadcasting. */
export function lowerBinary(type: "Add" | "Sub" | "Mul"): LoweringRule {
  return (lowering) => {
    new Attributes(lowering.node, []);
    const [left, right] = [operand(lowering, 0), operand(lowering, 1)];
    if (left.constant !== null && right.constant !== null) activation(lowering, 0);
    arithmetic(left, right);
    return lowering.add({ type }, [left, right], broadcast(left.shape, right.shape));
  };
}

/** Sigmoid, Tanh and Relu. */
export function lowerUnary(type: "Sigmoid" | "Tanh" | "Relu"): LoweringRule {
  return (lowering) => {
    new Attributes(lowering.node, []);
    const x = type === "Relu" ? activation(lowering, 0) : floats(activation(lowering, 0));
    return lowering.add({ type }, [x], x.shape);
  };
}

/** x, or alpha times x where x is negative. */
export const lowerLeakyRelu: LoweringRule = (lowering): LoweredValue => {
  const alpha = new Attributes(lowering.node, ["alpha"]).float("alpha", 0.01);
  if (alpha < 0) {
    throw new ArgumentError(`its alpha is ${alpha}, expected 0 or more; a circuit's LeakyRelu keeps the sign`);
  }
  const x = floats(activation(lowering, 0));
  return lowering.add({ type: "LeakyRelu", alpha }, [x], x.shape);
};
