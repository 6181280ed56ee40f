/**
 * Softmax, LogSoftmax: shares of a whole along an axis, and their logarithms.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { LookupOp } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import type { Value } from "../network/circuit_builder.ts";
import { linesOf } from "../network/floats.ts";
import { add as plus, extreme as extremeOf, linear, pick, quarterSquares } from "../network/frugal_ops.ts";
import { activation, floats, type LoweredValue, type Lowering } from "../network/lowering.ts";
import { type FrugalNode, reach } from "../network/network.ts";
import { oneOperation } from "../network/one_operation.ts";
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
    const whole = oneOperation({
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
    const op = own("Softmax", {
      ...whole,
      frugal: (given) => given.scheme.scales === undefined ? whole.frugal(given) : sharesByTables(given, axis),
      scaling: () => ({
        atTable: true,
        looked: ([{ low, high }]) => Math.max(reach({ low, high }), high - low, x.shape.at(axis)!),
      }),
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

/**
 * Shares of a whole by tables alone: EZKL sorts each line to find its largest, and lets the prover claim one over the
 * sum. All lines are worked on at once, one element of each after another.
 */
function sharesByTables(given: FrugalNode, axis: number): Value {
  const { builder, node: { shape } } = given, x = given.atTableScale(given.operand(0));
  const lines = linesOf(shape, [axis < 0 ? axis + shape.length : axis]), count = lines.length;
  const dims = [count], flat = linear(builder, { name: "Reshape", shape: [sizeOf(shape)] }, [x], [sizeOf(shape)]);
  const elements = Array.from(lines[0], (_, at) => pick(builder, flat, lines.map((line) => line[at]), dims));
  const largest = elements.reduce((most, element) => extremeOf(builder, "Max", element, most, dims));
  const table = (op: LookupOp, value: Value) => builder.add({ kind: "Nonlinear", op }, [value], dims, x.scale);
  const powers = elements.map((element) =>
    table({ name: "Exp", scale: 2 ** x.scale, base: Math.fround(Math.E) }, plus(builder, "Sub", element, largest, dims))
  );
  const total = powers.reduce((sum, power) => plus(builder, "Add", sum, power, dims));
  const one = table({ name: "Pow", scale: 2 ** x.scale, a: -1 }, total);
  const shares = powers.map((power) => quarterSquares(builder, power, one, dims));
  const joined = linear(builder, { name: "Concat", axis: 0 }, shares, [sizeOf(shape)]);
  const places = new Array<number>(sizeOf(shape));
  lines.forEach((line, row) => line.forEach((place, at) => places[place] = at * count + row));
  return pick(builder, joined, places, shape);
}

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
