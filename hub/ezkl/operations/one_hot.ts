/**
 * OneHot: for every number of a class a 1 in that class's place and 0 elsewhere.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { truth } from "../cells/logic.ts";
import { linearPlaces, select } from "../cells/order.ts";
import { filled, pick } from "../cells/tensor.ts";
import { alongAxes } from "../numbers/reduce.ts";
import { Scratch } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";
import { spreadLines } from "./reductions.ts";

/** Numbers as places of a 1. */
export const oneHot: CircuitOperation<Named<"OneHot">> = {
  lay({ dim, numClasses }, { steps, inputs: [x] }) {
    const { grid } = steps, all = steps.noted(x), one = filled(1, [1]);
    const lines = steps.loop(sizeOf(x.dims), (at) => {
      const chosen = grid.put(0, pick(all, () => [at], [1]));
      const bits = steps.claimed([numClasses], () => {
        return Array.from({ length: numClasses }, (_, own) => Number(own === chosen.elements!.values[0]));
      });
      const placed = truth(steps, bits);
      grid.copy(numClasses);
      steps.equal(one, steps.sum(placed));
      steps.equal(one, select(steps, placed, linearPlaces(steps, chosen, [numClasses], 0, true)));
      return placed;
    });
    return spreadLines(lines, x.dims.toSpliced(dim, 0, numClasses), [dim]);
  },
  step({ dim, numClasses }, about) {
    const shape = one(about), { recorder, where } = about, size = sizeOf(shape) * numClasses;
    const targets = alongAxes(shape.toSpliced(dim, 0, numClasses), [dim]), scratch = new Scratch();
    return {
      size,
      run([x], lanes) {
        const out = scratch.take(size * lanes).fill(0);
        recorder.range(1);
        targets.starts.forEach((start, element) => {
          for (let lane = 0; lane < lanes; lane++) {
            const chosen = x.data[element * lanes + lane];
            if (!(chosen >= 0 && chosen < numClasses)) {
              throw new ArgumentError(`${where}: the class ${chosen} is none of 0 to ${numClasses - 1}`);
            }
            out[(start + targets.elements[chosen]) * lanes + lane] = 1;
          }
        });
        return out;
      },
    };
  },
};
