/**
 * Concat: tensors one behind another along a dimension; each has its slice of the gradient. A stack is the same of
 * tensors with a dimension more.
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf } from "../core/graph/places.ts";
import { dimOf } from "./dims.ts";
import { unsqueeze } from "./reshape.ts";
import { cut } from "./slice.ts";

/** Along what. */
export interface ConcatAttributes {
  /** The dimension. */
  readonly axis: number;
}

/** What a kernel may bind, with its result and what rides on it, leaves room for so many. */
const MOST = 6;

/** The operation, of two to six tensors. */
export const ConcatOp: OpDefinition<ConcatAttributes> = {
  name: "Concat",
  shapes(inputs, { axis }) {
    const [first] = inputs;
    const odd = inputs.find((shape) =>
      shape.length !== first.length || shape.some((size, k) => k !== axis && size !== first[k])
    );
    if (odd === undefined) return [resized(first, axis, inputs.reduce((sum, shape) => sum + shape[axis], 0))];
    throw new ShapeError(
      `cat() cannot join ${showShape(first)} and ${showShape(odd)} along dimension ${axis}, expected the same sizes ` +
        "beside it; reshape or slice one of them",
    );
  },
  carries: ["map"],
  kernel(call) {
    const { inputs, outputs: [out], attributes: { axis } } = call;
    const all = axis === 0;
    const rest = (shape: Shape): Shape => shape.slice(all ? 0 : 1);
    const at = axis - (all ? 0 : 1);
    const stride = stridesOf(out)[axis];
    let start = 0;
    const branches = inputs.map((shape, k) => {
      const strides = rest(stridesOf(shape));
      const beside = placeOf("item", rest(out), strides.map((by, axis) => axis === at ? 0 : by));
      const condition = `c < ${start + shape[axis]}u`;
      const own = `v = x${k}(${beside} + (c - ${start}u) * ${strides[at]}u);`;
      start += shape[axis];
      if (k === 0) return `if (${condition}) { ${own} }`;
      return k + 1 === inputs.length ? `else { ${own} }` : `else if (${condition}) { ${own} }`;
    });
    return perSample({
      name: "Concat",
      inputs: inputs.map((_, k) => ({ name: `x${k}`, type: "f32" })),
      outputs: [{ name: "y" }],
      items: sizeOf(rest(out)),
      whole: all,
      body: `  let c = item / ${stride}u % ${out[axis]}u;
  var v = 0.0;
  ${branches.join(" ")}
  set_y(item, v);`,
      carries: true,
    }, call);
  },
  gradient(node, [dy]) {
    const { inputs, attributes: { axis } } = node;
    let start = 0;
    return inputs.map(({ shape }) => cut("cat()", dy!, axis, start, start += shape[axis], 1));
  },
  writeOnnx: (node, to) => [to.node("Concat", to.inputs, { axis: node.attributes.axis })],
  readOnnx: {
    Concat(node) {
      const inputs = Array.from({ length: node.inputCount }, (_, k) => node.input(k));
      return cat(inputs, node.number("axis", 1));
    },
  },
  cases: [
    { name: "channels", inputs: [[3, 2, 5], [3, 4, 5]], attributes: { axis: 1 } },
    { name: "columns of three", inputs: [[9, 2, 3], [9, 2, 1], [9, 2, 5]], attributes: { axis: 2 } },
    { name: "one sample", inputs: [[1, 4], [1, 7]], attributes: { axis: 1 } },
  ],
};

function resized(shape: Shape, axis: number, size: number): Shape {
  return shape.map((own, k) => k === axis ? size : own);
}

/** Tensors one behind another along `dim`; beside it their shapes are equal, or a `ShapeError` says where they are not. */
export function cat(tensors: readonly Value[], dim: number = 0): Value {
  checkArguments("cat()", arguments, 2);
  expect(Array.isArray(tensors) && tensors.length > 0, "cat(): tensors", tensors, "a list of tensors");
  const graph = graphOf("cat()", tensors[0]);
  tensors.forEach((tensor) => graphOf("cat()", tensor));
  const axis = dimOf("cat()", dim, tensors[0].shape.length);
  let parts = tensors;
  while (parts.length > 1) {
    const groups = Array.from(
      { length: Math.ceil(parts.length / MOST) },
      (_, k) => parts.slice(k * MOST, (k + 1) * MOST),
    );
    parts = groups.map((group) => group.length === 1 ? group[0] : graph.apply(ConcatOp, group, { axis })[0]);
  }
  return parts[0];
}

/** Tensors of one shape as the elements of a new dimension, number `dim`. */
export function stack(tensors: readonly Value[], dim: number = 0): Value {
  checkArguments("stack()", arguments, 2);
  expect(Array.isArray(tensors) && tensors.length > 0, "stack(): tensors", tensors, "a list of tensors");
  tensors.forEach((tensor) => graphOf("stack()", tensor));
  const axis = dimOf("stack()", dim, tensors[0].shape.length + 1);
  return cat(tensors.map((tensor) => unsqueeze(tensor, axis)), axis);
}
