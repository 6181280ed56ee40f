/**
 * Greater, GreaterEqual, Less, LessEqual, Equals: 1 where it holds.
 * @module
 */
import { equals, greater, greaterEqual } from "../cells/logic.ts";
import type { Steps } from "../cells/steps.ts";
import type { Tensor } from "../cells/tensor.ts";
import { type PairFunction, PairStep } from "../numbers/elementwise.ts";
import type { Recorder, Values } from "../numbers/values.ts";
import { type CircuitOperation, two } from "./operation.ts";

/** Names of the comparisons. */
type Comparison = "Greater" | "GreaterEqual" | "Less" | "LessEqual" | "Equals";

const turned = (f: typeof greater) => (steps: Steps, a: Tensor, b: Tensor) => f(steps, b, a);

const LAID: Readonly<Record<Comparison, typeof greater>> = {
  Greater: greater,
  GreaterEqual: greaterEqual,
  Less: turned(greater),
  LessEqual: turned(greaterEqual),
  Equals: equals,
};

/** Notes that the difference of two operands is written in digits. */
export function difference(a: Values, b: Values, recorder: Recorder): void {
  recorder.decompose(Math.max(a.high - b.low, b.high - a.low) + 1);
}

const truth = (f: (a: number, b: number) => boolean): PairFunction => ({
  f: (a, b) => f(a, b) ? 1 : 0,
  note: difference,
});

const FUNCTIONS: Readonly<Record<Comparison, PairFunction>> = {
  Greater: truth((a, b) => a > b),
  GreaterEqual: truth((a, b) => a >= b),
  Less: truth((a, b) => a < b),
  LessEqual: truth((a, b) => a <= b),
  Equals: { f: (a, b) => a === b ? 1 : 0 },
};

/** Comparisons. */
export const comparison: CircuitOperation<{ name: Comparison }> = {
  lay: ({ name }, { steps, inputs: [a, b] }) => LAID[name](steps, a, b),
  step({ name }, about) {
    const [a, b] = two(about);
    return new PairStep(FUNCTIONS[name], a.shape, b.shape, about.recorder, about.where);
  },
};
