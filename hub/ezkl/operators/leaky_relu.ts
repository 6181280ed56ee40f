/**
 * LeakyRelu: x where x is not negative, else alpha times x.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "../network/attributes.ts";
import { each } from "../network/floats.ts";
import { leakyRelu as frugalLeakyRelu } from "../network/frugal_ops.ts";
import { activation, floats } from "../network/lowering.ts";
import { type Meaning, reach } from "../network/network.ts";
import { apply } from "./making.ts";
import { input, type Operator } from "./operator.ts";

/** The rectifier with a slope. */
export const leakyReluMeaning = ({ alpha }: { alpha: number }): Meaning => ({
  native(given) {
    const [x] = given.operands, scale = given.args.paramScale, slope = Math.fround(alpha);
    const out = slope === 0 ? x.outScale : x.outScale + scale;
    return given.push({ kind: "Linear", op: { name: "LeakyReLU", slope, scale } }, out);
  },
  frugal: (given) => frugalLeakyRelu(given.builder, given.operand(0), alpha, given.scheme.scales !== undefined),
  scaling: () => ({ keeps: [0], looked: ([x]) => reach(x) }),
  float: each((x) => x < 0 ? x * alpha : x),
});

/** The operator. */
export const leakyRelu: Operator = {
  name: "LeakyRelu",
  lower(lowering) {
    const alpha = new Attributes(lowering.node, ["alpha"]).float("alpha", 0.01);
    if (alpha < 0) {
      throw new ArgumentError(`its alpha is ${alpha}, expected 0 or more; a circuit's LeakyRelu keeps the sign`);
    }
    return apply(lowering, { type: "LeakyRelu", alpha }, floats(activation(lowering, 0)));
  },
  cases: [{ inputs: [input(2, 3)], attributes: { alpha: { float: 0.25 } } }],
};
