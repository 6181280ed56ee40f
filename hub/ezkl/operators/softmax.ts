/**
 * Softmax, LogSoftmax: shares of a whole along an axis, and their logarithms.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { linesOf } from "../network/floats.ts";
import { activation, floats, type LoweredValue, type Lowering } from "../network/lowering.ts";
import { exponential } from "./exp.ts";
import { logarithm } from "./log.ts";
import { own, sub } from "./making.ts";
import { input, type Operator } from "./operator.ts";
import { extreme, summed } from "./reductions.ts";

/** The operator. */
export const softmax: Operator = {
  name: "Softmax",
  lower(lowering) {
    const axis = new Attributes(lowering.node, ["axis"]).integer("axis", -1), x = floats(activation(lowering, 0));
    const op = own("Softmax", {
      write({ scales: [scale], finest }) {
        const out = Math.max(finest, scale);
        return {
          op: { kind: "Hybrid", op: { name: "Softmax", inputScale: 2 ** scale, outputScale: 2 ** out, axes: [axis] } },
          scale: scale + out,
        };
      },
      float: ({ shapes: [shape] }) => {
        const lines = linesOf(shape, [axis]);
        return ([values], out) => {
          for (const line of lines) {
            const largest = Math.max(...Array.from(line, (place) => values[place]));
            let total = 0;
            for (const place of line) total += out[place] = Math.exp(values[place] - largest);
            for (const place of line) out[place] /= total;
          }
        };
      },
    });
    return lowering.add(op, [x], x.shape);
  },
  cases: [
    { inputs: [input(2, 3)] },
    { name: "of a vector", inputs: [input(4)] },
    { name: "of three axes", inputs: [input(2, 3, 4)] },
    {
      name: "along an axis in the middle",
      inputs: [input(2, 3, 4)],
      attributes: { axis: 1 },
    },
  ],
};

/** The operator. */
export const logSoftmax: Operator = {
  name: "LogSoftmax",
  lower(lowering) {
    const axis = new Attributes(lowering.node, ["axis"]).integer("axis", -1), x = floats(activation(lowering, 0));
    return logShares(lowering, x, axis);
  },
  cases: [{
    inputs: [input(2, 3)],
    differs: "EZKL takes the logarithm of shares that it has rounded, which loses the small ones",
  }],
};

/** x less the largest, less the logarithm of the sum of the exponentials. */
function logShares(lowering: Lowering, x: LoweredValue, axis: number): LoweredValue {
  const distance = sub(lowering, x, extreme(lowering, x, [axis], "ReduceMax"));
  const total = summed(lowering, exponential(lowering, distance), [axis]);
  return sub(lowering, distance, logarithm(lowering, total));
}
