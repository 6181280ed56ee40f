/**
 * ScatterElements, ScatterND at constant places: elements of one value stand in for some of another's, at no cell.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import { constantOperand, type LoweredValue, type Lowering, type LoweringRule, operand } from "../network/lowering.ts";
import type { PolyOp } from "../format/circuit.ts";
import { placesOf } from "../numbers/places.ts";
import { floatsOf, own, reshape } from "./making.ts";
import { constant, input, type Operator, wholes } from "./operator.ts";

function scattered(
  lowering: Lowering,
  [x, index, updates]: readonly LoweredValue[],
  op: PolyOp,
  places: readonly number[],
): LoweredValue {
  const meaning = own(op.name, {
    write: ({ scales }) => ({ op: { kind: "Linear", op }, scale: Math.max(...scales) }),
    align: [0, 1],
    spent: [1],
    float: () => ([values, others], out) => {
      for (let i = 0; i < out.length; i++) out[i] = values[i];
      places.forEach((place, i) => out[place] = others[i]);
    },
  });
  const like = x.constant === null ? x : updates;
  return lowering.add(meaning, [x, index, updates], x.shape, like.elements ?? undefined);
}

function plain(lowering: Lowering): void {
  const reduction = new Attributes(lowering.node, ["axis", "reduction"]).text("reduction", "none");
  if (reduction === "none") return;
  throw new ArgumentError(`its reduction is "${reduction}", expected none; add what it scatters with Add`);
}

const lowerElements: LoweringRule = (lowering) => {
  plain(lowering);
  const given = new Attributes(lowering.node, ["axis", "reduction"]).integer("axis", 0);
  const x = operand(lowering, 0), index = constantOperand(lowering, 1, "index"), updates = operand(lowering, 2);
  const dim = given < 0 ? given + x.shape.length : given, strides = stridesOf(x.shape);
  const values = floatsOf(index).map((value) => value < 0 ? value + x.shape[dim] : value);
  const places = [...placesOf(index.shape, strides.with(dim, 0))].map((start, i) => start + values[i] * strides[dim]);
  const constantIdx = { values, dims: [...index.shape], scale: null, visibility: null };
  return scattered(lowering, [x, index, updates], { name: "ScatterElements", dim, constantIdx }, places);
};

const lowerNd: LoweringRule = (lowering) => {
  plain(lowering);
  const whole = operand(lowering, 0), index = constantOperand(lowering, 1, "index"), given = operand(lowering, 2);
  // EZKL takes parts only, so a single element is one of one.
  const isSingle = index.shape.at(-1) === whole.shape.length;
  const [x, updates] = [whole, given].map((value) => isSingle ? reshape(lowering, value, [...value.shape, 1]) : value);
  const depth = index.shape.at(-1)!, strides = stridesOf(x.shape), inner = sizeOf(x.shape.slice(depth));
  const values = floatsOf(index).map((value, i) => value < 0 ? value + x.shape[i % depth] : value);
  const places = Array.from({ length: values.length / depth * inner }, (_, i) => {
    const tuple = values.slice(Math.floor(i / inner) * depth, (Math.floor(i / inner) + 1) * depth);
    return tuple.reduce((at, value, axis) => at + value * strides[axis], i % inner);
  });
  const constantIdx = { values, dims: [...index.shape], scale: null, visibility: null };
  return reshape(
    lowering,
    scattered(lowering, [x, index, updates], { name: "ScatterND", constantIdx }, places),
    whole.shape,
  );
};

/** At places along an axis. */
export const scatterElements: Operator = {
  name: "ScatterElements",
  lower: lowerElements,
  cases: [{ inputs: [input(3, 2), { ...wholes(2, 0), shape: [1, 2] }, input(1, 2)], attributes: { axis: 0 } }],
};

/** At tuples. */
export const scatterNd: Operator = {
  name: "ScatterND",
  lower: lowerNd,
  cases: [
    { inputs: [input(3, 2), { ...wholes(2, 0), shape: [2, 1] }, input(2, 2)] },
    {
      name: "of a constant",
      inputs: [input(3, 2), { ...wholes(1, 1), shape: [1, 2] }, constant([1])],
      differs: "EZKL's program ends there",
    },
  ],
};
