/**
 * Convolutions of any kind: of signals `[N, C, L]` or images `[N, C, H, W]`, with dilation, groups, and padding that may
 * differ at both ends:
 * `y[n, k, i] = bias[k] + sum over c, u of x[n, c, i s - p + u d] weight[k, c, u]`, c going over the channels of k's group.
 * Images without all that have kernels of their own (`conv2d.ts`).
 * @module
 */
import { expect } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OnnxAttributes, OpDefinition } from "../core/graph/op.ts";
import { sumTo } from "./broadcast.ts";
import { type ConvAttributes, convGeometry, productsOf } from "./conv_geometry.ts";
import { ConvBackwardInputOp, convKernel, ConvWeightsOp } from "./conv_kernels.ts";
import { reshape } from "./reshape.ts";

/** The operation: x, weight `[K, C / groups, ...]` and perhaps bias `[K]`. */
export const ConvOp: OpDefinition<ConvAttributes> = {
  name: "Conv",
  shapes: convShapes,
  carries: ["map"],
  kernel: (call) => convKernel(convGeometry(call.inputs[0], call.inputs[1], call.attributes), call),
  cpu: ({ inputs: [x, weight], attributes }) => productsOf(convGeometry(x, weight, attributes), false),
  gradient(node, [dy]) {
    const { inputs: [x, weight, bias], attributes } = node;
    const [dx] = x.graph.apply(ConvBackwardInputOp, [dy!, weight], { ...attributes, inputShape: x.shape });
    const [dweight] = x.graph.apply(ConvWeightsOp, [x, dy!], { ...attributes, weightShape: weight.shape });
    return bias === undefined ? [dx, dweight] : [dx, dweight, biasGradient(dy!)];
  },
  channelOf: ({ inputs: [, weight] }, index) => Math.floor(index / sizeOf(weight.shape.slice(1))),
  onnx: {
    opType: "Conv",
    write: ({ attributes, inputs: [, weight] }) => writeConv(attributes, weight.shape),
    read: (given, [x, weight]) => readConv("Conv", given, x, weight),
  },
  cases: [
    testCase("dilation", [3, 2, 9, 8], [4, 2, 3, 2], [1, 2], [1, 0, 1, 0], [2, 3]),
    testCase("two groups, more at the end", [9, 4, 5, 6], [6, 2, 3, 3], [1, 1], [0, 1, 1, 2], [1, 1], 2),
    testCase("depthwise", [17, 3, 6, 5], [3, 1, 3, 3], [1, 1], [1, 1, 1, 1], [1, 1], 3),
    testCase(
      "depthwise, two filters each, strides",
      [2, 3, 7, 7],
      [6, 1, 3, 3],
      [2, 2],
      [0, 0, 1, 1],
      [1, 1],
      3,
      false,
    ),
    testCase("signals", [3, 2, 11], [5, 2, 4], [2], [2, 1], [1]),
    testCase("signals in groups, one sample", [1, 4, 9], [4, 2, 3], [1], [0, 0], [2], 2, false),
  ],
};

/** The gradient of a bias: the sums over samples and places. */
export function biasGradient(dy: Value): Value {
  const { shape } = dy;
  return reshape(sumTo(dy, [1, shape[1], ...shape.slice(2).map(() => 1)]), [shape[1]]);
}

/** What ONNX's Conv and ConvTranspose are told alike. */
export function writeConv(attributes: ConvAttributes, weight: Shape): OnnxAttributes {
  const { stride, padding, dilation, groups } = attributes;
  return {
    dilations: [...dilation],
    group: groups,
    kernel_shape: weight.slice(2),
    pads: [...padding],
    strides: [...stride],
  };
}

