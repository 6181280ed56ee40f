/**
 * Gather, GatherElements, GatherND: elements by their places. Places that are constants cost nothing; those that
 * are computed are searched for, one cell an element and a few more for the arithmetic of places.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, type LoweredValue, type LoweringRule, operand } from "../network/lowering.ts";
import type { Float } from "../network/network.ts";
import type { IndexTensor } from "../format/circuit.ts";
import { placesOf } from "../numbers/places.ts";
import { floatsOf, own, reshape } from "./making.ts";
import { move, pickedBy } from "./moved.ts";
import { constant, input, type Operator, wholes } from "./operator.ts";

/** Numbers from the front, for constants that count from the end. */
function fromFront(index: LoweredValue, size: (element: number) => number): number[] {
  return floatsOf(index).map((value, element) => {
    const whole = value < 0 ? value + size(element) : value;
    if (Number.isInteger(whole) && whole >= 0 && whole < size(element)) return whole;
    throw new ArgumentError(`it looks for number ${value} of ${size(element)}; export the model again`);
  });
}

const tensorOf = (values: number[], dims: readonly number[]): IndexTensor => ({
  values,
  dims: [...dims],
  scale: null,
  visibility: null,
});

const gatherRule: LoweringRule = (lowering) => {
  const axis = new Attributes(lowering.node, ["axis"]).integer("axis", 0);
  const x = operand(lowering, 0), index = operand(lowering, 1), rank = lowering.node.inputs[1]?.shape?.length ?? 1;
  const shape = [...x.shape.slice(0, axis), ...rank === 0 ? [] : index.shape, ...x.shape.slice(axis + 1)];
  if (index.constant !== null) {
    activation(lowering, 0);
    const places = fromFront(index, () => x.shape[axis]);
    return reshape(lowering, pickedBy(lowering, x, axis, places, index), shape);
  }
  const op = own("Gather", {
    write: ({ scales }) => ({
      op: { kind: "Hybrid", op: { name: "Gather", dim: axis, constantIdx: null } },
      scale: scales[0],
    }),
    float: ({ shapes: [from, places], shape: to }) => {
      const strides = stridesOf(from), count = sizeOf(places), inner = sizeOf(from.slice(axis + 1));
      return ([values, chosen], out) => {
        for (let i = 0; i < sizeOf(to); i++) {
          const within = i % inner, line = Math.floor(i / inner);
          const place = chosen[line % count];
          out[i] = values[Math.floor(line / count) * (strides[axis - 1] ?? 0) + place * strides[axis] + within];
        }
      };
    },
  });
  return reshape(lowering, lowering.add(op, [x, index], x.shape.with(axis, sizeOf(index.shape))), shape);
};

/** Along one axis. */
export const gather: Operator = {
  name: "Gather",
  lower: gatherRule,
  cases: [
    { inputs: [input(4, 3), wholes(0, 2, -1)], attributes: { axis: 0 } },
    {
      name: "of places in two axes",
      inputs: [input(2, 3), { ...wholes(0, 2, 1, 1), shape: [2, 2] }],
      attributes: { axis: 1 },
    },
    {
      name: "of one place",
      inputs: [input(4, 3), { ...wholes(2), shape: [] }],
      attributes: { axis: 0 },
      differs: "EZKL's reader makes a Slice of it",
    },
    {
      name: "of computed places",
      inputs: [input(4, 3), { shape: [2], type: "INT64", range: [0, 3] }],
      attributes: { axis: 0 },
      differs: "EZKL reads the index as sizes of dimensions, and does not bound it",
    },
    {
      name: "of computed rows of a table",
      inputs: [constant([4, 3]), { shape: [2], type: "INT64", range: [0, 3] }],
      attributes: { axis: 0 },
      differs: "EZKL reads the index as sizes of dimensions, and does not bound it",
    },
  ],
};

const elementsAt = (axis: number): Float => ({ shapes: [from, index] }) => {
  const strides = stridesOf(from), rest = placesOf(index, strides.with(axis, 0));
  return ([values, chosen], out) => rest.forEach((start, i) => out[i] = values[start + chosen[i] * strides[axis]]);
};

