/**
 * HardSigmoid, HardSwish, Softplus, Softsign, Elu, Selu, Celu, PRelu, Gelu, Mish, ThresholdedRelu: what EZKL's reader
 * makes of them.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { activation, floats, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import { erf as erfOf } from "../../halo2/circuit/erf.ts";
import { absolute } from "./elementwise.ts";
import { exponential } from "./exp.ts";
import { greaterOf, smallerOf } from "./extremes.ts";
import { logarithm } from "./log.ts";
import { chosen, compared } from "./logic.ts";
import { add, apply, mul, number, sub } from "./making.ts";
import { between, constant, input, type Operator } from "./operator.ts";
import { inverse } from "./roots.ts";
import { ownTable } from "./table.ts";

type Body = (lowering: Lowering, x: LoweredValue, attributes: Attributes) => LoweredValue;

function activationOf(
  name: string,
  known: readonly string[],
  body: Body,
  cases: Operator["cases"] = [],
  differs?: string,
): Operator {
  return {
    name,
    lower: (lowering) => body(lowering, floats(activation(lowering, 0)), new Attributes(lowering.node, known)),
    cases: [{ inputs: [input(2, 3)], ...differs === undefined ? {} : { differs } }, ...cases],
  };
}

/** log(1 + exp(x)). */
function softplusOf(lowering: Lowering, x: LoweredValue): LoweredValue {
  return logarithm(lowering, add(lowering, exponential(lowering, x), number(lowering, 1, x)));
}

/** x where it is positive, else alpha (exp(x) - 1). */
function linearUnit(lowering: Lowering, x: LoweredValue, alpha: number): LoweredValue {
  const isPositive = compared(lowering, "Less", number(lowering, 0, x), x);
  const powers = sub(lowering, exponential(lowering, x), number(lowering, 1, x));
  const scaled = alpha === 1 ? powers : mul(lowering, powers, number(lowering, alpha, x));
  return chosen(lowering, isPositive, x, scaled);
}

/** What is above 0 of x, and what is below 0 of alpha (exp(x / alpha) - 1). */
function continuousUnit(lowering: Lowering, x: LoweredValue, alpha: number): LoweredValue {
  const zero = number(lowering, 0, x), above = greaterOf(lowering, x, zero);
  const inner = alpha === 1 ? x : mul(lowering, x, number(lowering, 1 / alpha, x));
  const powers = sub(lowering, exponential(lowering, inner), number(lowering, 1, x));
  const scaled = alpha === 1 ? powers : mul(lowering, powers, number(lowering, alpha, x));
  return add(lowering, above, smallerOf(lowering, scaled, zero));
}

/** x where it is positive, else alpha exp(x) - alpha. */
function exponentialUnit(lowering: Lowering, x: LoweredValue, alpha: number): LoweredValue {
  const isPositive = compared(lowering, "Less", number(lowering, 0, x), x);
  const factor = number(lowering, alpha, x);
  const powers = alpha === 1 ? exponential(lowering, x) : mul(lowering, exponential(lowering, x), factor);
  return chosen(lowering, isPositive, x, sub(lowering, powers, factor));
}

const hardSwish = ownTable("HardSwish", (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)));
const erf = ownTable("Erf", erfOf);

/** x times the share of a normal distribution below it. */
function gelu(lowering: Lowering, x: LoweredValue): LoweredValue {
  const share = apply(lowering, erf, mul(lowering, x, number(lowering, Math.SQRT1_2, x)));
  return mul(lowering, mul(lowering, x, add(lowering, share, number(lowering, 1, x))), number(lowering, 0.5, x));
}

