/**
 * Add, Sub, Mul: element by element, with ONNX's broadcasting. A product by a half, a quarter and so on is a change of
 * scale, and one of a value with itself a power.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { together } from "../network/floats.ts";
import { add as sum, linear, ofRank } from "../network/frugal_ops.ts";
import { activation, arithmetic, type LoweringRule, operand } from "../network/lowering.ts";
import type { FrugalNode, Meaning, NativeNode } from "../network/network.ts";
import { aligned } from "../network/scales.ts";
import { spread } from "./making.ts";
import { between, constant, input, type Operator } from "./operator.ts";

type Name = "Add" | "Sub" | "Mul";

function lower(type: Name): LoweringRule {
  return (lowering) => {
    new Attributes(lowering.node, []);
    const [left, right] = [operand(lowering, 0), operand(lowering, 1)];
    if (left.constant !== null && right.constant !== null) activation(lowering, 0);
    arithmetic(left, right);
    return spread(lowering, { type }, [left, right]);
  };
}

/** Sums and differences: operands come to the larger scale of both. */
function additive(name: "Add" | "Sub", f: (a: number, b: number) => number): Meaning {
  return {
    native(given) {
      given.requantize();
      return given.push(...aligned({ kind: "Linear", op: { name } }, given.operands));
    },
    frugal(given) {
      const { node, builder } = given;
      const known = node.inputs.map((_, side) => given.isConstant(side) ? null : given.operand(side));
      const scale = Math.max(...known.map((value) => value?.scale ?? -Infinity));
      const operands = known.map((value, side) => value ?? given.operand(side, scale));
      const [left, right] = operands.map((value) => ofRank(builder, value, node.shape.length));
      return sum(builder, name, left, right, node.shape);
    },
    float: together(f),
  };
}

/** The sum. */
export const addition: Meaning = additive("Add", (a, b) => a + b);

/** The difference. */
export const subtraction: Meaning = additive("Sub", (a, b) => a - b);

/** The product. */
export const multiplication: Meaning = {
  native(given) {
    const { node, operands } = given, scale = operands.reduce((total, { outScale }) => total + outScale, 0);
    const shifted = shift(given);
    if (shifted !== null) return shifted;
    if (node.inputs[0] === node.inputs[1]) {
      return given.push({ kind: "Linear", op: { name: "Pow", exponent: 2 } }, scale, [operands[0]]);
    }
    return given.push({ kind: "Linear", op: { name: "Mult" } }, scale);
  },
  frugal(given: FrugalNode) {
    const { node, builder } = given;
    const [x, y] = node.inputs.map((_, side) => ofRank(builder, given.operand(side), node.shape.length));
    return linear(builder, { name: "Mult" }, [x, y], node.shape, x.scale + y.scale);
  },
  float: together((a, b) => a * b),
};

/** A product by one over a power of two, which is the other operand at another scale; null for any other. */
function shift(given: NativeNode): number | null {
  for (const side of given.operands.keys()) {
    const values = given.constant(side);
    if (values === null || values.length !== 1 || !(values[0] < 1)) continue;
    const bits = -Math.log2(values[0]);
    if (!Number.isInteger(bits)) continue;
    given.drop(side);
    const other = given.operands[1 - side], outScale = other.outScale + bits;
    return given.push({ kind: "Linear", op: { name: "Identity", outScale } }, outScale, [other]);
  }
  return null;
}

/** The sum of two. */
export const add: Operator = {
  name: "Add",
  lower: lower("Add"),
  cases: [
    { inputs: [input(2, 3), input(2, 3)] },
    { name: "of a row", inputs: [input(2, 3), input(3)] },
    { name: "of a constant", inputs: [input(2, 3), constant([2, 1])] },
  ],
};

/** The difference of two. */
export const subtract: Operator = {
  name: "Sub",
  lower: lower("Sub"),
  cases: [{ inputs: [input(2, 3), input(2, 3)] }, { name: "from a constant", inputs: [constant([3]), input(2, 3)] }],
};

/** The product of two. */
export const multiply: Operator = {
  name: "Mul",
  lower: lower("Mul"),
  cases: [
    { inputs: [input(2, 3), input(2, 3)] },
    { name: "by a constant", inputs: [between(-1, 1, 2, 3), constant([3])] },
    { name: "by a quarter", inputs: [input(2, 3), constant([1], [0.25])] },
  ],
};
