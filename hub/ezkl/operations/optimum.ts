/**
 * Max, Min: the greater or the smaller of two numbers.
 * @module
 */
import { greater, not } from "../cells/logic.ts";
import { type PairFunction, PairStep } from "../numbers/elementwise.ts";
import { difference } from "./comparison.ts";
import { type CircuitOperation, two } from "./operation.ts";

const FUNCTIONS: Readonly<Record<"Max" | "Min", PairFunction>> = {
  Max: { f: Math.max, note: difference },
  Min: { f: Math.min, note: difference },
};

/** The greater or the smaller. */
export const optimum: CircuitOperation<{ name: "Max" | "Min" }> = {
  lay({ name }, { steps, inputs: [a, b] }) {
    const isGreater = greater(steps, a, b), isNot = not(steps, isGreater);
    const [forA, forB] = name === "Max" ? [isGreater, isNot] : [isNot, isGreater];
    const first = steps.pair("Mult", a, forA), second = steps.pair("Mult", b, forB);
    return steps.pair("Add", first, second);
  },
  step({ name }, about) {
    const [a, b] = two(about);
    return new PairStep(FUNCTIONS[name], a.shape, b.shape, about.recorder, about.where);
  },
};
