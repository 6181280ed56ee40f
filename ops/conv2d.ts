/**
 * The 2-D convolution (as deep learning has it: a cross-correlation):
 * `y[n, k, i, j] = bias[k] + sum over c, u, v of x[n, c, i s - p + u, j s - p + v] weight[k, c, u, v]`,
 * with x `[N, C, H, W]`, weight `[K, C, kh, kw]`, bias `[K]` and y `[N, K, rows, columns]`,
 * `rows = floor((H + 2 p - kh) / s) + 1` and the columns likewise. ONNX writes it as Conv. Groups, gaps between taps and
 * other padding are `conv.ts`'s, which are slower on a GPU.
 * @module
 */
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import type { Node } from "../core/graph/graph.ts";
import type { OnnxAttribute, OpDefinition } from "../core/graph/op.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { Conv2dBackwardInputOp } from "./conv2d_backward_input.ts";
import { Conv2dBackwardWeightOp } from "./conv2d_backward_weight.ts";
import { conv2dForwardKernel } from "./conv2d_forward.ts";
import { axesOf, type Conv2dAttributes, geometryOf } from "./conv2d_geometry.ts";
import { pair } from "./pair.ts";

export type { Conv2dAttributes } from "./conv2d_geometry.ts";

/** The convolution: x `[N, C, H, W]`, weight `[K, C, kh, kw]` and perhaps bias `[K]`, to `[N, K, rows, columns]`. */
export const Conv2dOp: OpDefinition<Conv2dAttributes> = {
  name: "Conv2d",
  shapes: conv2dShapes,
  kernel: conv2dForwardKernel,
  cpu({ inputs: [x, weight], attributes }) {
    const g = geometryOf(x, weight, attributes);
    const { filters: results, channels, taps } = g;
    const strides = { resultStride: channels * taps, channelStride: taps };
    return { kind: "products", axes: axesOf(g), turned: false, results, channels, ...strides };
  },
  gradient(node, [gradient]) {
    if (gradient === null) return node.inputs.map(() => null);
    const [x, weight, bias] = node.inputs;
    const graph = gradient.graph;
    const { attributes } = node;
    const [dx] = graph.apply(Conv2dBackwardInputOp, [gradient, weight], { ...attributes, inputShape: x.shape });
    const dparameters = graph.apply(Conv2dBackwardWeightOp, [x, gradient], {
      ...attributes,
      weightShape: weight.shape,
      bias: bias !== undefined,
    });
    return [dx, ...dparameters];
  },
  carries: ["map", "pool"],
  channelOf: ({ inputs: [, weight] }, index) => Math.floor(index / sizeOf(weight.shape.slice(1))),
  onnx: { opType: "Conv", write: writeConv, read: readConv },
  cases: [
    testCase("odd sizes", [2, 3, 9, 7], [5, 3, 3, 3]),
    testCase("one sample, no bias", [1, 2, 6, 8], [3, 2, 3, 3], 1, 0, false),
    testCase("stride 2 and padding 1", [2, 2, 9, 8], [4, 2, 3, 3], 2, 1),
    testCase("a kernel that is not square", [3, 1, 7, 10], [2, 1, 2, 5], [1, 2], [0, 2]),
    testCase("a kernel of one tap", [2, 5, 4, 4], [7, 5, 1, 1]),
    testCase("a kernel as large as the input", [2, 2, 9, 9], [3, 2, 9, 9]),
    testCase("the shape of LeNet's first layer", [3, 1, 28, 28], [6, 1, 5, 5]),
    testCase("the shape of LeNet's second layer", [2, 6, 12, 12], [16, 6, 5, 5]),
  ],
};