/** One element along an axis for every element of the index. */
export const gatherElements: Operator = {
  name: "GatherElements",
  lower(lowering) {
    const x = activation(lowering, 0), index = operand(lowering, 1);
    const given = new Attributes(lowering.node, ["axis"]).integer("axis", 0);
    const axis = given < 0 ? given + x.shape.length : given;
    if (index.constant === null) {
      const op = own("GatherElements", {
        write: ({ scales }) => ({
          op: { kind: "Linear", op: { name: "GatherElements", dim: axis, constantIdx: null } },
          scale: scales[0],
        }),
        float: elementsAt(axis),
      });
      return lowering.add(op, [x, index], index.shape);
    }
    const values = fromFront(index, () => x.shape[axis]), constantIdx = tensorOf(values, index.shape);
    const op = move(
      "GatherElements",
      { kind: "Linear", op: { name: "GatherElements", dim: axis, constantIdx } },
      (shape, to) => {
        const strides = stridesOf(shape);
        return placesOf(to, strides.with(axis, 0)).map((start, i) => start + values[i] * strides[axis]);
      },
      [1],
    );
    return lowering.add(op, [x, index], index.shape);
  },
  cases: [
    { inputs: [input(3, 2), { ...wholes(0, 2, 1, 1), shape: [2, 2] }], attributes: { axis: 0 } },
    {
      name: "of computed places",
      inputs: [input(3, 2), { shape: [2, 2], type: "INT64", range: [0, 2] }],
      attributes: { axis: 0 },
      differs: "EZKL reads the index as sizes of dimensions",
    },
  ],
};

/** What stands at the tuples of the index's last axis. */
export const gatherNd: Operator = {
  name: "GatherND",
  lower(lowering) {
    const batchDims = new Attributes(lowering.node, ["batch_dims"]).integer("batch_dims", 0);
    const x = activation(lowering, 0), index = operand(lowering, 1), depth = index.shape.at(-1)!;
    const shape = [...index.shape.slice(0, -1), ...x.shape.slice(batchDims + depth)];
    const at = (values: ArrayLike<number>) => {
      const strides = stridesOf(x.shape), inner = sizeOf(x.shape.slice(batchDims + depth));
      const tuples = sizeOf(index.shape) / depth, perBatch = tuples / sizeOf(index.shape.slice(0, batchDims));
      const batches = placesOf(x.shape.slice(0, batchDims), strides);
      return Array.from({ length: tuples * inner }, (_, i) => {
        const tuple = Math.floor(i / inner);
        let place = batches[Math.floor(tuple / perBatch)] + i % inner;
        for (let k = 0; k < depth; k++) place += values[tuple * depth + k] * strides[batchDims + k];
        return place;
      });
    };
    if (index.constant === null) {
      const op = own("GatherND", {
        write: ({ scales }) => ({
          op: { kind: "Linear", op: { name: "GatherND", batchDims, indices: null } },
          scale: scales[0],
        }),
        float: () => ([values, chosen], out) => at(chosen).forEach((place, i) => out[i] = values[place]),
      });
      return lowering.add(op, [x, index], shape.length === 0 ? [1] : shape);
    }
    const values = fromFront(index, (element) => x.shape[batchDims + element % depth]);
    const indices = tensorOf(values, index.shape);
    const op = move("GatherND", { kind: "Linear", op: { name: "GatherND", batchDims, indices } }, () => at(values), [
      1,
    ]);
    return lowering.add(op, [x, index], shape.length === 0 ? [1] : shape);
  },
  cases: [
    { inputs: [input(2, 3), { ...wholes(0, 2, 1, 1), shape: [2, 2] }] },
    { name: "of rows", inputs: [input(2, 3), { ...wholes(1, 0, 1), shape: [3, 1] }] },
    {
      name: "in batches",
      inputs: [input(2, 3), { ...wholes(2, 0), shape: [2, 1] }],
      attributes: { batch_dims: 1 },
    },
  ],
};
