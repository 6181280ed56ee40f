/**
 * The sizes of a convolution of any kind: of signals or images, with gaps between taps, in groups, padded at one side
 * more than at the other.
 * @module
 */
import type { ProductsForm, WeightsForm, WindowAxis } from "../core/graph/cpu_form.ts";
import type { Shape } from "../core/base/shape.ts";

/** What such a convolution is told; a number for each axis behind the channels. */
export interface ConvAttributes {
  /** Steps of the kernel between two outputs. */
  readonly stride: readonly number[];
  /** Zeros before each axis, then behind each. */
  readonly padding: readonly number[];
  /** Elements from one tap to the next. */
  readonly dilation: readonly number[];
  /** Groups of channels that see nothing of each other. */
  readonly groups: number;
}

/** Sizes by name, of rows and columns; a signal has one row. */
export interface ConvGeometry {
  /** Samples. */
  readonly batch: number;
  /** Channels of a group's input. */
  readonly channels: number;
  /** Channels of a group's output. */
  readonly filters: number;
  /** See {@linkcode ConvAttributes}. */
  readonly groups: number;
  /** Rows. */
  readonly down: Required<WindowAxis>;
  /** Columns. */
  readonly across: Required<WindowAxis>;
}

/**
 * Names the sizes of the convolution of x `[N, C, ...]` by weight `[K, C / groups, ...]`, to y where its shape is known: a
 * transposed one may leave places out.
 */
export function convGeometry(x: Shape, weight: Shape, attributes: ConvAttributes, y?: Shape): ConvGeometry {
  const { stride, padding, dilation, groups } = attributes;
  const rank = x.length - 2;
  const axes = x.slice(2).map((size, k): Required<WindowAxis> => {
    const taps = weight[k + 2];
    const room = padding[k] + size + padding[k + rank] - ((taps - 1) * dilation[k] + 1);
    const places = y?.[k + 2] ?? Math.floor(room / stride[k]) + 1;
    return { places, size, taps, stride: stride[k], padding: padding[k], dilation: dilation[k] };
  });
  const one = { places: 1, size: 1, taps: 1, stride: 1, padding: 0, dilation: 1 };
  const [down, across] = rank === 1 ? [one, axes[0]] : axes;
  return { batch: x[0], channels: x[1] / groups, filters: weight[0] / groups, groups, down, across };
}

/** What it is for the CPU, forward or back to the input. */
export function productsOf(g: ConvGeometry, turned: boolean): ProductsForm {
  const { channels, filters, groups, down, across } = g;
  const taps = down.taps * across.taps;
  const axes = [down, across] as const;
  const side = groups === 1 ? {} : { groups: { count: groups, stride: filters * channels * taps } };
  if (!turned) {
    const strides = { resultStride: channels * taps, channelStride: taps };
    return { kind: "products", axes, turned, results: filters, channels, ...strides, ...side };
  }
  const strides = { resultStride: taps, channelStride: channels * taps };
  return { kind: "products", axes, turned, results: channels, channels: filters, ...strides, ...side };
}

/** The same of the gradient of the weights. */
export function weightsOf({ down, across, filters, channels, groups }: ConvGeometry): WeightsForm {
  return { kind: "weights", axes: [down, across], filters, channels, groups };
}
