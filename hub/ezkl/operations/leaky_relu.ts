/**
 * LeakyReLU: x, or the slope times x where x is negative; without a slope at its own scale.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { sign } from "../cells/digits.ts";
import { equals, not } from "../cells/logic.ts";
import { constants, filled } from "../cells/tensor.ts";
import { MapStep } from "../numbers/elementwise.ts";
import { mustBeExact } from "../numbers/exact.ts";
import { quantize } from "../numbers/fixed_point.ts";
import { magnitude } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";

/** A rectifier. */
export const leakyRelu: CircuitOperation<Named<"LeakyReLU">> = {
  lay({ slope, scale }, { steps, inputs: [x] }) {
    const signs = sign(steps, x);
    const isPositive = equals(steps, signs, filled(1, x.dims));
    const positive = steps.pair("Mult", x, isPositive);
    if (slope === 0) return positive;
    const scaled = steps.pair("Mult", positive, constants([2 ** scale]));
    const isNegative = not(steps, isPositive);
    const slopes = steps.pair("Mult", isNegative, constants([roundAway(Math.fround(slope) * 2 ** scale)]));
    return steps.pair("Add", scaled, steps.pair("Mult", x, slopes));
  },
  step(op, about) {
    const size = sizeOf(one(about)), { recorder, where } = about;
    if (op.slope === 0) return new MapStep(size, (x) => x > 0 ? x : 0, (x) => recorder.decompose(magnitude(x)));
    const unit = 2 ** op.scale, slope = quantize(Math.fround(op.slope), op.scale);
    return new MapStep(size, (x) => (x >= 0 ? x * unit : x * slope) + 0, (x) => {
      mustBeExact(magnitude(x) * Math.max(unit, Math.abs(slope)), where);
      recorder.decompose(magnitude(x));
    });
  },
};
