/**
 * Abs, Neg, Sign, Floor, Ceil, Round: element by element, without a table.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { each } from "../network/floats.ts";
import { activation, type LoweredValue, type Lowering } from "../network/lowering.ts";
import type { NetworkOp } from "../network/network.ts";
import { apply, own } from "./making.ts";
import { input, type Operator } from "./operator.ts";

function linear(
  op: PolyOp,
  f: (x: number) => number,
  scaleOf: (scale: number) => number = (scale) => scale,
): NetworkOp {
  return own(op.name, {
    write: ({ scales: [scale] }) => ({ op: { kind: "Linear", op }, scale: scaleOf(scale) }),
    float: each(f),
  });
}

function rounding(name: "Floor" | "Ceil" | "RoundHalfToEven", f: (x: number) => number): NetworkOp {
  return own(name, {
    write: ({ scales: [scale], legs }) => {
      // What has no scale is whole already.
      if (scale === 0) return { op: { kind: "Linear", op: { name: "Identity", outScale: null } }, scale };
      const op: HybridOp = { name, scale: 2 ** scale, legs };
      return { op: { kind: "Hybrid", op }, scale };
    },
    float: each(f),
  });
}

const even = (x: number) => {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + Math.abs(low % 2) : Math.round(x);
};

const OPS = {
  Abs: linear({ name: "Abs" }, Math.abs),
  Neg: linear({ name: "Neg" }, (x) => -x),
  Sign: linear({ name: "Sign" }, Math.sign, () => 0),
  Floor: rounding("Floor", Math.floor),
  Ceil: rounding("Ceil", Math.ceil),
  Round: rounding("RoundHalfToEven", even),
} as const;

const apart = (name: keyof typeof OPS) => (lowering: Lowering, x: LoweredValue) => apply(lowering, OPS[name], x);

/** The magnitude. */
export const absolute = apart("Abs");
/** The negative. */
export const negative = apart("Neg");
/** -1, 0 or 1. */
export const signOf = apart("Sign");
/** The next whole number below. */
export const floorOf = apart("Floor");

/** The operators. */
export const elementwise: readonly Operator[] = Object.entries(OPS).map(([name, op]): Operator => ({
  name,
  lower(lowering) {
    new Attributes(lowering.node, []);
    return apply(lowering, op, activation(lowering, 0));
  },
  cases: [{ inputs: [input(2, 3)] }],
}));
