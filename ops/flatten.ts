/**
 * Flatten: `[N, ...]` to `[N, F]`, the same bytes under another shape.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { sizeOf } from "../core/base/shape.ts";
import { unary } from "./activation.ts";
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

/** `x` `[N, ...]` as `[N, F]`. */
export function flatten(x: Value): Value {
  checkArguments("flatten()", arguments, 1);
  return unary(FlattenOp, x, null);
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
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Flatten", arguments, 0);
  }

  /** `[N, ...]` to `[N, F]`. */
  override forward(x: Tensor): Tensor {
    return flatten(x);
  }
}
