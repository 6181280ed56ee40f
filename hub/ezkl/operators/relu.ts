/**
 * Relu: x where x is not negative, else 0. EZKL reads it as the maximum with a constant 0, which takes a key and then
 * goes.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { each } from "../network/floats.ts";
import { leakyRelu } from "../network/frugal_ops.ts";
import { activation, type LoweredValue, type Lowering } from "../network/lowering.ts";
import { type Meaning, reach } from "../network/network.ts";
import { apply } from "./making.ts";
import { input, type Operator } from "./operator.ts";

/** The rectifier. */
export const reluMeaning: Meaning = {
  native(given) {
    given.passKey(`0 of rank ${given.node.shape.length}`);
    return given.push({ kind: "Linear", op: { name: "LeakyReLU", slope: 0, scale: 1 } }, given.operands[0].outScale);
  },
  frugal: (given) => leakyRelu(given.builder, given.operand(0), 0, given.scheme.scales !== undefined),
  scaling: () => ({ keeps: [0], looked: ([x]) => reach(x) }),
  float: each((x) => Math.max(x, 0)),
};

/** What is above 0 of a value. */
export const rectified = (lowering: Lowering, x: LoweredValue): LoweredValue => apply(lowering, { type: "Relu" }, x);

/** The operator. */
export const relu: Operator = {
  name: "Relu",
  lower(lowering) {
    new Attributes(lowering.node, []);
    return rectified(lowering, activation(lowering, 0));
  },
  cases: [{ inputs: [input(2, 3)] }],
};
