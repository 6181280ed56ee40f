/**
 * Average pooling: `y[n, c, i, j]` is the mean of its window in `x[n, c]`, padding
 * counted as zeros (PyTorch's and ezkl's `count_include_pad`) or left out.
 * @module
 */
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition, Stage } from "../core/graph/op.ts";
import type { Shape } from "../core/base/shape.ts";
import { checkArguments } from "../core/base/arguments.ts";
import { unary } from "./activation.ts";
import type { Pair } from "./pair.ts";
import { asImage, overAll } from "./pool_views.ts";
import {
  type AvgPool2dOptions,
  countedBy,
  isHalving,
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
import { ArgumentError } from "../core/base/errors.ts";

const MEAN = {
  name: "avg_pool2d",
  text: "fn avg_pool2d(w: vec4f) -> f32 { return (w.x + w.y + w.z + w.w) * 0.25; }",
};
const SHARE = {
  name: "avg_pool2d_backward",
  text: "fn avg_pool2d_backward(v: f32) -> vec4f { return vec4f(v * 0.25); }",
};

/** The operation: `[N, C, H, W]` to `[N, C, H', W']`. */
export const AvgPool2dOp: OpDefinition<Pool2dAttributes> = {
  name: "AvgPool2d",
  shapes: ([x], attributes) => [pooledShape(x, attributes)],
  stage: (node): Stage | null => isHalving(node.inputs[0].shape, node.attributes) ? { kind: "pool", fn: MEAN } : null,
  carries: ["map"],
  kernel(call) {
    const [, , height, width] = call.inputs[0];
    const area = countedBy(call.inputs[0], call.attributes, "row", "col");
    const add = `v += input0[(plane * ${height}u + u32(r)) * ${width}u + u32(c)];`;
    const body = `  ${overWindow(call.inputs[0], call.attributes, add)}\n  v = v / ${area};`;
    return perElement("AvgPool2d", call, call.outputs[0], undefined, body);
  },
  gradient(node, [dy]) {
    const attributes = { ...node.attributes, input: node.inputs[0].shape };
    return node.outputs[0].graph.apply(AvgPool2dBackwardOp, [dy!], attributes);
  },
  writeOnnx({ attributes }, to) {
    if (attributes.dilation !== undefined) {
      throw new ArgumentError("average pooling with gaps has no counterpart at opset 12; use a convolution");
    }
    const own = { ...writePool(attributes), count_include_pad: attributes.countIncludePad === false ? 0 : 1 };
    return [to.node("AveragePool", to.inputs, own)];
  },
  readOnnx: {
    AveragePool: (node) => asImage(node.input(0), (x) => unary(AvgPool2dOp, x, readPool(node))),
    GlobalAveragePool: (node) => overAll(node.input(0), (x, kernel) => unary(AvgPool2dOp, x, kernel)),
  },
  cases: [
    ...POOL_CASES,
    {
      name: "padding left out",
      inputs: [[3, 2, 5, 6]],
      attributes: { kernel: [3, 2], stride: [2, 1], padding: [1, 1], countIncludePad: false },
    },
    {
      name: "padding left out, beyond the plane",
      inputs: [[2, 2, 6, 7]],
      attributes: { kernel: [3, 4], stride: [2, 3], padding: [1, 1], ceilMode: true, countIncludePad: false },
    },
    {
      name: "padded, beyond the plane",
      inputs: [[2, 2, 6, 7]],
      attributes: { kernel: [3, 4], stride: [2, 3], padding: [1, 1], ceilMode: true },
    },
  ],
};

/** The gradient of the input: each window's share of its output's gradient. */
const AvgPool2dBackwardOp: OpDefinition<Pool2dAttributes & { readonly input: Shape }> = {
  name: "AvgPool2dBackward",
  shapes: (_, { input }) => [input],
  stage: ({ attributes }): Stage | null =>
    isHalving(attributes.input, attributes) ? { kind: "spread", fn: SHARE, operands: [] } : null,
  carries: ["map"],
  kernel(call) {
    const [, , height, width] = call.inputs[0];
    const { attributes } = call;
    const area = countedBy(attributes.input, attributes, "y", "x");
    const one = `input0[(plane * ${height}u + u32(y)) * ${width}u + u32(x)]`;
    // Where all windows count as many elements, they are divided by at the end.
    const same = /^\d+\.0$/.test(area);
    const add = same ? `v += ${one};` : `v += ${one} / ${area};`;
    const body = `  ${overCovering(call.inputs[0], attributes, add)}${same ? `\n  v = v / ${area};` : ""}`;
    return perElement("AvgPool2dBackward", call, call.outputs[0], undefined, body);
  },
};

/** Average pooling of `x` `[N, C, H, W]` over windows of `kernelSize`. */
export function avgPool2d(x: Value, kernelSize: Pair, options: AvgPool2dOptions = {}): Value {
  checkArguments("avgPool2d()", arguments, 2, POOL_OPTIONS.average, POOL_POSITIONS.average);
  return unary(AvgPool2dOp, x, poolAttributes("avgPool2d()", kernelSize, options));
}

/**
 * Average pooling as a layer.
 *
 * @example
 * ```ts
 * import { AvgPool2d, Conv2d, Sequential, Sigmoid } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Conv2d(1, 6, 5), new Sigmoid(), new AvgPool2d(2));
 * ```
 */
export class AvgPool2d extends Module {
  readonly #attributes: Pool2dAttributes;

  /** Windows of `kernelSize`, which move by their own size unless `stride` says otherwise. */
  constructor(kernelSize: Pair, options: AvgPool2dOptions = {}) {
    super();
    checkArguments("AvgPool2d", arguments, 1, POOL_OPTIONS.average, POOL_POSITIONS.average);
    this.#attributes = poolAttributes("AvgPool2d", kernelSize, options);
  }

  /** `[N, C, H, W]` to `[N, C, H', W']`. */
  override forward(x: Tensor): Tensor {
    return unary(AvgPool2dOp, x, this.#attributes);
  }
}
