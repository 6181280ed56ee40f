/**
 * Sqrt, Reciprocal, and one over a root as normalisations have it.
 *
 * EZKL lets the prover claim the number and compares it with its neighbours, at 150 to 600 cells an element; and the
 * sign of a claimed Sqrt is in other cells than the root. Frugally all three are tables, at one cell, and unique.
 * @module
 */
import type { SupportedOp } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { each } from "../network/floats.ts";
import { activation, floats, type LoweredValue, type Lowering } from "../network/lowering.ts";
import { type Meaning, type NetworkOp, reach } from "../network/network.ts";
import { apply, own } from "./making.ts";
import { between, type Operator } from "./operator.ts";

/** A power: claimed natively at the scale that `native` gives, a table frugally. */
function powered(
  exponent: number,
  native: (scale: number, finest: number) => { op: SupportedOp; scale: number },
): Meaning {
  return {
    native(given) {
      const [{ outScale }] = given.operands, { inputScale, paramScale } = given.args;
      const { op, scale } = native(outScale, Math.max(inputScale, paramScale, outScale));
      return given.push(op, scale);
    },
    frugal(given) {
      const x = given.atTableScale(given.operand(0));
      const op: SupportedOp = { kind: "Nonlinear", op: { name: "Pow", scale: 2 ** x.scale, a: exponent } };
      return given.builder.add(op, [x], given.node.shape, x.scale);
    },
    float: each((x) => x ** exponent),
    scaling: () => ({ atTable: true, looked: ([x]) => reach(x) }),
  };
}

const sqrtOp: NetworkOp = own(
  "Sqrt",
  powered(0.5, (scale) => ({
    op: { kind: "Hybrid", op: { name: "Sqrt", scale: 2 ** scale } },
    scale,
  })),
);
const recipOp: NetworkOp = own(
  "Recip",
  powered(-1, (scale, finest) => ({
    op: { kind: "Hybrid", op: { name: "Recip", inputScale: 2 ** scale, outputScale: 2 ** finest } },
    scale: finest,
  })),
);
const rsqrtOp: NetworkOp = own(
  "Rsqrt",
  powered(-0.5, (scale, finest) => ({
    op: { kind: "Hybrid", op: { name: "Rsqrt", inputScale: 2 ** scale, outputScale: 2 ** finest } },
    scale: finest,
  })),
);

/** The square root of a value. */
export const squareRoot = (lowering: Lowering, x: LoweredValue): LoweredValue => apply(lowering, sqrtOp, x);

/** One over a value; of a root one over that at once, as EZKL's reader has it. */
export function inverse(lowering: Lowering, x: LoweredValue): LoweredValue {
  return apply(lowering, recipOp, x);
}

/** One over the square root of a value. */
export const inverseRoot = (lowering: Lowering, x: LoweredValue): LoweredValue => apply(lowering, rsqrtOp, x);

const operator = (name: string, make: typeof inverse): Operator => ({
  name,
  lower(lowering) {
    new Attributes(lowering.node, []);
    return make(lowering, floats(activation(lowering, 0)));
  },
  cases: [{ inputs: [between(0.5, 4, 2, 3)] }],
});

/** The square root. */
export const sqrt: Operator = operator("Sqrt", squareRoot);

/** One over x. */
export const reciprocal: Operator = operator("Reciprocal", inverse);
