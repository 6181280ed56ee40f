/**
 * The transposed convolution, which is the way back of a convolution to its input:
 * `y[n, c, i] = bias[c] + sum over k, u of x[n, k, (i + p - u d) / s] weight[k, c, u]`, the quotients being whole, with x
 * `[N, K, ...]`, weight `[K, C / groups, ...]` and y `[N, C, ...]`, `(L - 1) s - 2 p + d (k - 1) + outputPadding + 1` long.
 * @module
 */
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import type { OnnxNode, OpDefinition } from "../core/graph/op.ts";
import { biasGradient, checkConv, checkGroups, readConv, writeConv } from "./conv.ts";
import { type ConvAttributes, convGeometry, productsOf } from "./conv_geometry.ts";
import { ConvForwardOp, ConvWeightsOp, turnedKernel } from "./conv_kernels.ts";

/** What it is told. */
export interface ConvTransposeAttributes extends ConvAttributes {
  /** Elements more at the end of each axis, which the input's size leaves open. */
  readonly outputPadding: readonly number[];
}

/** The operation: x, weight `[K, C / groups, ...]` and perhaps bias `[C]`. */
export const ConvTransposeOp: OpDefinition<ConvTransposeAttributes> = {
  name: "ConvTranspose",
  shapes: transposedShapes,
  carries: ["map"],
  kernel: (call) => turnedKernel(convGeometry(call.outputs[0], call.inputs[1], call.attributes, call.inputs[0]), call),
  cpu: ({ inputs: [x, weight], outputs: [y], attributes }) => productsOf(convGeometry(y, weight, attributes, x), true),
  gradient(node, [dy]) {
    const { inputs: [x, weight, bias], attributes } = node;
    const [dx] = x.graph.apply(ConvForwardOp, [dy!, weight], { ...attributes, places: x.shape });
    const [dweight] = x.graph.apply(ConvWeightsOp, [dy!, x], { ...attributes, weightShape: weight.shape });
    return bias === undefined ? [dx, dweight] : [dx, dweight, biasGradient(dy!)];
  },
  channelOf({ inputs: [, { shape: weight }], attributes: { groups } }, index) {
    const own = sizeOf(weight.slice(2));
    const filter = Math.floor(index / (weight[1] * own));
    return Math.floor(filter / (weight[0] / groups)) * weight[1] + Math.floor(index / own) % weight[1];
  },
  writeOnnx(node, to) {
    const { attributes, inputs: [, weight] } = node;
    return [
      to.node("ConvTranspose", to.inputs, {
        ...writeConv(attributes, weight.shape),
        output_padding: [...attributes.outputPadding],
      }),
    ];
  },
  readOnnx: {
    ConvTranspose(node) {
      const inputs = Array.from({ length: node.inputCount }, (_, k) => node.input(k));
      return node.graph.apply(ConvTransposeOp, inputs, readTransposed(node));
    },
  },
  cases: [
    testCase("images", [3, 4, 3, 4], [4, 2, 3, 2], [2, 1], [1, 0, 1, 0], [1, 1], [1, 0]),
    testCase(
      "two groups and dilation, many samples",
      [9, 4, 3, 3],
      [4, 3, 2, 2],
      [1, 2],
      [0, 0, 0, 0],
      [2, 1],
      [0, 1],
      2,
    ),
    testCase("more at the end, no bias", [2, 2, 4, 5], [2, 3, 3, 3], [2, 2], [0, 1, 1, 1], [1, 1], [0, 0], 1, false),
    testCase("signals, one sample", [1, 3, 5], [3, 2, 4], [3], [1, 1], [1], [2]),
  ],
};

function readTransposed(node: OnnxNode): ConvTransposeAttributes {
  const { auto_pad: _, output_shape: __, ...plain } = node.attributes;
  const [x, weight] = [node.shape(0), node.shape(1)];
  const attributes = readConv("ConvTranspose", plain, x, weight);
  const rank = weight.length - 2;
  const outputPadding = node.list("output_padding") ?? Array.from({ length: rank }, () => 0);
  const mode = node.text("auto_pad", "NOTSET");
  if (mode === "VALID") return { ...attributes, padding: attributes.padding.map(() => 0), outputPadding };
  const same = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  const target = node.list("output_shape")?.slice(-rank) ??
    (same ? x.slice(2).map((size, k) => size * attributes.stride[k]) : null);
  if (target === null) return { ...attributes, outputPadding };
  // What is too much is padding, at the end first unless the lower side comes first.
  const totals = target.map((size, k) => {
    const { stride, dilation } = attributes;
    return stride[k] * (x[k + 2] - 1) + outputPadding[k] + (weight[k + 2] - 1) * dilation[k] + 1 - size;
  });
  const added = totals.map((total) => Math.max(0, -total));
  const less = totals.map((total) => Math.floor(Math.max(0, total) / 2));
  const more = totals.map((total, k) => Math.max(0, total) - less[k]);
  const padding = mode === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
  return { ...attributes, padding, outputPadding: outputPadding.map((size, k) => size + added[k]) };
}

function transposedShapes(
  [x, weight, bias]: readonly Shape[],
  attributes: ConvTransposeAttributes,
): readonly Shape[] {
  const where = x.length === 3 ? "convTranspose1d()" : "convTranspose2d()";
  const { stride, padding, dilation, groups, outputPadding } = attributes;
  if (x.length !== 3 && x.length !== 4 || weight.length !== x.length) {
    throw new ShapeError(
      `${where} expects x [N, C, H, W] and a weight of as many dimensions, but they are ${showShape(x)} and ` +
        `${showShape(weight)}; reshape them`,
    );
  }
  const rank = x.length - 2;
  checkConv(where, attributes, rank);
  if (x[1] !== weight[0]) {
    throw new ShapeError(
      `${where} got x ${showShape(x)} with ${x[1]} channels, but weight ${showShape(weight)} takes ${
        weight[0]
      }; make ` +
        `the layer with ${x[1]} input channels`,
    );
  }
  checkGroups(where, groups, { "the channels of x": x[1] });
  const channels = weight[1] * groups;
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== channels)) {
    throw new ShapeError(
      `${where} expects bias of shape [${channels}], but it is ${
        showShape(bias)
      }; give it as many numbers as the layer ` +
        "has output channels",
    );
  }
  outputPadding.forEach((size, k) => {
    if (Number.isInteger(size) && size >= 0 && size < Math.max(stride[k], dilation[k])) return;
    throw new ArgumentError(
      `${where}: outputPadding is [${outputPadding.join(", ")}], expected whole numbers below stride ` +
        `[${stride.join(", ")}] or dilation [${dilation.join(", ")}]`,
    );
  });
  const sizes = x.slice(2).map((size, k) =>
    (size - 1) * stride[k] - padding[k] - padding[k + rank] + dilation[k] * (weight[k + 2] - 1) + outputPadding[k] + 1
  );
  if (sizes.some((size) => size < 1)) {
    throw new ShapeError(
      `${where} would make nothing of x ${showShape(x)} with padding [${padding.join(", ")}]; use less padding`,
    );
  }
  return [[x[0], channels, ...sizes]];
}

function testCase(
  name: string,
  x: Shape,
  weight: Shape,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  outputPadding: readonly number[],
  groups = 1,
  bias = true,
) {
  const inputs = bias ? [x, weight, [weight[1] * groups]] : [x, weight];
  return { name, inputs, attributes: { stride, padding, dilation, outputPadding, groups } };
}
