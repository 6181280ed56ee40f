/**
 * Flatten: `[N, ...]` to `[N, F]`, the same bytes under another shape.
 * @module
 */
import { checkArguments, expect, whole } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { sizeOf } from "../core/base/shape.ts";
import { unary } from "./activation.ts";
import { dimOf } from "./dims.ts";
import { reshape, ReshapeOp } from "./reshape.ts";

/** The operation: all dimensions after the batch become one. */
export const FlattenOp: OpDefinition<null> = {
  name: "Flatten",
  shapes: ([x]) => [[x[0], sizeOf(x.slice(1))]],
  gradient: (node, [dy]) => [unary(ReshapeOp, dy!, { shape: node.inputs[0].shape })],
  writeOnnx: (_, to) => [to.node("Flatten", to.inputs, { axis: 1 })],
  readOnnx: {
    Flatten(node) {
      const x = node.input(0);
      const axis = node.number("axis", 1);
      if (axis === 1 && x.shape.length > 0) return flatten(x);
      return reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
    },
  },
  cases: [
    { name: "images", inputs: [[3, 2, 4, 5]], attributes: null },
    { name: "flat already", inputs: [[1, 7]], attributes: null },
  ],
};

/**
 * `x` with the dimensions from `startDim` to `endDim`, both of them included, as one: `[N, ...]` as `[N, F]` where nothing
 * else is said. As PyTorch's `Flatten`; numbers below 0 count from the end.
 * @throws {ArgumentError} for a dimension that is not there, and for an `endDim` before `startDim`
 */
export function flatten(x: Value, startDim: number = 1, endDim: number = -1): Value {
  checkArguments("flatten()", arguments, 3);
  graphOf("flatten()", x);
  const { shape } = x, rank = shape.length;
  if (startDim === 1 && (endDim === -1 || endDim === rank - 1)) return unary(FlattenOp, x, null);
  const first = dimOf("flatten()", startDim, rank, "startDim"), last = dimOf("flatten()", endDim, rank, "endDim");
  expect(first <= last, "flatten(): endDim", endDim, `a dimension from ${first} on, which is where startDim begins`);
  return reshape(x, [...shape.slice(0, first), sizeOf(shape.slice(first, last + 1)), ...shape.slice(last + 1)]);
}

/**
 * Flatten as a layer.
 *
 * @example
 * ```ts
 * import { Flatten, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Flatten(), new Linear(784, 10));
 * ```
 */
export class Flatten extends Module {
  /** The first dimension that goes into the one. */
  readonly startDim: number;
  /** The last. */
  readonly endDim: number;

  /** Takes the first and the last dimension of those that become one; dimension 0 is the batch. */
  constructor(startDim: number = 1, endDim: number = -1) {
    super();
    checkArguments("Flatten", arguments, 2);
    this.startDim = whole("Flatten: startDim", startDim, -Infinity);
    this.endDim = whole("Flatten: endDim", endDim, -Infinity);
  }

  /** `[N, ...]` to `[N, F]` where nothing else was said. */
  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }
}
