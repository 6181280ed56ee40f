/**
 * Transpose: `y[i0, i1, ...]` is the element of x whose index number `perm[k]` is `ik`, so that dimension k of y is
 * dimension `perm[k]` of x; `dx` is `dy` with its dimensions in x's order.
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { showShape, sizeOf, stridesOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf } from "../core/graph/places.ts";
import { unary } from "./activation.ts";
import { dimOf, dimsOf } from "./dims.ts";

/** Another order of dimensions. */
export interface TransposeAttributes {
  /** The dimension of the input that each of the output's is. */
  readonly perm: readonly number[];
}

/** The operation. */
export const TransposeOp: OpDefinition<TransposeAttributes> = {
  name: "Transpose",
  shapes([x], { perm }) {
    const sound = perm.length === x.length && [...perm].sort((a, b) => a - b).every((axis, k) => axis === k);
    expect(sound, "permute(): dims", perm, `the ${x.length} dimensions of ${showShape(x)}, each once`);
    return [perm.map((axis) => x[axis])];
  },
  carries: ["map"],
  kernel(call) {
    const { inputs: [x], outputs: [out], attributes: { perm } } = call;
    const whole = perm[0] !== 0;
    const [shape, strides] = [out.slice(whole ? 0 : 1), stridesOf(x)];
    const place = placeOf("item", shape, perm.slice(whole ? 0 : 1).map((axis) => strides[axis]));
    return perSample({
      name: "Transpose",
      inputs: [{ name: "x", type: "f32" }],
      outputs: [{ name: "y" }],
      items: sizeOf(shape),
      whole,
      body: `  set_y(item, x(${place}));`,
      carries: true,
    }, call);
  },
  gradient(node, [dy]) {
    const { perm } = node.attributes;
    return [unary(TransposeOp, dy!, { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
  },
  onnx: {
    opType: "Transpose",
    write: ({ attributes: { perm } }) => ({ perm: [...perm] }),
    read: ({ perm }, [x]) => ({
      perm: perm === undefined ? x.map((_, axis) => x.length - 1 - axis) : perm as number[],
    }),
  },
  cases: [
    { name: "a matrix for each sample", inputs: [[3, 5, 7]], attributes: { perm: [0, 2, 1] } },
    { name: "one sample, channels last", inputs: [[1, 3, 4, 5]], attributes: { perm: [0, 2, 3, 1] } },
    { name: "many samples, all turned", inputs: [[17, 2, 3, 4]], attributes: { perm: [0, 3, 2, 1] } },
  ],
};

/** `x` with its dimensions in another order: dimension k is `x`'s `dims[k]`. */
export function permute(x: Value, dims: readonly number[]): Value {
  checkArguments("permute()", arguments, 2);
  graphOf("permute()", x);
  const perm = dimsOf("permute()", dims, x.shape.length);
  const sound = perm.length === x.shape.length;
  expect(sound, "permute(): dims", dims, `the ${x.shape.length} dimensions of ${showShape(x.shape)}, each once`);
  return perm.every((axis, k) => axis === k) ? x : unary(TransposeOp, x, { perm });
}

/** `x` with two dimensions exchanged. */
export function transpose(x: Value, dim0: number, dim1: number): Value {
  checkArguments("transpose()", arguments, 3);
  graphOf("transpose()", x);
  const rank = x.shape.length;
  const [a, b] = [dimOf("transpose()", dim0, rank, "dim0"), dimOf("transpose()", dim1, rank, "dim1")];
  return permute(x, x.shape.map((_, axis) => axis === a ? b : axis === b ? a : axis));
}
