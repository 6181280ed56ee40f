/**
 * Reshape: the same numbers under another shape; nothing moves. Squeeze and Unsqueeze are reshapes.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { unary } from "./activation.ts";
import { dimOf, dimsOf, wholes } from "./dims.ts";

/** Another shape, of as many elements. */
export interface ReshapeAttributes {
  /** The shape, with every size known. */
  readonly shape: Shape;
}

/** The operation; it has no kernel. */
export const ReshapeOp: OpDefinition<ReshapeAttributes> = {
  name: "Reshape",
  shapes([x], { shape }) {
    if (sizeOf(x) === sizeOf(shape)) return [shape];
    throw new ShapeError(
      `reshape() cannot turn ${showShape(x)}, which has ${sizeOf(x)} elements, into ${showShape(shape)}, which has ` +
        `${sizeOf(shape)}; give sizes whose product is ${sizeOf(x)}, of which one may be -1`,
    );
  },
  gradient: (node, [dy]) => [unary(ReshapeOp, dy!, { shape: node.inputs[0].shape })],
  writeOnnx(node, to) {
    const { inputs: [x], attributes: { shape } } = node;
    // Numbers that the file keeps are kept under their new shape.
    return [
      to.changed(0, "reshaped", ({ data }) => ({ shape, data: data.slice() })) ??
        to.node("Reshape", [to.inputs[0], to.integers(openTarget(x.shape, shape))]),
    ];
  },
  readOnnx: {
    Reshape(node) {
      const target = node.list("shape") ?? node.numbers(1, "shape");
      const x = node.input(0);
      return reshape(x, target.map((size, axis) => size === 0 ? x.shape[axis] ?? 0 : size));
    },
    Squeeze: (node) => squeeze(node.input(0), node.list("axes") ?? node.numbers(1, "axes")),
    Unsqueeze(node) {
      const axes = node.list("axes") ?? node.numbers(1, "axes");
      const shape = [...node.shape(0)];
      for (const axis of [...axes].sort((a, b) => a - b)) shape.splice(axis, 0, 1);
      return reshape(node.input(0), shape);
    },
  },
  cases: [
    { name: "images of rows", inputs: [[3, 20]], attributes: { shape: [3, 4, 5] } },
    { name: "one sample", inputs: [[1, 6, 2]], attributes: { shape: [1, 3, 4] } },
    { name: "channels from columns", inputs: [[9, 2, 3, 4]], attributes: { shape: [9, 4, 6] } },
  ],
};

/**
 * The target as a file says it, so that it holds for every batch: leading sizes that stay are 0, or a first size that
 * does not is left open.
 */
function openTarget(from: Shape, to: Shape): readonly number[] {
  if (from[0] === to[0]) return [0, ...to.slice(1)];
  return to.length === 0 ? [] : [-1, ...to.slice(1)];
}

/**
 * `x` under another shape with as many elements, row-major; one size may be -1, for what is left. Throws a `ShapeError`
 * where the numbers of elements differ.
 */
export function reshape(x: Value, shape: Shape): Value {
  checkArguments("reshape()", arguments, 2);
  graphOf("reshape()", x);
  const sizes = [...wholes("reshape(): shape", shape, -1, "a list of sizes, such as [x.shape[0], -1]")];
  const open = sizes.indexOf(-1);
  const others = sizes.reduce((product, size) => size === -1 ? product : product * size, 1);
  const left = sizeOf(x.shape) / others;
  if (open >= 0) sizes[open] = left;
  if (sizes.includes(-1) || sizes.includes(0) || !sizes.every(Number.isSafeInteger)) {
    throw new ShapeError(
      `reshape() cannot turn ${showShape(x.shape)} into ${showShape(shape)}; give positive sizes whose product is ` +
        `${sizeOf(x.shape)}, of which one may be -1`,
    );
  }
  const same = sizes.length === x.shape.length && sizes.every((size, axis) => size === x.shape[axis]);
  return same ? x : unary(ReshapeOp, x, { shape: sizes });
}

/**
 * `x` without dimensions of one element: all of them, or those in `dim`, of which those that have more elements stay, as
 * in PyTorch.
 */
export function squeeze(x: Value, dim?: number | readonly number[]): Value {
  checkArguments("squeeze()", arguments, 2);
  graphOf("squeeze()", x);
  const out = dim === undefined ? x.shape.map((_, axis) => axis) : dimsOf("squeeze()", dim, x.shape.length, "dim");
  return reshape(x, x.shape.filter((size, axis) => size !== 1 || !out.includes(axis)));
}

/** `x` with a dimension of one element more, which is then number `dim`. */
export function unsqueeze(x: Value, dim: number): Value {
  checkArguments("unsqueeze()", arguments, 2);
  graphOf("unsqueeze()", x);
  const shape = [...x.shape];
  shape.splice(dimOf("unsqueeze()", dim, x.shape.length + 1), 0, 1);
  return reshape(x, shape);
}
