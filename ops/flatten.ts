/**
 * Flatten: `[N, ...]` to `[N, F]`, the same bytes under another shape.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { type Shape, sizeOf } from "../core/base/shape.ts";
import { ArgumentError } from "../core/base/errors.ts";
import { unary } from "./activation.ts";

/** The operation: all dimensions after the batch become one. */
export const FlattenOp: OpDefinition<null> = {
  name: "Flatten",
  shapes: ([x]) => [[x[0], sizeOf(x.slice(1))]],
  gradient: (node, [dy]) => [unary(ReshapeOp, dy!, { shape: node.inputs[0].shape })],
  onnx: {
    opType: "Flatten",
    write: () => ({ axis: 1 }),
    read({ axis = 1 }) {
      if (axis !== 1) throw new ArgumentError(`Flatten keeps the batch, so its axis is 1 and not ${axis}`);
      return null;
    },
  },
  cases: [
    { name: "images", inputs: [[3, 2, 4, 5]], attributes: null },
    { name: "flat already", inputs: [[1, 7]], attributes: null },
  ],
};

/** The way back; no kernel, as nothing moves. */
const ReshapeOp: OpDefinition<{ readonly shape: Shape }> = {
  name: "Reshape",
  shapes: (_, { shape }) => [shape],
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
 * ```ts ignore
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
