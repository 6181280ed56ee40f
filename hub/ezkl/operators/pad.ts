/**
 * Pad: numbers around. Zeros are constants that are in no cell yet, other numbers are joined on, and what is reflected
 * or repeated points to the same cells again.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { fromPlaces } from "../network/floats.ts";
import { linear } from "../network/frugal_ops.ts";
import { activation, type LoweredValue, type Lowering, madeShape } from "../network/lowering.ts";
import type { Meaning } from "../network/network.ts";
import { padPlaces } from "../numbers/moves.ts";
import { numbers } from "./making.ts";
import { joined, part, picked } from "./moved.ts";
import { input, type Operator, wholes } from "./operator.ts";

/** Zeros around; one pair for every axis. */
export const padMeaning = ({ padding }: { padding: Padding[] }): Meaning => ({
  native: (given) => given.push({ kind: "Linear", op: { name: "Pad", padding } }, given.operands[0].outScale),
  frugal: ({ builder, node, operand }) => linear(builder, { name: "Pad", padding }, [operand(0)], node.shape),
  float: fromPlaces((shape) => padPlaces(shape, padding)),
  scaling: () => ({ keeps: [0] }),
});

/** By mode, the element that stands at a place outside. */
const OUTSIDE: Readonly<Record<string, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.min(Math.max(place, 0), size - 1),
  reflect(place, size) {
    if (size === 1) return 0;
    const period = 2 * (size - 1), within = (place % period + period) % period;
    return within < size ? within : period - within;
  },
  wrap: (place, size) => (place % size + size) % size,
};

/** The operator. */
export const pad: Operator = {
  name: "Pad",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["mode", "pads", "value"]);
    const mode = attributes.text("mode", "constant");
    madeShape(lowering, "pads");
    const given = activation(lowering, 0), pads = attributes.integers("pads")!, rank = given.shape.length;
    const value = attributes.float("value", 0);
    // What is taken away goes first.
    const x = given.shape.reduce((kept, size, axis) => {
      const [before, after] = [Math.max(-pads[axis], 0), Math.max(-pads[axis + rank], 0)];
      return before + after === 0 ? kept : part(lowering, kept, axis, before, size - after);
    }, given);
    const padding = x.shape.map((_, axis): Padding => [Math.max(pads[axis], 0), Math.max(pads[axis + rank], 0)]);
    if (padding.flat().every((more) => more === 0)) return x;
    if (mode !== "constant") {
      const outside = OUTSIDE[mode];
      if (outside === undefined) {
        throw new ArgumentError(
          `its mode is "${mode}", expected constant, reflect, edge or wrap; export the model again`,
        );
      }
      return padding.reduce((all, [before, after], axis) => {
        const size = all.shape[axis];
        const places = Array.from({ length: before + size + after }, (_, at) => outside(at - before, size));
        return picked(lowering, all, axis, places);
      }, x);
    }
    if (value !== 0) return filled(lowering, x, padding, value);
    return lowering.add(
      { type: "Pad", padding },
      [x],
      x.shape.map((size, axis) => size + padding[axis][0] + padding[axis][1]),
    );
  },
  cases: [
    { inputs: [input(1, 2, 3), wholes(0, 1, 0, 0, 0, 2)] },
    {
      name: "by another number",
      inputs: [input(2, 3), wholes(0, 1, 1, 0), { shape: [], values: [1.5] }],
      differs: "EZKL pads with 0 alone",
    },
    {
      name: "by reflection",
      inputs: [input(2, 4), wholes(0, 2, 0, 3)],
      attributes: { mode: "reflect" },
      differs: "EZKL pads with 0 alone",
    },
    {
      name: "by the edge",
      inputs: [input(2, 3), wholes(1, 1, 0, 2)],
      attributes: { mode: "edge" },
      differs: "EZKL pads with 0 alone",
    },
    { name: "by less than nothing", inputs: [input(3, 3), wholes(-1, 0, 0, 1)], differs: "EZKL's reader does not cut" },
  ],
};

/** The value with one number around. */
function filled(lowering: Lowering, x: LoweredValue, padding: readonly Padding[], value: number): LoweredValue {
  return padding.reduce((all, pair, axis) => {
    const sides = pair.map((size) => {
      const shape = all.shape.with(axis, size);
      return size === 0 ? [] : [numbers(lowering, Array(sizeOf(shape)).fill(value), shape, x)];
    });
    return joined(lowering, [...sides[0], all, ...sides[1]], axis);
  }, x);
}
