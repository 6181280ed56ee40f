/**
 * OneHot: for every number of a class a 1 in that class's place and 0 elsewhere.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { holdTo } from "../cells/logic.ts";
import { placed } from "../cells/operand.ts";
import { linearPlaces, select } from "../cells/order.ts";
import { alongAxes } from "../numbers/reduce.ts";
import { Scratch } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";

/** Numbers as places of a 1. */
export const oneHot: CircuitOperation<Named<"OneHot">> = {
  lay({ numClasses }, { steps, inputs: [x], dims }) {
    steps.put(x);
    steps.loop(sizeOf(x.dims), () => {
      const bits = steps.copied(placed([numClasses]));
      steps.range(bits, 0n, 1n);
      steps.grid.copy(numClasses);
      holdTo(steps, 1, steps.sum(bits));
      holdTo(steps, 1, select(steps, bits, linearPlaces(steps, placed([1]), [numClasses], 0, true)));
    });
    return placed(dims);
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
