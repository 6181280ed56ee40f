/**
 * Div: by a whole number with a remainder, by any other through a table.
 *
 * The quotient of a whole divisor is not unique: |x - d q| < d holds for both neighbours where d does not
 * divide x. The honest one is rounded, halves away from zero.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { lookupFunction } from "../../halo2/circuit/table_functions.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { absolute, bounded } from "../cells/digits.ts";
import { type Felt, feltOf } from "../cells/felt.ts";
import { greater, holdTo } from "../cells/logic.ts";
import type { Steps } from "../cells/steps.ts";
import { constants, mapped, type Tensor } from "../cells/tensor.ts";
import { DivideStep, LookupStep, SameStep } from "../numbers/elementwise.ts";
import type { Recorder, Step } from "../numbers/values.ts";
import { type CircuitOperation, one } from "./operation.ts";

/** A division by a constant. */
export const division: CircuitOperation<{ name: "Div"; denom: number }> = {
  lay({ denom }, { steps, inputs: [x] }) {
    if (!Number.isInteger(denom)) return steps.lookup({ name: "Div", denom }, x);
    return divided(steps, x, denom);
  },
  step: ({ denom }, about) => dividing(sizeOf(one(about)), denom, about.recorder),
};

/** Lays the division of `x` by a whole number. */
export function divided(steps: Steps, x: Tensor, divisor: number): Tensor {
  if (divisor === 1) return x;
  const claimed = steps.claimed(x.dims, () => mapped(x, (value) => quotientOf(value, divisor)));
  const quotient = bounded(steps, claimed);
  const product = steps.pair("Mult", quotient, constants([divisor]));
  const rest = absolute(steps, steps.pair("Sub", x, product));
  holdTo(steps, 1, greater(steps, constants([divisor]), rest));
  return quotient;
}

function quotientOf(value: Felt, divisor: number): Felt {
  return typeof value === "number" ? roundAway(value / divisor) : feltOf(BigInt(roundAway(Number(value) / divisor)));
}

/** The step that divides `size` elements. */
export function dividing(size: number, denom: number, recorder: Recorder): Step {
  const divisor = Math.fround(denom);
  if (divisor === 1) return new SameStep(size);
  if (Number.isInteger(divisor)) return new DivideStep(size, divisor, recorder);
  return new LookupStep(size, lookupFunction({ name: "Div", denom }), recorder);
}
