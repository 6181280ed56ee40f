/**
 * Gather: the elements of x along a dimension whose numbers a list holds, in its order; an element that is named twice
 * gets the sum of both gradients.
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf } from "../core/graph/places.ts";
import { dimOf, wholes } from "./dims.ts";
import { reshape } from "./reshape.ts";
import { cut } from "./slice.ts";

/** Along what. */
export interface GatherAttributes {
  /** The dimension. */
  readonly axis: number;
}

/** The operation: x, and a list of whole numbers, which has no gradient. */
export const GatherOp: OpDefinition<GatherAttributes> = {
  name: "Gather",
  shapes([x, indices], { axis }) {
    expect(indices.length === 1, "indexSelect(): the shape of indices", showShape(indices), "a list");
    return [x.map((size, k) => k === axis ? indices[0] : size)];
  },
  carries: ["map"],
  kernel(call) {
    const { inputs: [x], outputs: [out], attributes: { axis } } = call;
    const all = axis === 0;
    const strides = stridesOf(x).slice(all ? 0 : 1);
    const at = axis - (all ? 0 : 1);
    const beside = placeOf("item", out.slice(all ? 0 : 1), strides.map((by, k) => k === at ? 0 : by));
    const number = `item / ${stridesOf(out)[axis]}u % ${out[axis]}u`;
    return perSample({
      name: "Gather",
      inputs: [{ name: "x", type: "f32" }, { name: "indices", type: "f32", whole: true }],
      outputs: [{ name: "y" }],
      items: sizeOf(out.slice(all ? 0 : 1)),
      whole: all,
      // Numbers below 0 count from the end; those that are not there are the last, as nobody can be told.
      body: `  let asked = indices(${number});
  let taken = min(u32(max(select(asked, asked + ${x[axis]}.0, asked < 0.0), 0.0)), ${x[axis] - 1}u);
  set_y(item, x(${beside} + taken * ${strides[at]}u));`,
      carries: true,
    }, call);
  },
  gradient(node, [dy]) {
    const { inputs: [x, indices], attributes: { axis } } = node;
    return [dy!.graph.apply(GatherBackwardOp, [dy!, indices], { axis, shape: x.shape })[0], null];
  },
  writeOnnx(node, to) {
    const [x, indices] = node.inputs;
    const known = x.graph.constants.get(indices);
    const list = known === undefined ? to.whole(1) : to.integers([...known]);
    return [to.node("Gather", [to.inputs[0], list], { axis: node.attributes.axis })];
  },
  readOnnx: {
    Gather(node) {
      const x = node.input(0);
      const axis = dimOf("Gather", node.number("axis", 0), x.shape.length, "axis");
      const known = node.constant(1);
      const shape = known?.shape ?? node.shape(1);
      const taken = known === null
        ? x.graph.apply(GatherOp, [x, reshape(node.input(1), [sizeOf(shape)])], { axis })[0]
        : indexSelect(x, axis, known.data);
      return reshape(taken, x.shape.flatMap((size, k) => k === axis ? shape : [size]));
    },
  },
  cases: [
    { name: "columns", inputs: [[3, 4, 5], [7]], attributes: { axis: 2 }, whole: { 1: 5 } },
    { name: "channels", inputs: [[9, 6, 3], [4]], attributes: { axis: 1 }, whole: { 1: 6 } },
    { name: "one sample", inputs: [[1, 3], [2]], attributes: { axis: 1 }, whole: { 1: 3 } },
  ],
};

/** The gradient of the input: for each of its elements the sum over those that it went to. */
const GatherBackwardOp: OpDefinition<GatherAttributes & { readonly shape: Shape }> = {
  name: "GatherBackward",
  shapes: (_, { shape }) => [shape],
  kernel(call) {
    const { inputs: [dy, [count]], outputs: [out], attributes: { axis } } = call;
    const all = axis === 0;
    const strides = stridesOf(dy).slice(all ? 0 : 1);
    const at = axis - (all ? 0 : 1);
    const beside = placeOf("item", out.slice(all ? 0 : 1), strides.map((by, k) => k === at ? 0 : by));
    return perSample({
      name: "GatherBackward",
      inputs: [{ name: "dy", type: "f32" }, { name: "indices", type: "f32", whole: true }],
      outputs: [{ name: "dx" }],
      items: sizeOf(out.slice(all ? 0 : 1)),
      whole: all,
      body: `  let own = f32(item / ${stridesOf(out)[axis]}u % ${out[axis]}u);
  let behind = own - ${out[axis]}.0;
  let beside = ${beside};
  var sum = 0.0;
  for (var k = 0u; k < ${count}u; k++) {
    sum += select(0.0, dy(beside + k * ${strides[at]}u), indices(k) == own || indices(k) == behind);
  }
  set_dx(item, sum);`,
    }, call);
  },
};

/**
 * The elements of `x` along `dim` with these numbers, in their order; negative ones count from the end. Throws an
 * `ArgumentError` for a number that is not there.
 */
export function indexSelect(x: Value, dim: number, indices: readonly number[]): Value {
  checkArguments("indexSelect()", arguments, 3);
  const graph = graphOf("indexSelect()", x);
  const axis = dimOf("indexSelect()", dim, x.shape.length);
  const size = x.shape[axis];
  const range = `whole numbers from ${-size} to ${size - 1}, as dimension ${axis} has ${size} elements`;
  const list = wholes("indexSelect(): indices", indices, -size, range).map((at) => at < 0 ? at + size : at);
  expect(list.length > 0 && list.every((at) => at < size), "indexSelect(): indices", indices, range);
  // Numbers at equal distances are a slice.
  const step = list.length > 1 ? list[1] - list[0] : 1;
  if (step !== 0 && list.every((at, k) => at === list[0] + k * step)) {
    const end = list[0] + list.length * step;
    return cut("indexSelect()", x, axis, list[0], end < 0 ? -Infinity : end, step);
  }
  return graph.apply(GatherOp, [x, graph.constant([list.length], list, "indices")], { axis })[0];
}
