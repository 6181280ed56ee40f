/**
 * Einsum: a product of two tensors as an equation names it, such as `mk,nk->mn`.
 * @module
 */
import { layEinsum } from "../cells/einsum.ts";
import { Contraction } from "../numbers/contraction.ts";
import { einsumPlan } from "../numbers/einsum.ts";
import type { Step } from "../numbers/values.ts";
import { type CircuitOperation, type Named, type Shaped, two } from "./operation.ts";

/** One dot product an element of the result. */
export const einsum: CircuitOperation<Named<"Einsum">> = {
  lay: ({ equation }, { steps, inputs }) => layEinsum(steps, equation, inputs),
  step: ({ equation }, about) => contracted(equation, two(about), about.where),
};

function contracted(equation: string, [x, w]: readonly [Shaped, Shaped], where: string): Step {
  // What is the same for every sample has to be the weights.
  if (x.constant && !w.constant) {
    const [, left, right, result] = equation.match(/^([^,]*),([^,]*)->(.*)$/) ?? [];
    const swapped = contracted(`${right},${left}->${result}`, [w, x], where);
    return { size: swapped.size, run: ([x, w], lanes) => swapped.run([w, x], lanes) };
  }
  return new Contraction(einsumPlan(equation, x.shape, w.shape, where).plan, w.constant, where);
}
