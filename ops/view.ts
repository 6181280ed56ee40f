/**
 * The same bytes under another shape, for gradients and operands: no kernel, as nothing moves.
 * @module
 */
import { sameShape, type Shape } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";

/** The operation; the shapes have as many elements. */
export const ViewOp: OpDefinition<{ readonly shape: Shape }> = {
  name: "View",
  shapes: (_, { shape }) => [shape],
  gradient: (node, [dy]) => [view(dy!, node.inputs[0].shape)],
  writeOnnx: ({ attributes: { shape } }, to) => [
    to.changed(0, "reshaped", ({ data }) => ({ shape, data: Float32Array.from(data) })) ??
      to.node("Reshape", [to.inputs[0], to.integers([...shape])]),
  ],
};

/** `x` under another shape; `x` itself where it has that already. */
export function view(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.apply(ViewOp, [x], { shape })[0];
}
