/**
 * Pow: a whole power from 1, by repeated products.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { MapStep } from "../numbers/elementwise.ts";
import { mustBeExact } from "../numbers/exact.ts";
import { magnitude } from "../numbers/values.ts";
import { type CircuitOperation, one } from "./operation.ts";

/** A whole power. */
export const pow: CircuitOperation<{ name: "Pow"; exponent: number }> = {
  lay({ exponent }, { steps, inputs: [x], refuse }) {
    if (exponent < 1) throw refuse(`Pow with the exponent ${exponent}`);
    let power = x;
    for (let i = 1; i < exponent; i++) power = steps.pair("Mult", power, x);
    return power;
  },
  step: ({ exponent }, about) =>
    new MapStep(
      sizeOf(one(about)),
      (x) => x ** exponent + 0,
      (x) => mustBeExact(Math.max(1, magnitude(x)) ** exponent, about.where),
    ),
};
