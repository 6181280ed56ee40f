/**
 * Maximum pooling: `y[n, c, i, j]` is the greatest element of its window in
 * `x[n, c]`; padding never wins, NaN always. Its gradient goes to the first such element.
 * @module
 */
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition, Stage } from "../core/graph/op.ts";
import { checkArguments } from "../core/base/arguments.ts";
import type { Shape } from "../core/base/shape.ts";
import { unary } from "./activation.ts";
import type { Pair } from "./pair.ts";
import { asImage, overAll } from "./pool_views.ts";
import {
  isHalving,
  type MaxPool2dOptions,
  overCovering,
  overWindow,
  perElement,
  type Pool2dAttributes,
  POOL_CASES,
  POOL_OPTIONS,
  POOL_POSITIONS,
  poolAttributes,
  pooledShape,
  readPool,
  writePool,
} from "./pool2d.ts";

const LARGEST = {
  name: "max_pool2d",
  text: `fn max_pool2d(w: vec4f) -> f32 {
  let sizes = bitcast<vec4u>(w) & vec4u(0x7fffffffu);
  let size = max(max(sizes.x, sizes.y), max(sizes.z, sizes.w));
  return select(max(max(w.x, w.y), max(w.z, w.w)), bitcast<f32>(size), size > 0x7f800000u);
}`,
};
const FIRST = {
  name: "max_pool2d_backward",
  text: `fn max_pool2d_backward(v: f32, w: vec4f) -> vec4f {
  let top = max(max(w.x, w.y), max(w.z, w.w));
  let x = w.x == top;
  let y = !x && w.y == top;
  let z = !x && !y && w.z == top;
  return select(vec4f(), vec4f(v), vec4<bool>(x, y, z, !x && !y && !z));
}`,
};

/** The operation: `[N, C, H, W]` to `[N, C, H', W']`. */
export const MaxPool2dOp: OpDefinition<Pool2dAttributes> = {
  name: "MaxPool2d",
  shapes: ([x], attributes) => [pooledShape(x, attributes)],
  stage: (node): Stage | null =>
    isHalving(node.inputs[0].shape, node.attributes) ? { kind: "pool", fn: LARGEST } : null,
  carries: ["map"],
  kernel(call) {
    const [, , height, width] = call.inputs[0];
    // max() may lose a NaN; its bits without the sign are greater than those of any number.
    const compare = `let x = input0[(plane * ${height}u + u32(r)) * ${width}u + u32(c)];
        v = max(v, x);
        size = max(size, bitcast<u32>(x) & 0x7fffffffu);`;
    const body = `  v = -3.4e38;
  var size = 0u;
  ${overWindow(call.inputs[0], call.attributes, compare)}
  v = select(v, bitcast<f32>(size), size > 0x7f800000u);`;
    return perElement("MaxPool2d", call, call.outputs[0], undefined, body);
  },
  gradient(node, [dy]) {
    const { inputs: [x], attributes } = node;
    if (isHalving(x.shape, attributes)) return x.graph.apply(MaxPool2dHalvingBackwardOp, [dy!, x], attributes);
    const [winners] = x.graph.apply(MaxPool2dWinnersOp, [x], attributes);
    return x.graph.apply(MaxPool2dBackwardOp, [dy!, winners], { ...attributes, input: x.shape });
  },
  writeOnnx({ attributes }, to) {
    const { dilation = [1, 1] } = attributes;
    return [to.node("MaxPool", to.inputs, { ...writePool(attributes), dilations: [...dilation], storage_order: 0 })];
  },
  readOnnx: {
    MaxPool: (node) => asImage(node.input(0), (x) => unary(MaxPool2dOp, x, readPool(node))),
    GlobalMaxPool: (node) => overAll(node.input(0), (x, kernel) => unary(MaxPool2dOp, x, kernel)),
  },
  cases: [
    ...POOL_CASES.map((one) => ({ ...one, apart: true })),
    {
      name: "gaps",
      inputs: [[3, 2, 7, 8]],
      attributes: { kernel: [3, 2], stride: [1, 2], padding: [1, 0], dilation: [2, 3] },
      apart: true,
    },
  ],
};

/**
 * The gradient of the input where windows are 2x2, side by side, and cover the
 * plane: from the gradient of the output and the input, so that it can be spread.
 */
