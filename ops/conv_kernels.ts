/**
 * The three products that a convolution of any kind and its transpose are made of: forward, back to the input, and the
 * gradient of the weights. On a GPU plain loops, on the CPU the templates of the tiled convolutions.
 * @module
 */
import type { WindowAxis } from "../core/graph/cpu_form.ts";
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import type { Shape } from "../core/base/shape.ts";
import { convForwardTiles, convTurnedTiles, convWeightTiles } from "./conv_tiles.ts";
import { type ConvAttributes, type ConvGeometry, convGeometry, productsOf, weightsOf } from "./conv_geometry.ts";

/** Attributes of those that go back to an input of a shape. */
export interface ConvBackAttributes extends ConvAttributes {
  /** The shape of what the window moves over. */
  readonly inputShape: Shape;
}

const X = { name: "x", type: "f32" } as const;
const WEIGHT = { name: "weight", type: "f32", whole: true } as const;
const BIAS = { name: "bias", type: "f32", whole: true } as const;

/** The element that tap `tap` of place `at` meets, as WGSL of type i32. */
function met({ stride, padding, dilation }: WindowAxis, at: string, tap: string): string {
  return `i32(${at} * ${stride}u + ${tap} * ${dilation}u) - ${padding}`;
}

/** `y[k, i, j] = bias[k] + sum of x[c, i s - p + u d, ...] weight[k, c, u, v]`. */
export function convKernel(g: ConvGeometry, call: KernelCall<unknown>): KernelText {
  const tiled = convForwardTiles("Conv", g, call);
  if (tiled !== null) return tiled;
  const { channels, filters, groups, down, across } = g;
  const plane = down.places * across.places;
  const bias = call.inputs.length > 2;
  const body = `  let k = item / ${plane}u;
  let first = k / ${filters}u * ${channels}u;
  let row = item / ${across.places}u % ${down.places}u;
  let col = item % ${across.places}u;
  var sum = ${bias ? "bias(k)" : "0.0"};
  for (var c = 0u; c < ${channels}u; c++) {
    for (var u = 0u; u < ${down.taps}u; u++) {
      let i = ${met(down, "row", "u")};
      for (var v = 0u; v < ${across.taps}u; v++) {
        let j = ${met(across, "col", "v")};
        if (i >= 0 && i < ${down.size} && j >= 0 && j < ${across.size}) {
          sum += x(((first + c) * ${down.size}u + u32(i)) * ${across.size}u + u32(j)) *
            weight(((k * ${channels}u + c) * ${down.taps}u + u) * ${across.taps}u + v);
        }
      }
    }
  }
  set_y(item, sum);`;
  return perSample({
    name: "Conv",
    inputs: bias ? [X, WEIGHT, BIAS] : [X, WEIGHT],
    outputs: [{ name: "y" }],
    items: groups * filters * plane,
    body,
    carries: true,
  }, call);
}

/** `y[c, i, j] = bias[c] + sum of x[k, (i + p - u d) / s, ...] weight[k, c, u, v]`, the quotients being whole. */
export function turnedKernel(g: ConvGeometry, call: KernelCall<unknown>): KernelText {
  const tiled = convTurnedTiles("ConvTurned", g, call);
  if (tiled !== null) return tiled;
  const { channels, filters, groups, down, across } = g;
  const plane = down.size * across.size;
  const bias = call.inputs.length > 2;
  const from = ({ padding, dilation }: WindowAxis, at: string, tap: string): string =>
    `i32(${at}) + ${padding} - i32(${tap} * ${dilation}u)`;
  const fits = ({ stride, places }: WindowAxis, at: string): string =>
    `${at} >= 0 && ${at} % ${stride} == 0 && ${at} / ${stride} < ${places}`;
  const body = `  let all = item / ${plane}u;
  let first = all / ${channels}u * ${filters}u;
  let c = all % ${channels}u;
  let row = item / ${across.size}u % ${down.size}u;
  let col = item % ${across.size}u;
  var sum = ${bias ? "bias(all)" : "0.0"};
  for (var k = 0u; k < ${filters}u; k++) {
    for (var u = 0u; u < ${down.taps}u; u++) {
      let i = ${from(down, "row", "u")};
      for (var v = 0u; v < ${across.taps}u; v++) {
        let j = ${from(across, "col", "v")};
        if (${fits(down, "i")} && ${fits(across, "j")}) {
          sum += x(((first + k) * ${down.places}u + u32(i / ${down.stride})) * ${across.places}u + u32(j / ${across.stride})) *
            weight((((first + k) * ${channels}u + c) * ${down.taps}u + u) * ${across.taps}u + v);
        }
      }
    }
  }
  set_y(item, sum);`;
  return perSample({
    name: "ConvTurned",
    inputs: bias ? [X, WEIGHT, BIAS] : [X, WEIGHT],
    outputs: [{ name: "y" }],
    items: groups * channels * plane,
    body,
    carries: true,
  }, call);
}

