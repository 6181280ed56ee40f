/**
 * Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Not, And, Or, Xor, Where: truths are 1 and 0, at no scale.
 *
 * EZKL's Equals leaves its result at the scale of its operands, so that a truth of floats comes out as one over the
 * multiplier; here it is 1.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { each, together } from "../network/floats.ts";
import { activation, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import type { NetworkOp } from "../network/network.ts";
import { apply, own, spread } from "./making.ts";
import { type CaseTensor, constant, input, type Operator } from "./operator.ts";

function comparison(name: HybridOp["name"], f: (a: number, b: number) => boolean): NetworkOp {
  return own(name, {
    write: () => ({ op: { kind: "Hybrid", op: { name } as HybridOp }, scale: 0 }),
    align: [0, 1],
    float: together((a, b) => f(a, b) ? 1 : 0),
  }, true);
}

function logic(name: PolyOp["name"], f: (a: number, b: number) => number): NetworkOp {
  return own(name, {
    write: () => ({ op: { kind: "Linear", op: { name } as PolyOp }, scale: 0 }),
    truths: [0, 1],
    float: together(f),
  }, true);
}

const COMPARISONS: Readonly<Record<string, NetworkOp>> = {
  Equal: comparison("Equals", (a, b) => a === b),
  Greater: comparison("Greater", (a, b) => a > b),
  GreaterOrEqual: comparison("GreaterEqual", (a, b) => a >= b),
  Less: comparison("Less", (a, b) => a < b),
  LessOrEqual: comparison("LessEqual", (a, b) => a <= b),
};

const LOGIC: Readonly<Record<string, NetworkOp>> = {
  And: logic("And", (a, b) => a * b),
  Or: logic("Or", (a, b) => a + b - a * b),
  Xor: logic("Xor", (a, b) => a + b - 2 * a * b),
};

const notOp: NetworkOp = own("Not", {
  write: () => ({ op: { kind: "Linear", op: { name: "Not" } }, scale: 0 }),
  truths: [0],
  float: each((x) => x === 0 ? 1 : 0),
});

const iffOp: NetworkOp = own("Iff", {
  write: ({ scales }) => ({ op: { kind: "Linear", op: { name: "Iff" } }, scale: scales[1] }),
  align: [1, 2],
  truths: [0],
  float: together((mask, a, b) => mask === 0 ? b : a),
}, true);

/** A comparison by its name in ONNX. */
export const compared = (lowering: Lowering, name: string, a: LoweredValue, b: LoweredValue): LoweredValue =>
  spread(lowering, COMPARISONS[name], [a, b], "BOOL");

/** 1 for 0 and 0 for 1. */
export const negated = (lowering: Lowering, x: LoweredValue): LoweredValue => apply(lowering, notOp, x, "BOOL");

/** Both. */
export const bothOf = (lowering: Lowering, a: LoweredValue, b: LoweredValue): LoweredValue =>
  spread(lowering, LOGIC.And, [a, b], "BOOL");

/** `a` where the mask is 1, `b` where it is 0. */
export function chosen(lowering: Lowering, mask: LoweredValue, a: LoweredValue, b: LoweredValue): LoweredValue {
  const like = a.constant === null ? a : b;
  return spread(lowering, iffOp, [mask, a, b], like.elements ?? undefined);
}

const rule = (ops: Readonly<Record<string, NetworkOp>>, first: CaseTensor, second: CaseTensor, differs?: string) =>
  Object.entries(ops).map(([name, op]): Operator => ({
    name,
    lower(lowering) {
      new Attributes(lowering.node, []);
      const [a, b] = [operand(lowering, 0), operand(lowering, 1)];
      if (a.constant !== null && b.constant !== null) activation(lowering, 0);
      return spread(lowering, op, [a, b], "BOOL");
    },
    cases: [{ inputs: [first, second], ...differs === undefined ? {} : { differs } }],
  }));

const few = (...shape: number[]): CaseTensor => ({ shape, type: "INT64", range: [-1, 1] });
const truths = (...shape: number[]): CaseTensor => ({ shape, type: "BOOL" });

/** The operators. */
export const logical: readonly Operator[] = [
  ...rule(COMPARISONS, few(3, 4), few(3, 4)),
  ...rule(LOGIC, truths(3, 4), truths(4)),
  {
    name: "Not",
    lower(lowering) {
      new Attributes(lowering.node, []);
      return negated(lowering, activation(lowering, 0));
    },
    cases: [{ inputs: [truths(3, 4)] }],
  },
  {
    name: "Where",
    lower(lowering) {
      new Attributes(lowering.node, []);
      const [mask, a, b] = [0, 1, 2].map((at) => operand(lowering, at));
      if ([mask, a, b].every((x) => x.constant !== null)) activation(lowering, 0);
      return chosen(lowering, mask, a, b);
    },
    cases: [
      { inputs: [truths(2, 3), input(2, 3), input(2, 3)] },
      { name: "with a number", inputs: [truths(2, 3), input(2, 3), constant([1], [0.5])] },
      {
        name: "by constants",
        inputs: [{ shape: [3], values: [1, 0, 1], type: "BOOL" }, input(2, 3), input(2, 3)],
      },
    ],
  },
];
