/**
 * Sum, Mean: of several values that broadcast.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { activation, type LoweringRule, operand } from "../network/lowering.ts";
import { add, mul, number } from "./making.ts";
import { input, type Operator } from "./operator.ts";

const lower = (isMean: boolean): LoweringRule => (lowering) => {
  new Attributes(lowering.node, []);
  const values = lowering.inputs.map((_, at) => operand(lowering, at));
  if (values.every((x) => x.constant !== null)) activation(lowering, 0);
  const total = values.reduce((a, b) => add(lowering, a, b));
  return isMean ? mul(lowering, total, number(lowering, Math.fround(1 / values.length), total)) : total;
};

const three = [input(2, 3), input(3), input(2, 3)];

/** The operators. */
export const several: readonly Operator[] = [
  { name: "Sum", lower: lower(false), cases: [{ inputs: three }] },
  { name: "Mean", lower: lower(true), cases: [{ inputs: three }] },
];
