/**
 * ArgMax, ArgMin, TopK, OneHot: numbers that are places, and back.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { Attributes } from "../network/attributes.ts";
import { linesOf, reduced } from "../network/floats.ts";
import {
  activation,
  constantOperand,
  type LoweredValue,
  type Lowering,
  type LoweringRule,
} from "../network/lowering.ts";
import { negative } from "./elementwise.ts";
import { add, floatsOf, mul, number, own, places, reshape, sub } from "./making.ts";
import { picked } from "./moved.ts";
import { input, type Operator, wholes } from "./operator.ts";

/** Where the largest stands along an axis, the first of several. */
export function placeOfLargest(lowering: Lowering, x: LoweredValue, axis: number): LoweredValue {
  const op = own("ReduceArgMax", {
    write: () => ({ op: { kind: "Hybrid", op: { name: "ReduceArgMax", dim: axis } }, scale: 0 }),
    float: reduced([axis], (values) => values.indexOf(Math.max(...values))),
  });
  return lowering.add(op, [x], x.shape.with(axis, 1), "INT64");
}

const extreme = (isLargest: boolean): LoweringRule => (lowering) => {
  const attributes = new Attributes(lowering.node, ["axis", "keepdims", "select_last_index"]);
  const axis = attributes.integer("axis", 0), size = activation(lowering, 0).shape[axis];
  const isLast = attributes.integer("select_last_index", 0) !== 0;
  // Of several smallest ones EZKL's own ReduceArgMin has no proof.
  const x = isLargest ? activation(lowering, 0) : negative(lowering, activation(lowering, 0));
  const turned = isLast ? picked(lowering, x, axis, Array.from({ length: size }, (_, at) => size - 1 - at)) : x;
  const found = placeOfLargest(lowering, turned, axis);
  const place = isLast ? sub(lowering, number(lowering, size - 1, found), found) : found;
  const shape = attributes.integer("keepdims", 1) !== 0 ? place.shape : place.shape.toSpliced(axis, 1);
  return reshape(lowering, place, shape);
};

/** Where the largest stands. */
export const argMax: Operator = {
  name: "ArgMax",
  lower: extreme(true),
  cases: [
    { inputs: [input(2, 4)], attributes: { axis: 1 } },
    { name: "without the axis", inputs: [input(3, 2)], attributes: { axis: 0, keepdims: 0 } },
    {
      name: "of several the last",
      inputs: [{ shape: [3, 4], type: "INT64", range: [0, 2] }],
      attributes: { axis: 1, select_last_index: 1 },
      differs: "EZKL takes the first of several",
    },
  ],
};

/** Where the smallest stands. */
export const argMin: Operator = {
  name: "ArgMin",
  lower: extreme(false),
  cases: [{
    inputs: [{ shape: [3, 4], type: "INT64", range: [0, 2] }],
    attributes: { axis: 1 },
    differs: "EZKL's ReduceArgMin has no proof where several are smallest, so the largest negative is looked for",
  }],
};

/** The largest or smallest of every line, in order; their places only where there is one. */
export const topK: Operator = {
  name: "TopK",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["axis", "k", "largest", "sorted"]);
    const x = activation(lowering, 0), given = attributes.integer("axis", -1), k = attributes.integer("k", -1);
    if (k < 1) throw new ArgumentError("its k is computed or none, expected a constant from 1");
    const axis = given < 0 ? given + x.shape.length : given, largest = attributes.integer("largest", 1) !== 0;
    const op = own("TopK", {
      spent: [1],
      write: ({ scales: [scale] }) => ({ op: { kind: "Hybrid", op: { name: "TopK", dim: axis, k, largest } }, scale }),
      float: ({ shapes: [shape], shape: to }) => {
        const lines = linesOf(shape, [axis]), made = linesOf(to, [axis]);
        return ([values], out) =>
          lines.forEach((line, at) => {
            const sorted = Float64Array.from(line, (place) => values[place]).sort();
            if (largest) sorted.reverse();
            made[at].forEach((place, i) => out[place] = sorted[i]);
          });
      },
    });
    const values = lowering.add(op, [x, places(lowering, [k], x)], x.shape.with(axis, k));
    if (k > 1 || lowering.node.outputs.length < 2) return values;
    return [values, placeOfLargest(lowering, largest ? x : negative(lowering, x), axis)];
  },
  cases: [
    { inputs: [input(2, 5), wholes(2)], outputs: 2 },
    {
      name: "along another axis, smallest first",
      inputs: [input(4, 2), wholes(3)],
      attributes: { axis: 0, largest: 0 },
      outputs: 2,
    },
  ],
};

/** A 1 in the place of a class. */
export const oneHot: Operator = {
  name: "OneHot",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["axis"]);
    const given = activation(lowering, 0), [numClasses] = floatsOf(constantOperand(lowering, 1, "depth"));
    const [off, on] = floatsOf(constantOperand(lowering, 2, "values"));
    const dim = attributes.integer("axis", -1) < 0
      ? attributes.integer("axis", -1) + given.shape.length + 1
      : attributes.integer("axis", -1);
    const op = own("OneHot", {
      write: () => ({ op: { kind: "Hybrid", op: { name: "OneHot", dim, numClasses } }, scale: 0 }),
      float: ({ shape }) => {
        const lines = linesOf(shape, [dim]);
        return ([classes], out) => {
          out.fill(0);
          lines.forEach((line, at) => out[line[classes[at]]] = 1);
        };
      },
    });
    const type = lowering.inputs[2]!.elements ?? undefined;
    const bits = lowering.add(op, [given], given.shape.toSpliced(dim, 0, numClasses), type);
    const spread = on - off === 1 ? bits : mul(lowering, bits, number(lowering, on - off, bits));
    return off === 0 ? spread : add(lowering, spread, number(lowering, off, bits));
  },
  cases: [
    {
      inputs: [{ shape: [3], type: "INT64", range: [0, 4] }, { shape: [], values: [5], type: "INT64" }, {
        shape: [2],
        values: [0, 1],
      }],
      differs: "EZKL lets a prover take any numbers that add up to 1 for the zeros",
    },
    {
      name: "of other numbers",
      inputs: [{ shape: [2], type: "INT64", range: [0, 2] }, { shape: [], values: [3], type: "INT64" }, {
        shape: [2],
        values: [-1, 2],
      }],
      attributes: { axis: 0 },
      differs: "EZKL has 0 and 1 whatever the numbers are",
    },
  ],
};
