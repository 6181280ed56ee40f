/**
 * Max, Min, Clip: the greater or smaller of values. What is above 0 is a rectifier.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { together } from "../network/floats.ts";
import {
  activation,
  arithmetic,
  type LoweredValue,
  type Lowering,
  type LoweringRule,
  operand,
} from "../network/lowering.ts";
import { extreme as frugalExtreme, sameScale } from "../network/frugal_ops.ts";
import type { NetworkOp } from "../network/network.ts";
import { oneOperation } from "../network/one_operation.ts";
import { floatsOf, number, own, spread } from "./making.ts";
import { constant, input, type Operator } from "./operator.ts";
import { rectified } from "./relu.ts";

function between(name: "Max" | "Min", f: (...values: number[]) => number): NetworkOp {
  const whole = oneOperation({
    write: ({ scales }) => ({ op: { kind: "Hybrid", op: { name } }, scale: scales[0] }),
    align: [0, 1],
    float: together(f),
  });
  return own(name, {
    ...whole,
    frugal(given) {
      if (given.scheme.scales === undefined) return whole.frugal(given);
      const [a, b] = sameScale(given);
      return frugalExtreme(given.builder, name, a, b, given.node.shape);
    },
    scaling: () => ({
      keeps: [0, 1],
      looked: ([a, b]) => Math.max(a.high, b.high) - Math.min(a.low, b.low),
    }),
  }, true);
}

const maxOp = between("Max", Math.max), minOp = between("Min", Math.min);

/** The greater of two values. */
export function greaterOf(lowering: Lowering, a: LoweredValue, b: LoweredValue): LoweredValue {
  const [x, other] = b.constant === null ? [b, a] : [a, b];
  if (other.constant !== null && floatsOf(other).length === 1 && floatsOf(other)[0] === 0) {
    return rectified(lowering, x);
  }
  return spread(lowering, maxOp, [a, b]);
}

/** The smaller of two values. */
export const smallerOf = (lowering: Lowering, a: LoweredValue, b: LoweredValue): LoweredValue =>
  spread(lowering, minOp, [a, b]);

const lower = (of: typeof greaterOf): LoweringRule => (lowering) => {
  new Attributes(lowering.node, []);
  const values = lowering.inputs.map((_, at) => operand(lowering, at));
  if (values.every((x) => x.constant !== null)) activation(lowering, 0);
  for (const other of values.slice(1)) if (other.type !== values[0].type) arithmetic(values[0], other);
  return values.reduce((a, b) => of(lowering, a, b));
};

/** The greatest of several. */
export const max: Operator = {
  name: "Max",
  lower: lower(greaterOf),
  cases: [
    { inputs: [input(2, 3), input(2, 3)] },
    { name: "of three", inputs: [input(3), input(3), input(3)] },
    { name: "with a number", inputs: [input(2, 3), constant([1], [0.5])] },
  ],
};

/** The smallest of several. */
export const min: Operator = {
  name: "Min",
  lower: lower(smallerOf),
  cases: [{ inputs: [input(2, 3), input(2, 3)] }, {
    name: "with a number",
    inputs: [input(2, 3), constant([1], [0.5])],
  }],
};

/** Between two bounds, either of which may be left out. */
export const clip: Operator = {
  name: "Clip",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["min", "max"]), x = activation(lowering, 0);
    const bound = (name: string, place: number) =>
      attributes.has(name) ? number(lowering, attributes.float(name, 0), x) : lowering.inputs[place] ?? null;
    const low = bound("min", 1), high = bound("max", 2);
    const above = low === null || isBeyond(low) ? x : greaterOf(lowering, x, low);
    return high === null || isBeyond(high) ? above : smallerOf(lowering, above, high);
  },
  cases: [
    { inputs: [input(2, 3), constant([], [-0.5]), constant([], [0.75])] },
    { name: "from 0 to 6", inputs: [input(2, 3), constant([], [0]), constant([], [6])] },
    {
      name: "by computed bounds",
      inputs: [input(2, 3), input(), input()],
      differs: "a number without axes has one of 1 here",
    },
  ],
};

/** Whether a bound is one that no number passes. */
function isBeyond(bound: LoweredValue): boolean {
  return bound.constant !== null && Math.abs(floatsOf(bound)[0]) > 1e30;
}