function conv2dShapes([x, weight, bias]: readonly Shape[], attributes: Conv2dAttributes): readonly Shape[] {
  const { stride, padding } = attributes;
  if (!stride.every((step) => Number.isInteger(step) && step >= 1)) {
    throw new ArgumentError(`conv2d() expects a stride of whole numbers from 1 on, but it is [${stride.join(", ")}]`);
  }
  if (!padding.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ArgumentError(`conv2d() expects a padding of whole numbers from 0 on, but it is [${padding.join(", ")}]`);
  }
  if (x.length !== 4) {
    throw new ShapeError(
      `conv2d() expects x of shape [N, C, H, W], but it is ${showShape(x)}; give it four dimensions, ` +
        `such as [N, 1, 28, 28] for grey images`,
    );
  }
  if (weight.length !== 4) {
    throw new ShapeError(
      `conv2d() expects weight of shape [K, C, kh, kw], but it is ${showShape(weight)}; give it four dimensions`,
    );
  }
  if (x[1] !== weight[1]) {
    throw new ShapeError(
      `conv2d() got x ${showShape(x)} with ${x[1]} channels, but weight ${showShape(weight)} takes ${weight[1]}; ` +
        `make the layer with ${x[1]} input channels`,
    );
  }
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `conv2d() expects bias of shape [${weight[0]}], one number per filter of weight ${showShape(weight)}, ` +
        `but it is ${showShape(bias)}; give it as many numbers as the layer has output channels`,
    );
  }
  const { batch, filters, rows, columns } = geometryOf(x, weight, attributes);
  if (rows < 1 || columns < 1) {
    throw new ShapeError(
      `conv2d() got a kernel of ${weight[2]} x ${weight[3]} that is larger than x ${showShape(x)} with ` +
        `padding [${padding.join(", ")}]; use a smaller kernel or more padding`,
    );
  }
  return [[batch, filters, rows, columns]];
}

function writeConv(node: Node<Conv2dAttributes>): Readonly<Record<string, OnnxAttribute>> {
  const { stride, padding } = node.attributes;
  return {
    dilations: [1, 1],
    group: 1,
    kernel_shape: node.inputs[1].shape.slice(2),
    pads: [...padding, ...padding],
    strides: [...stride],
  };
}

function readConv(
  attributes: Readonly<Record<string, OnnxAttribute>>,
  [, weight]: readonly Shape[],
): Conv2dAttributes {
  const { auto_pad, dilations = [1, 1], group = 1, kernel_shape, pads = [0, 0, 0, 0], strides = [1, 1] } = attributes;
  const refuse = (what: string, expected: string): never => {
    throw new ArgumentError(`Conv has ${what}, but a convolution here has ${expected}; export the model accordingly`);
  };
  if (auto_pad !== undefined) refuse("the attribute auto_pad", "its padding in pads");
  if (group !== 1) refuse(`group ${group}`, "group 1");
  if (!isList(dilations, 2) || dilations.some((size) => size !== 1)) {
    refuse(`dilations ${show(dilations)}`, "dilations [1, 1]");
  }
  if (kernel_shape !== undefined && (!isList(kernel_shape, 2) || kernel_shape.some((k, i) => k !== weight[i + 2]))) {
    refuse(`kernel_shape ${show(kernel_shape)}`, `that of its weight ${showShape(weight)}`);
  }
  if (!isList(strides, 2)) return refuse(`strides ${show(strides)}`, "two strides");
  if (!isList(pads, 4) || pads[0] !== pads[2] || pads[1] !== pads[3]) {
    return refuse(`pads ${show(pads)}`, "the same padding above and below, and left and right");
  }
  return { stride: [strides[0], strides[1]], padding: [pads[0], pads[1]] };
}

function isList(attribute: OnnxAttribute, length: number): attribute is readonly number[] {
  return Array.isArray(attribute) && attribute.length === length;
}

function show(attribute: OnnxAttribute): string {
  return JSON.stringify(attribute).replaceAll(",", ", ");
}

function testCase(
  name: string,
  x: Shape,
  weight: Shape,
  stride: number | readonly [number, number] = 1,
  padding: number | readonly [number, number] = 0,
  bias = true,
) {
  const inputs = bias ? [x, weight, [weight[0]]] : [x, weight];
  return { name, inputs, attributes: { stride: pair(stride), padding: pair(padding) } };
}
