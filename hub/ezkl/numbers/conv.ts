/**
 * Convolutions and poolings as places of an image.
 * @module
 */
import { stridesOf } from "../../../core/base/shape.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import type { ConvOp, DataFormat, KernelFormat, Padding } from "../format/circuit.ts";
import type { ContractionPlan } from "./contraction_plan.ts";
import { placesOf } from "./places.ts";

/** Axes of an image by what they mean. */
export interface ImageAxes {
  /** The images. */
  batch: number;
  /** The channels. */
  channel: number;
  /** Height, width and so on. */
  spatial: number[];
}

function imageAxes(format: DataFormat, rank: number, where: string): ImageAxes {
  if (format === "NCHW") return { batch: 0, channel: 1, spatial: range(2, rank) };
  if (format === "NHWC") return { batch: 0, channel: rank - 1, spatial: range(1, rank - 1) };
  // The engine gives the result of an image without batch in another format than the image.
  throw new ArgumentError(`${where}: an image of the format ${format} is not simulated; NCHW and NHWC are`);
}

function kernelAxes(format: KernelFormat, rank: number): { out: number; in: number; spatial: number[] } {
  switch (format) {
    case "OIHW":
      return { out: 0, in: 1, spatial: range(2, rank) };
    case "OHWI":
      return { out: 0, in: rank - 1, spatial: range(1, rank - 1) };
    case "HWIO":
      return { out: rank - 1, in: rank - 2, spatial: range(0, rank - 2) };
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** A padded image cut into windows. */
export interface Windows {
  /** Shape of the image with its padding. */
  padded: number[];
  /** One pair for every axis of the image. */
  padding: Padding[];
  /** Shape of the result, for `channels` channels. */
  outShape(channels: number): number[];
  /** Where each plane starts, batch by batch and channel by channel. */
  planes: Int32Array;
  /** Where each window starts in its plane. */
  positions: Int32Array;
  /** Each element of a window, from its start. */
  elements: Int32Array;
  /** Axes of the image by what they mean. */
  axes: ImageAxes;
}

/**
 * The windows of `kernel` over the spatial axes of an image.
 * @throws {ArgumentError} for padding, stride or kernel of another rank, and a kernel larger than the image
 */
export function windowsOf(
  image: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  spatialPadding: readonly Padding[],
  format: DataFormat,
  where: string,
): Windows {
  const axes = imageAxes(format, image.length, where);
  const { batch, channel, spatial } = axes;
  if ([kernel, stride, spatialPadding].some((list) => list.length !== spatial.length)) {
    throw new ArgumentError(
      `${where}: the ${format} image [${image}] has ${spatial.length} spatial axes, but the kernel [${kernel}] has ` +
        `${kernel.length}, stride ${stride.length} and padding ${spatialPadding.length} entries`,
    );
  }
  const padding = image.map((): Padding => [0, 0]);
  spatial.forEach((axis, index) => padding[axis] = spatialPadding[index]);
  const padded = image.map((length, axis) => length + padding[axis][0] + padding[axis][1]);
  const strides = stridesOf(padded);
  const counts = spatial.map((axis, index) => Math.floor((padded[axis] - kernel[index]) / stride[index]) + 1);
  if (counts.some((count) => !(count >= 1))) {
    throw new ArgumentError(`${where}: a window of [${kernel}] does not fit into the padded image [${padded}]`);
  }
  const outer = [batch, channel];
  return {
    padded,
    padding,
    outShape(channels) {
      const shape = image.slice();
      shape[channel] = channels;
      spatial.forEach((axis, index) => shape[axis] = counts[index]);
      return shape;
    },
    planes: placesOf(outer.map((axis) => image[axis]), outer.map((axis) => strides[axis])),
    positions: placesOf(counts, spatial.map((axis, index) => strides[axis] * stride[index])),
    elements: placesOf(kernel, spatial.map((axis) => strides[axis])),
    axes,
  };
}

/**
 * The sums of a convolution over a padded image.
 * @throws {ArgumentError} for shapes that do not fit
 */
export function convolutionPlan(
  op: ConvOp,
  image: readonly number[],
  kernel: readonly number[],
  where: string,
): { plan: ContractionPlan; windows: Windows } {
  const from = kernelAxes(op.kernelFormat, kernel.length);
  const window = from.spatial.map((axis) => kernel[axis]);
  const windows = windowsOf(image, window, op.stride, op.padding, op.dataFormat, where);
  const { batch, channel, spatial } = windows.axes;
  const inside = kernel[from.in];
  const rows = kernel[from.out] / op.group;
  if (inside * op.group !== image[channel] || !Number.isInteger(rows)) {
    throw new ArgumentError(
      `${where}: the image has ${
        image[channel]
      } channels and the kernel takes ${inside} in each of ${op.group} groups ` +
        `and gives ${kernel[from.out]}`,
    );
  }
  const xStrides = stridesOf(windows.padded);
  const wStrides = stridesOf(kernel);
  const outShape = windows.outShape(kernel[from.out]);
  const outStrides = stridesOf(outShape);
  const groups = Array.from({ length: image[batch] * op.group }, (_, index) => {
    const n = Math.floor(index / op.group);
    const g = index % op.group;
    return {
      x: n * xStrides[batch] + g * inside * xStrides[channel],
      w: g * rows * wStrides[from.out],
      out: n * outStrides[batch] + g * rows * outStrides[channel],
      bias: g * rows,
    };
  });
  const terms = [inside, ...window];
  return {
    windows,
    plan: {
      groups,
      xPosition: windows.positions,
      outPosition: placesOf(spatial.map((axis) => outShape[axis]), spatial.map((axis) => outStrides[axis])),
      wRow: placesOf([rows], [wStrides[from.out]]),
      outRow: placesOf([rows], [outStrides[channel]]),
      xTerm: placesOf(terms, [xStrides[channel], ...spatial.map((axis) => xStrides[axis])]),
      wTerm: placesOf(terms, [wStrides[from.in], ...from.spatial.map((axis) => wStrides[axis])]),
    },
  };
}

/** The result's place for each plane's start and each window, in the order of `planes` and `positions`. */
export function poolPlaces(windows: Windows, image: readonly number[]): { planes: Int32Array; positions: Int32Array } {
  const { batch, channel, spatial } = windows.axes;
  const shape = windows.outShape(image[channel]);
  const strides = stridesOf(shape);
  const outer = [batch, channel];
  return {
    planes: placesOf(outer.map((axis) => shape[axis]), outer.map((axis) => strides[axis])),
    positions: placesOf(spatial.map((axis) => shape[axis]), spatial.map((axis) => strides[axis])),
  };
}
