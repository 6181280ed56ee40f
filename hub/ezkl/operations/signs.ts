/**
 * Abs, Sign, Neg.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { absolute, sign } from "../cells/digits.ts";
import { constants } from "../cells/tensor.ts";
import { MapStep } from "../numbers/elementwise.ts";
import { magnitude, type Values } from "../numbers/values.ts";
import { type CircuitOperation, type Computing, one } from "./operation.ts";

function written(f: (x: number) => number, about: Computing) {
  return new MapStep(sizeOf(one(about)), f, (x: Values) => about.recorder.decompose(magnitude(x)));
}

/** The magnitude. */
export const abs: CircuitOperation<{ name: "Abs" }> = {
  lay: (_, { steps, inputs: [x] }) => absolute(steps, x),
  step: (_, about) => written(Math.abs, about),
};

/** -1, 0 or 1. */
export const signOf: CircuitOperation<{ name: "Sign" }> = {
  lay: (_, { steps, inputs: [x] }) => sign(steps, x),
  step: (_, about) => written(Math.sign, about),
};

/** The negative. */
export const neg: CircuitOperation<{ name: "Neg" }> = {
  lay: (_, { steps, inputs: [x] }) => steps.pair("Sub", constants([0]), x),
  step: (_, about) => new MapStep(sizeOf(one(about)), (x) => 0 - x),
};
