/**
 * Broadcasting as NumPy, PyTorch and ONNX have it: shapes are aligned at their ends, and an axis of one element, or one
 * that is missing, is repeated.
 * @module
 */
import { ShapeError } from "../core/base/errors.ts";
import { sameShape, type Shape, showShape, sizeOf, stridesOf } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf, spreadStrides } from "../core/graph/places.ts";
import { reshape } from "./reshape.ts";

/** The shape that two come to; throws a `ShapeError` that begins with `what` where they do not fit. */
export function broadcastShape(what: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((shape) => aligned(shape, rank));
  return left.map((size, axis) => {
    const other = right[axis];
    if (size === other || other === 1) return size;
    if (size === 1) return other;
    throw new ShapeError(
      `${what} got ${showShape(a)} and ${showShape(b)}, which do not broadcast: ${size} and ${other} at axis ` +
        `${axis - rank} are neither equal nor 1; reshape one of them`,
    );
  });
}

/** A shape with ones in front, up to a rank. */
export function aligned(shape: Shape, rank: number): Shape {
  return [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
}

/** How an input is read by those who make something of the shape `out`: by the sample, or as a whole. */
export function isWhole(input: Shape, out: Shape): boolean {
  return out.length === 0 || input.length !== out.length || input[0] !== out[0];
}

/** Where `input` has the element that goes to element `index` (of a sample) of `out`, as WGSL. */
export function broadcastPlace(index: string, input: Shape, out: Shape): string {
  return placeOf(index, out.slice(1), spreadStrides(input, out).slice(1));
}

/** The sum of `x` over the axes along which `shape` was repeated to become that of `x`. */
export const SumToOp: OpDefinition<{ readonly shape: Shape }> = {
  name: "SumTo",
  shapes: (_, { shape }) => [shape],
  kernel(call) {
    const [[x], { shape }] = [call.inputs, call.attributes];
    const own = aligned(shape, x.length);
    const summed = x.map((size, axis) => own[axis] === 1 && size !== 1 ? axis : -1).filter((axis) => axis > 0);
    const distances = stridesOf(x);
    // From the number of a sum to the first of its terms, and from there to the others.
    const kept = placeOf("item", own.slice(1), distances.slice(1).map((by, axis) => own[axis + 1] === 1 ? 0 : by));
    const loops = summed.map((axis) => `for (var a${axis} = 0u; a${axis} < ${x[axis]}u; a${axis}++) {`).join(" ");
    const place = ["first", ...summed.map((axis) => `a${axis} * ${distances[axis]}u`)].join(" + ");
    const body = `  let first = ${kept};\n  ${loops} sum += x(${place}); ${"}".repeat(summed.length)}`;
    const inputs = [{ name: "x", type: "f32" }] as const;
    if (shape.length === x.length && shape[0] === x[0]) {
      const outputs = [{ name: "y" }];
      const sample = `  var sum = 0.0;\n${body}\n  set_y(item, sum);`;
      return perSample({ name: "SumTo", inputs, outputs, items: sizeOf(own.slice(1)), body: sample }, call);
    }
    return overBatch({ name: "SumTo", inputs, outputs: ["sum"], items: sizeOf(own), batch: x[0], body }, call);
  },
  gradient: (node, [dy]) => [expandTo(dy!, node.inputs[0].shape)],
};

/** `x` repeated to a shape that it broadcasts to. */
export const ExpandOp: OpDefinition<{ readonly shape: Shape }> = {
  name: "Expand",
  shapes: ([x], { shape }) => {
    const made = broadcastShape("expand()", x, shape);
    if (!sameShape(made, shape)) {
      throw new ShapeError(`expand() got ${showShape(x)}, which is larger than ${showShape(shape)}`);
    }
    return [shape];
  },
  carries: ["map"],
  kernel(call) {
    const [[x], [out]] = [call.inputs, call.outputs];
    const body = `  set_y(item, x(${broadcastPlace("item", x, out)}));`;
    const inputs = [{ name: "x", type: "f32", whole: isWhole(x, out) }] as const;
    return perSample({
      name: "Expand",
      inputs,
      outputs: [{ name: "y" }],
      items: sizeOf(out.slice(1)),
      body,
      carries: true,
    }, call);
  },
  gradient: (node, [dy]) => [sumTo(dy!, node.inputs[0].shape)],
  writeOnnx(node, to) {
    const { inputs: [x], attributes: { shape } } = node;
    const own = aligned(x.shape, shape.length);
    // Sizes that stay are 1, which holds for every batch.
    return [to.node("Expand", [to.inputs[0], to.integers(shape.map((size, axis) => size === own[axis] ? 1 : size))])];
  },
  readOnnx: {
    Expand(node) {
      const x = node.input(0);
      return expandTo(x, broadcastShape("Expand", x.shape, node.list("shape") ?? node.numbers(1, "shape")));
    },
    Tile: (node) => repeated(node.input(0), node.list("repeats") ?? node.numbers(1, "repeats")),
  },
  cases: [
    { name: "columns", inputs: [[3, 5, 1]], attributes: { shape: [3, 5, 4] } },
    { name: "one sample, two dimensions", inputs: [[1, 1, 3, 1]], attributes: { shape: [1, 2, 3, 5] } },
    { name: "many samples", inputs: [[9, 1]], attributes: { shape: [9, 7] } },
  ],
};

/** The sum of `x` over the axes along which `shape` broadcasts to its shape; `x` itself where there are none. */
export function sumTo(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.apply(SumToOp, [x], { shape })[0];
}

/** `x` repeated to `shape`; `x` itself where it has that already. */
export function expandTo(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.apply(ExpandOp, [x], { shape })[0];
}

/** `x` repeated so many times along each dimension: as `[m, a, n, b]`, of one element along m and n, seen as `[m a, n b]`. */
export function repeated(x: Value, times: Shape): Value {
  const own = aligned(x.shape, times.length);
  const pairs = (first: (axis: number) => number): Shape =>
    own.flatMap((size, axis) => times[axis] === 1 ? [size] : [first(axis), size]);
  const spread = expandTo(reshape(x, pairs(() => 1)), pairs((axis) => times[axis]));
  return reshape(spread, own.map((size, axis) => size * times[axis]));
}
