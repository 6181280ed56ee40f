/**
 * Slice: parts along axes; steps are every so manyth element, backwards ones another order.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { activation, madeShape } from "../network/lowering.ts";
import { part, picked, sampled } from "./moved.ts";
import { input, type Operator, wholes } from "./operator.ts";

/** The operator. */
export const slice: Operator = {
  name: "Slice",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["starts", "ends", "axes", "steps"]);
    madeShape(lowering, "bounds");
    const [starts, ends, axes, steps] = ["starts", "ends", "axes", "steps"].map((name) => attributes.integers(name)!);
    return axes.reduce((x, axis, at) => {
      const step = steps[at], count = Math.ceil((Math.max(ends[at], -1) - starts[at]) / step);
      if (step === 1) return part(lowering, x, axis, starts[at], ends[at]);
      if (step < 0) return picked(lowering, x, axis, Array.from({ length: count }, (_, i) => starts[at] + i * step));
      return sampled(lowering, part(lowering, x, axis, 0, Math.min(x.shape[axis], ends[at])), axis, step, starts[at]);
    }, activation(lowering, 0));
  },
  cases: [
    { inputs: [input(4, 3), wholes(1), wholes(3), wholes(0)] },
    { name: "along two axes", inputs: [input(4, 3), wholes(1, 0), wholes(3, 2), wholes(0, 1)] },
    {
      name: "with a step",
      inputs: [input(5, 2), wholes(1), wholes(5), wholes(0), wholes(2)],
    },
    {
      name: "backwards",
      inputs: [input(5, 2), wholes(4), wholes(-9), wholes(0), wholes(-2)],
      differs: "EZKL takes no step backwards",
    },
  ],
};