/** The operators. */
export const activations: readonly Operator[] = [
  activationOf("HardSigmoid", ["alpha", "beta"], (lowering, x, attributes) => {
    const [alpha, beta] = [attributes.float("alpha", 0.2), attributes.float("beta", 0.5)];
    const line = add(lowering, mul(lowering, x, number(lowering, alpha, x)), number(lowering, beta, x));
    return greaterOf(lowering, smallerOf(lowering, line, number(lowering, 1, x)), number(lowering, 0, x));
  }),
  activationOf("HardSwish", [], (lowering, x) => apply(lowering, hardSwish, x)),
  activationOf("Softplus", [], softplusOf),
  activationOf("Softsign", [], (lowering, x) => {
    return mul(lowering, x, inverse(lowering, add(lowering, absolute(lowering, x), number(lowering, 1, x))));
  }),
  activationOf(
    "Elu",
    ["alpha"],
    (lowering, x, attributes) => linearUnit(lowering, x, attributes.float("alpha", 1)),
    [
      { name: "with another alpha", inputs: [input(2, 3)], attributes: { alpha: { float: 0.75 } } },
    ],
  ),
  activationOf("Celu", ["alpha"], (lowering, x, attributes) => {
    const alpha = attributes.float("alpha", 1);
    return continuousUnit(lowering, x, alpha);
  }, [{
    name: "with another alpha",
    inputs: [input(2, 3)],
    attributes: { alpha: { float: 0.75 } },
    differs: "EZKL's reader leaves out the product with alpha",
  }], "EZKL has one key for both its zeros"),
  activationOf("Selu", ["alpha", "gamma"], (lowering, x, attributes) => {
    const alpha = attributes.float("alpha", 1.67326319217681884765625);
    const gamma = attributes.float("gamma", 1.05070102214813232421875);
    return mul(lowering, exponentialUnit(lowering, x, alpha), number(lowering, gamma, x));
  }),
  {
    name: "PRelu",
    lower(lowering) {
      new Attributes(lowering.node, []);
      const x = floats(activation(lowering, 0)), slope = operand(lowering, 1);
      const isNegative = compared(lowering, "Greater", number(lowering, 0, x), x);
      return chosen(lowering, isNegative, mul(lowering, x, slope), x);
    },
    cases: [
      { inputs: [input(2, 3), constant([3], [0.5, 0.25, 2])] },
      { name: "of a computed slope", inputs: [input(2, 3), between(0, 1, 2, 3)] },
    ],
  },
  {
    name: "Gelu",
    lower(lowering) {
      const attributes = new Attributes(lowering.node, ["approximate"]), x = floats(activation(lowering, 0));
      if (attributes.text("approximate", "none") === "none") return gelu(lowering, x);
      const cube = mul(lowering, mul(lowering, x, x), mul(lowering, x, number(lowering, 0.044715, x)));
      const inner = mul(lowering, add(lowering, x, cube), number(lowering, Math.sqrt(2 / Math.PI), x));
      const share = apply(lowering, { type: "Tanh" }, inner);
      return mul(lowering, mul(lowering, x, add(lowering, share, number(lowering, 1, x))), number(lowering, 0.5, x));
    },
    cases: [
      { inputs: [input(2, 3)], opset: 20, differs: "EZKL's reader has another order of the same products" },
      {
        name: "by Tanh",
        inputs: [input(2, 3)],
        opset: 20,
        attributes: { approximate: "tanh" },
        differs: "EZKL's reader has another order of the same products",
      },
    ],
  },
  {
    name: "Mish",
    lower(lowering) {
      new Attributes(lowering.node, []);
      const x = floats(activation(lowering, 0));
      return mul(lowering, x, apply(lowering, { type: "Tanh" }, softplusOf(lowering, x)));
    },
    cases: [{ inputs: [input(2, 3)], opset: 18, differs: "EZKL's reader does not know it" }],
  },
  {
    name: "ThresholdedRelu",
    lower(lowering) {
      const alpha = new Attributes(lowering.node, ["alpha"]).float("alpha", 1), x = floats(activation(lowering, 0));
      const isAbove = compared(lowering, "Greater", x, number(lowering, alpha, x));
      return chosen(lowering, isAbove, x, number(lowering, 0, x));
    },
    cases: [{ inputs: [input(2, 3)], differs: "EZKL's reader compares the other way round" }],
  },
];
