/**
 * Pow: by a constant exponent, or of a constant base. Whole powers are products, others tables.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "../network/attributes.ts";
import { each } from "../network/floats.ts";
import { activation, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import type { Meaning } from "../network/network.ts";
import { spending } from "../network/one_operation.ts";
import { floatsOf, mul, own } from "./making.ts";
import { between, constant, input, type Operator } from "./operator.ts";
import { inverse, squareRoot } from "./roots.ts";
import { tableMeaning } from "./table.ts";

function wholePower(exponent: number): Meaning {
  const table = tableMeaning((scale) => ({ name: "Pow", scale, a: exponent }), (x) => x ** exponent);
  return {
    native: (given) =>
      given.push({ kind: "Linear", op: { name: "Pow", exponent } }, given.operands[0].outScale * exponent),
    // Products make the scale a multiple, which a table does not.
    frugal: table.frugal,
    float: each((x) => x ** exponent),
    ...table.scaling && { scaling: table.scaling },
  };
}

/** A value to a power. */
export function power(lowering: Lowering, x: LoweredValue, exponent: number, given: LoweredValue): LoweredValue {
  if (exponent === 1) return x;
  if (exponent === 2) return mul(lowering, x, x);
  if (exponent === 0.5) return squareRoot(lowering, x);
  if (exponent === -1) return inverse(lowering, x);
  const by = (meaning: Meaning) => lowering.add(own("Pow", spending(meaning, [1])), [x, given], x.shape);
  if (Number.isInteger(exponent) && exponent > 0) return by(wholePower(exponent));
  return by(tableMeaning((scale) => ({ name: "Pow", scale, a: Math.fround(exponent) }), (v) => v ** exponent));
}

/** The only number of a constant. */
function single(x: LoweredValue, what: string): number {
  const values = floatsOf(x);
  if (values.every((value) => value === values[0])) return values[0];
  throw new ArgumentError(`its ${what} holds several numbers, expected one; give each its own Pow`);
}

/** The operator. */
export const pow: Operator = {
  name: "Pow",
  lower(lowering) {
    new Attributes(lowering.node, []);
    const [base, exponent] = [operand(lowering, 0), operand(lowering, 1)];
    if (exponent.constant !== null) {
      const value = single(exponent, "exponent");
      const x = activation(lowering, 0);
      if (x.type === "Int" && !(Number.isInteger(value) && value > 0)) {
        throw new ArgumentError(`its base holds integers and its exponent is ${value}, expected a whole number from 1`);
      }
      return power(lowering, x, value, exponent);
    }
    if (base.constant === null) {
      throw new ArgumentError("its base and its exponent are both computed, expected a constant among them");
    }
    const value = single(base, "base");
    if (!(value > 0)) throw new ArgumentError(`its base is the constant ${value}, expected one above 0`);
    const table = tableMeaning((scale) => ({ name: "Exp", scale, base: Math.fround(value) }), (x) => value ** x);
    return lowering.add(
      own("Exp", spending(table, [0])),
      [base, exponent],
      exponent.shape,
      exponent.elements ?? undefined,
    );
  },
  cases: [
    { name: "2", inputs: [between(-1, 1, 2, 3), constant([], [2])] },
    { name: "3", inputs: [between(-1, 1, 2, 3), constant([], [3])] },
    { name: "4", inputs: [between(-1, 1, 2, 3), constant([1], [4])] },
    { name: "1/2", inputs: [between(0.5, 4, 2, 3), constant([], [0.5])] },
    { name: "of fractions", inputs: [between(0.5, 2, 2, 3), constant([], [1.5])] },
    { name: "of 2", inputs: [constant([], [2]), input(2, 3)] },
  ],
};