const MaxPool2dHalvingBackwardOp: OpDefinition<Pool2dAttributes> = {
  name: "MaxPool2dBackward",
  shapes: ([, x]) => [x],
  stage: (node): Stage => ({ kind: "spread", fn: FIRST, operands: [node.inputs[1]] }),
  carries: ["map"],
  kernel(call) {
    const { inputs: [dy, [, , height, width]] } = call;
    const at = (r: number, c: number) => `input1[(plane * ${height}u + r + ${r}u) * ${width}u + c + ${c}u]`;
    const body = `  let r = u32(row) / 2u * 2u;
  let c = u32(col) / 2u * 2u;
  let window = vec4f(${at(0, 0)}, ${at(0, 1)}, ${at(1, 0)}, ${at(1, 1)});
  v = max_pool2d_backward(input0[(plane * ${dy[2]}u + r / 2u) * ${dy[3]}u + c / 2u], window)[row % 2 * 2 + col % 2];`;
    return perElement("MaxPool2dBackward", call, call.outputs[0], FIRST, body);
  },
};

/**
 * Which element of each window is the greatest: `i * columns + j` for its row i
 * and column j, so that the backward pass need not search a window once for each
 * of its elements.
 */
const MaxPool2dWinnersOp: OpDefinition<Pool2dAttributes> = {
  name: "MaxPool2dWinners",
  shapes: ([x], attributes) => [pooledShape(x, attributes)],
  carries: [],
  kernel(call) {
    const { attributes, inputs: [input] } = call;
    const [, , height, width] = input;
    const better = `let value = input0[(plane * ${height}u + u32(r)) * ${width}u + u32(c)];
        if (winner < 0 || value > top) { top = value; winner = i * ${attributes.kernel[1]} + j; }`;
    const body = `  var top = 0.0;
  var winner = -1;
  ${overWindow(input, attributes, better)}
  v = f32(winner);`;
    return perElement("MaxPool2dWinners", call, call.outputs[0], undefined, body);
  },
};

/** The gradient of the input, from that of the output and the windows' winners. */
const MaxPool2dBackwardOp: OpDefinition<Pool2dAttributes & { readonly input: Shape }> = {
  name: "MaxPool2dBackward",
  shapes: (_, { input }) => [input],
  carries: ["map"],
  kernel(call) {
    const { attributes, inputs: [dy] } = call;
    const { kernel, stride, padding, dilation = [1, 1] } = attributes;
    const tap = (at: string, out: string, axis: 0 | 1): string =>
      `(${at} + ${padding[axis]} - ${out} * ${stride[axis]})${dilation[axis] === 1 ? "" : ` / ${dilation[axis]}`}`;
    const own = `${tap("row", "y", 0)} * ${kernel[1]} + ${tap("col", "x", 1)}`;
    const add = `let at = (plane * ${dy[2]}u + u32(y)) * ${dy[3]}u + u32(x);
      if (input1[at] == f32(${own})) { v += input0[at]; }`;
    return perElement("MaxPool2dBackward", call, call.outputs[0], undefined, `  ${overCovering(dy, attributes, add)}`);
  },
};

/** Maximum pooling of `x` `[N, C, H, W]` over windows of `kernelSize`. */
export function maxPool2d(x: Value, kernelSize: Pair, options: MaxPool2dOptions = {}): Value {
  checkArguments("maxPool2d()", arguments, 2, POOL_OPTIONS.maximum, POOL_POSITIONS.maximum);
  return unary(MaxPool2dOp, x, poolAttributes("maxPool2d()", kernelSize, options));
}

/**
 * Maximum pooling as a layer.
 *
 * @example
 * ```ts
 * import { Conv2d, MaxPool2d, ReLU, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Conv2d(1, 6, 5), new ReLU(), new MaxPool2d(2));
 * ```
 */
export class MaxPool2d extends Module {
  readonly #attributes: Pool2dAttributes;

  /** Windows of `kernelSize`, which move by their own size unless `stride` says otherwise. */
  constructor(kernelSize: Pair, options: MaxPool2dOptions = {}) {
    super();
    checkArguments("MaxPool2d", arguments, 1, POOL_OPTIONS.maximum, POOL_POSITIONS.maximum);
    this.#attributes = poolAttributes("MaxPool2d", kernelSize, options);
  }

  /** `[N, C, H, W]` to `[N, C, H', W']`. */
  override forward(x: Tensor): Tensor {
    return unary(MaxPool2dOp, x, this.#attributes);
  }
}