/** The same read, for x and weight of these shapes. */
export function readConv(name: string, given: OnnxAttributes, x: Shape, weight: Shape): ConvAttributes {
  const rank = weight.length - 2;
  const list = (key: string, length: number, otherwise: number): readonly number[] => {
    const value = given[key] ?? Array.from({ length }, () => otherwise);
    if (Array.isArray(value) && value.length === length) return value;
    throw new ArgumentError(`${name} has ${key} ${JSON.stringify(value)}, expected ${length} numbers`);
  };
  if (x.length !== weight.length) {
    throw new ShapeError(
      `conv2d() expects x of as many dimensions as its weight ${showShape(weight)}, but it is ${
        showShape(x)
      }; reshape it`,
    );
  }
  const kernel = list("kernel_shape", rank, 0);
  if (given.kernel_shape !== undefined && kernel.some((size, k) => size !== weight[k + 2])) {
    throw new ArgumentError(
      `${name} has kernel_shape [${kernel.join(", ")}], but a convolution here has that of its weight ` +
        `${showShape(weight)}; export the model accordingly`,
    );
  }
  const { group = 1 } = given;
  const groups = expectWhole(`${name}: group`, group);
  return {
    stride: list("strides", rank, 1),
    padding: list("pads", 2 * rank, 0),
    dilation: list("dilations", rank, 1),
    groups,
  };
}

function expectWhole(what: string, value: unknown): number {
  expect(Number.isSafeInteger(value) && (value as number) > 0, what, value, "a positive integer");
  return value as number;
}

/** Checks the numbers of a convolution with an input of `rank` axes behind the channels. */
export function checkConv(where: string, { stride, padding, dilation, groups }: ConvAttributes, rank: number): void {
  const from = (list: readonly number[], length: number, least: number): boolean =>
    list.length === length && list.every((size) => Number.isInteger(size) && size >= least);
  expect(from(stride, rank, 1), `${where}: stride`, stride, "whole numbers from 1 on");
  expect(from(padding, 2 * rank, 0), `${where}: padding`, padding, "whole numbers from 0 on");
  expect(from(dilation, rank, 1), `${where}: dilation`, dilation, "whole numbers from 1 on");
  expectWhole(`${where}: groups`, groups);
}

/** Checks that channels fall into groups. */
export function checkGroups(where: string, groups: number, channels: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(channels)) {
    expect(count % groups === 0, `${where}: ${name}`, count, `a multiple of the ${groups} groups`);
  }
}

function convShapes([x, weight, bias]: readonly Shape[], attributes: ConvAttributes): readonly Shape[] {
  const where = x.length === 3 ? "conv1d()" : "conv2d()";
  const axes = x.length === 3 ? "L" : "H, W";
  if (x.length !== 3 && x.length !== 4) {
    throw new ShapeError(
      `${where} expects x of shape [N, C, H, W], but it is ${showShape(x)}; give it four dimensions`,
    );
  }
  checkConv(where, attributes, x.length - 2);
  const { groups } = attributes;
  if (weight.length !== x.length) {
    throw new ShapeError(
      `${where} expects weight of shape [K, C / groups, ${axes.toLowerCase()}], but it is ${
        showShape(weight)
      }; give it ` +
        `${x.length} dimensions`,
    );
  }
  if (x[1] !== weight[1] * groups) {
    throw new ShapeError(
      `${where} got x ${showShape(x)} with ${x[1]} channels, but weight ${
        showShape(weight)
      } in ${groups} groups takes ` +
        `${weight[1] * groups}; make the layer with ${x[1]} input channels`,
    );
  }
  checkGroups(where, groups, { "the filters of weight": weight[0] });
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `${where} expects bias of shape [${weight[0]}], one number per filter of weight ${
        showShape(weight)
      }, but it is ` +
        `${showShape(bias)}; give it as many numbers as the layer has output channels`,
    );
  }
  const { down, across } = convGeometry(x, weight, attributes);
  const places = x.length === 3 ? [across.places] : [down.places, across.places];
  if (places.some((count) => count < 1)) {
    const { dilation } = attributes;
    const gaps = dilation.every((by) => by === 1) ? "" : ` with dilation [${dilation.join(", ")}]`;
    throw new ShapeError(
      `${where} got a kernel of ${weight.slice(2).join(" x ")}${gaps} that is ` +
        `larger than x ${showShape(x)} with padding [${
          attributes.padding.join(", ")
        }]; use a smaller kernel or more padding`,
    );
  }
  return [[x[0], weight[0], ...places]];
}

function testCase(
  name: string,
  x: Shape,
  weight: Shape,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  groups = 1,
  bias = true,
) {
  const inputs = bias ? [x, weight, [weight[0]]] : [x, weight];
  return { name, inputs, attributes: { stride, padding, dilation, groups } };
}