/** The gradient of a convolution's input, from that of its output and the weight. */
export const ConvBackwardInputOp: OpDefinition<ConvBackAttributes> = {
  name: "ConvBackwardInput",
  shapes: (_, { inputShape }) => [inputShape],
  carries: ["map"],
  kernel: (call) => turnedKernel(geometryBack(call), call),
  cpu: (call) => productsOf(geometryBack(call), true),
};

function geometryBack(
  { inputs: [dy, weight], attributes }: Pick<KernelCall<ConvBackAttributes>, "inputs" | "attributes">,
): ConvGeometry {
  return convGeometry(attributes.inputShape, weight, attributes, dy);
}

/** The gradient of a transposed convolution's input, `places`: from that of its output and the weight. */
export const ConvForwardOp: OpDefinition<ConvAttributes & { readonly places: Shape }> = {
  name: "ConvForward",
  shapes: (_, { places }) => [places],
  carries: ["map"],
  kernel: (call) => convKernel(convGeometry(call.inputs[0], call.inputs[1], call.attributes, call.outputs[0]), call),
  cpu: ({ inputs: [x, weight], outputs: [y], attributes }) => productsOf(convGeometry(x, weight, attributes, y), false),
};

/** The gradient of the weights: from what the window moves over, and the gradient of what it makes. */
export const ConvWeightsOp: OpDefinition<ConvAttributes & { readonly weightShape: Shape }> = {
  name: "ConvBackwardWeight",
  shapes: (_, { weightShape }) => [weightShape],
  kernel(call) {
    const g = convGeometry(call.inputs[0], call.attributes.weightShape, call.attributes, call.inputs[1]);
    const tiled = convWeightTiles("ConvBackwardWeight", g, call, false);
    if (tiled !== null) return tiled;
    const { channels, filters, groups, down, across } = g;
    const taps = down.taps * across.taps;
    return overBatch({
      name: "ConvBackwardWeight",
      inputs: [X, { name: "dy", type: "f32" }],
      outputs: ["dweight"],
      items: groups * filters * channels * taps,
      batch: g.batch,
      body: `  let k = item / ${channels * taps}u;
  let c = k / ${filters}u * ${channels}u + item / ${taps}u % ${channels}u;
  let u = item / ${across.taps}u % ${down.taps}u;
  let v = item % ${across.taps}u;
  for (var row = 0u; row < ${down.places}u; row++) {
    let i = ${met(down, "row", "u")};
    for (var col = 0u; col < ${across.places}u; col++) {
      let j = ${met(across, "col", "v")};
      if (i >= 0 && i < ${down.size} && j >= 0 && j < ${across.size}) {
        dweight += x((c * ${down.size}u + u32(i)) * ${across.size}u + u32(j)) *
          dy((k * ${down.places}u + row) * ${across.places}u + col);
      }
    }
  }`,
    }, call);
  },
  cpu: ({ inputs: [x, dy], attributes }) => weightsOf(convGeometry(x, attributes.weightShape, attributes, dy)),
};
