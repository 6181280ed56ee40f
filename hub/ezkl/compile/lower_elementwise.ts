/**
 * Lowering of what works element by element, and of what does nothing.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "./attributes.ts";
import {
  activation,
  arithmetic,
  broadcast,
  floats,
  type LoweredValue,
  type LoweringRule,
  operand,
  wholeNumbers,
} from "./lowering.ts";

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

/** Its input. */
export const lowerIdentity: LoweringRule = (lowering): LoweredValue => {
  new Attributes(lowering.node, []);
  return operand(lowering, 0);
};

/** Its input: at inference nothing is dropped. */
export const lowerDropout: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, ["ratio", "seed", "is_test"]);
  if (lowering.opset < 7 && attributes.integer("is_test", 0) === 0) {
    throw new ArgumentError("its is_test is not set, expected inference; export the model in evaluation mode");
  }
  if (lowering.inputs[2] && wholeNumbers(lowering, 2, "training_mode").some((mode) => mode !== 0)) {
    throw new ArgumentError("its training_mode is set, expected inference; export the model in evaluation mode");
  }
  return operand(lowering, 0);
};
