/**
 * And, Or, Xor, Not: operations on 0 and 1.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { and, not, or, xor } from "../cells/logic.ts";
import { MapStep, type PairFunction, PairStep } from "../numbers/elementwise.ts";
import type { Recorder, Values } from "../numbers/values.ts";
import { type CircuitOperation, one, two } from "./operation.ts";

const LAID = { And: and, Or: or, Xor: xor };
const note = (_a: Values, _b: Values, recorder: Recorder) => recorder.range(1);

const FUNCTIONS: Readonly<Record<"And" | "Or" | "Xor", PairFunction>> = {
  And: { f: (a, b) => a * b, note },
  Or: { f: (a, b) => a + b - a * b, note },
  Xor: { f: (a, b) => a + b - 2 * a * b, note },
};

/** Both, either, one of both. */
export const logic: CircuitOperation<{ name: "And" | "Or" | "Xor" }> = {
  lay: ({ name }, { steps, inputs: [a, b] }) => LAID[name](steps, a, b),
  step({ name }, about) {
    const [a, b] = two(about);
    return new PairStep(FUNCTIONS[name], a.shape, b.shape, about.recorder, about.where);
  },
};

/** 1 for 0 and 0 for 1. */
export const negation: CircuitOperation<{ name: "Not" }> = {
  lay: (_, { steps, inputs: [x] }) => not(steps, x),
  step: (_, about) => new MapStep(sizeOf(one(about)), (x) => x === 0 ? 1 : 0, () => about.recorder.range(1)),
};
