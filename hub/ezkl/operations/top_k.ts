/**
 * TopK: the largest or smallest elements of every line, in order.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { placed } from "../cells/operand.ts";
import { sorted } from "../cells/order.ts";
import { alongAxes } from "../numbers/reduce.ts";
import { Scratch } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";
import { linesOf } from "./reductions.ts";

/** Some of the sorted elements. */
export const topK: CircuitOperation<Named<"TopK">> = {
  lay({ dim }, { steps, inputs: [x], dims }) {
    const whole = steps.identity(x), lines = linesOf(whole, [dim]);
    if (x.dims.length === 1) sorted(steps, lines[0]);
    else steps.loop(lines.length, (at) => sorted(steps, lines[at]));
    return placed(dims);
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
