/**
 * TopK: the largest or smallest elements of every line, in order.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { sorted } from "../cells/order.ts";
import { pick } from "../cells/tensor.ts";
import { alongAxes } from "../numbers/reduce.ts";
import { Scratch } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";
import { alongLines, linesOf } from "./reductions.ts";

/** Some of the sorted elements. */
export const topK: CircuitOperation<Named<"TopK">> = {
  lay({ dim, k, largest }, { steps, inputs: [x] }) {
    const whole = steps.identity(x, 0), lines = linesOf(whole, [dim]), last = x.dims[dim] - 1;
    const chosen = () => Array.from({ length: k }, (_, at) => largest ? last - at : at);
    return alongLines(
      steps,
      x.dims,
      x.dims.with(dim, k),
      [dim],
      (at) => pick(sorted(steps, lines[at])[0], chosen, [k]),
    );
  },
  step({ dim, k, largest }, about) {
    const shape = one(about), { starts, elements } = alongAxes(shape, [dim]), { recorder } = about;
    const targets = alongAxes(shape.with(dim, k), [dim]);
    const size = sizeOf(shape.with(dim, k)), scratch = new Scratch();
    return {
      size,
      run([x], lanes) {
        const out = scratch.take(size * lanes);
        if (elements.length > 1) recorder.decompose(x.high - x.low + 1);
        starts.forEach((start, line) => {
          for (let lane = 0; lane < lanes; lane++) {
            const values = Float64Array.from(elements, (element) => x.data[(start + element) * lanes + lane]).sort();
            if (largest) values.reverse();
            for (let i = 0; i < k; i++) out[(targets.starts[line] + targets.elements[i]) * lanes + lane] = values[i];
          }
        });
        return out;
      },
    };
  },
};
