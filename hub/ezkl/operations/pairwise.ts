/**
 * Add, Sub, Mult: one gate an element.
 * @module
 */
import type { PairGate } from "../cells/steps.ts";
import { type PairFunction, PairStep } from "../numbers/elementwise.ts";
import { type CircuitOperation, two } from "./operation.ts";

const sum = (a: number, b: number) => a + b;

/** What the gates compute. */
const FUNCTIONS: Readonly<Record<PairGate, PairFunction>> = {
  Add: { f: (a, b) => a + b, bound: sum },
  Sub: { f: (a, b) => a - b, bound: sum },
  // The 0 is for -0.
  Mult: { f: (a, b) => a * b + 0, bound: (a, b) => a * b },
};

/** Sums, differences and products. */
export const pairwise: CircuitOperation<{ name: PairGate }> = {
  lay: ({ name }, { steps, inputs: [a, b] }) => steps.pair(name, a, b),
  step({ name }, about) {
    const [a, b] = two(about);
    return new PairStep(FUNCTIONS[name], a.shape, b.shape, about.recorder, about.where);
  },
};
