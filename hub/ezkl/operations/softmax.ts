/**
 * Softmax: the exponentials of the distances from the largest, each times one over their sum. Its scale is the sum
 * of both scales.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { lookupFunction } from "../../halo2/circuit/table_functions.ts";
import { sorted } from "../cells/order.ts";
import type { LookupOp } from "../format/circuit.ts";
import { mustBeExact } from "../numbers/exact.ts";
import { alongAxes } from "../numbers/reduce.ts";
import { Scratch } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";
import { alongLines, endOf, linesOf } from "./reductions.ts";
import { inverse, productDigits, reciprocal } from "./roots.ts";

const table = (scale: number): LookupOp => ({ name: "Exp", scale, base: Math.fround(Math.E) });

/** Shares of a whole. */
export const softmax: CircuitOperation<Named<"Softmax">> = {
  lay({ inputScale, outputScale, axes }, { steps, inputs: [x] }) {
    const whole = steps.identity(x, 0), lines = linesOf(whole, axes);
    const body = (at: number) => {
      const line = lines[at], [values] = sorted(steps, line);
      const powers = steps.lookup(table(inputScale), steps.pair("Sub", line, endOf(values, "last")));
      const shares = steps.identity(powers, 0);
      return steps.pair("Mult", shares, inverse(steps, steps.sum(shares), inputScale, outputScale));
    };
    return alongLines(steps, x.dims, x.dims, axes, body);
  },
  step({ inputScale, outputScale, axes }, about) {
    const shape = one(about), { starts, elements } = alongAxes(shape, axes), { recorder, where } = about;
    const power = lookupFunction(table(inputScale));
    const invert = reciprocal(Math.fround(inputScale), Math.fround(outputScale));
    const size = sizeOf(shape), scratch = new Scratch();
    return {
      size,
      run([x], lanes) {
        const out = scratch.take(size * lanes);
        if (elements.length > 1) recorder.decompose(x.high - x.low + 1);
        recorder.decompose(0);
        recorder.range(1);
        let highest = 0;
        for (const start of starts) {
          for (let lane = 0; lane < lanes; lane++) {
            let largest = -Infinity, total = 0;
            const at = (element: number) => (start + element) * lanes + lane;
            for (const element of elements) largest = Math.max(largest, x.data[at(element)]);
            for (const element of elements) {
              const distance = x.data[at(element)] - largest;
              recorder.lookup({ low: distance, high: distance });
              total += out[at(element)] = power(distance);
            }
            const inverted = invert(total);
            highest = Math.max(highest, total, inverted);
            for (const element of elements) out[at(element)] *= inverted;
          }
        }
        mustBeExact(highest * power(0), where);
        recorder.decompose(Math.max(highest, productDigits(highest)));
        return out;
      },
    };
  },
};
