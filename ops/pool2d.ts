/**
 * What average and maximum pooling have in common: attributes, shapes, ONNX
 * attributes, and the walk over windows.
 * @module
 */
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import type { Node } from "../core/graph/graph.ts";
import type { KernelCall, KernelText, OnnxAttribute, OpCase } from "../core/graph/op.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { declareInputs, grid, type WgslFunction } from "../core/graph/wgsl.ts";
import { namesOf } from "../core/base/known.ts";
import { checkedPair, type Pair } from "./pair.ts";

/** Attributes of a pooling window, as (rows, columns). */
export interface Pool2dAttributes {
  /** The window. */
  readonly kernel: readonly [number, number];
  /** How far the window moves. */
  readonly stride: readonly [number, number];
  /** Rows and columns added on each side. */
  readonly padding: readonly [number, number];
}

/** Options of the pooling functions and layers, as in PyTorch. */
export interface Pool2dOptions {
  /** How far the window moves; default the window's size. */
  readonly stride?: Pair;
  /** Rows and columns added on each side; default 0. */
  readonly padding?: Pair;
}

/** The names of the options. */
export const POOL_OPTIONS: readonly string[] = namesOf<Pool2dOptions>({ stride: true, padding: true });

/** What PyTorch's pooling takes by position after the kernel: average and maximum. */
export const POOL_POSITIONS = {
  average: ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"],
  maximum: ["stride", "padding", "dilation", "returnIndices", "ceilMode"],
} as const;

/** Checks and completes the attributes. */
export function poolAttributes(name: string, kernelSize: Pair, options: Pool2dOptions): Pool2dAttributes {
  const kernel = checkedPair(`${name}: kernelSize`, kernelSize, 1);
  const { stride: step = kernel, padding: sides = 0 } = options;
  const stride = checkedPair(`${name}: stride`, step, 1);
  const padding = checkedPair(`${name}: padding`, sides, 0);
  if (padding.some((size, axis) => size > kernel[axis] / 2)) {
    throw new ArgumentError(`${name}: padding ${padding} must be at most half of the kernel ${kernel}`);
  }
  return { kernel, stride, padding };
}

/** `[N, C, H, W]` to the shape after pooling, remainders dropped. */
export function pooledShape(input: Shape, { kernel, stride, padding }: Pool2dAttributes): Shape {
  if (input.length !== 4) throw new ShapeError(`pooling takes [N, C, H, W] and was given ${showShape(input)}`);
  const [n, c, ...plane] = input;
  const sizes = plane.map((size, axis) => Math.floor((size + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1);
  if (sizes.some((size) => size < 1)) {
    throw new ShapeError(`a ${kernel.join("x")} window does not fit into ${showShape(input)} with padding ${padding}`);
  }
  return [n, c, ...sizes];
}

/** Whether the windows are 2x2, side by side, and cover the plane: the case that fuses. */
export function isHalving(input: Shape, { kernel, stride, padding }: Pool2dAttributes): boolean {
  return [...kernel, ...stride].every((size) => size === 2) && padding.every((size) => size === 0) &&
    input[2] % 2 === 0 && input[3] % 2 === 0;
}

/** The attributes that ONNX's AveragePool and MaxPool share. */
export function writePool({ attributes }: Node<Pool2dAttributes>): Record<string, OnnxAttribute> {
  const { kernel, stride, padding } = attributes;
  return { ceil_mode: 0, kernel_shape: [...kernel], pads: [...padding, ...padding], strides: [...stride] };
}

/** Reads what {@linkcode writePool} writes; refuses what the engine cannot express. */
export function readPool(name: string, given: Readonly<Record<string, OnnxAttribute>>): Pool2dAttributes {
  const { kernel_shape: kernel, strides = [1, 1], pads = [0, 0, 0, 0] } = given;
  const dilated = [given.dilations ?? 1].flat().some((size) => size !== 1);
  if ((given.ceil_mode ?? 0) !== 0 || (given.storage_order ?? 0) !== 0 || dilated || given.auto_pad !== undefined) {
    throw new ArgumentError(`${name} with ceil_mode, storage_order, dilations or auto_pad is not supported`);
  }
  const lists = [kernel, strides, pads].every(Array.isArray);
  const [size, step, sides] = [kernel, strides, pads] as number[][];
  if (!lists || size.length !== 2 || step.length !== 2 || sides.length !== 4) {
    throw new ArgumentError(`${name} needs kernel_shape and strides of two numbers and pads of four`);
  }
  if (sides[0] !== sides[2] || sides[1] !== sides[3]) {
    throw new ArgumentError(`${name} with pads ${sides} is not symmetric; pad the input beforehand`);
  }
  return poolAttributes(name, [size[0], size[1]], { stride: [step[0], step[1]], padding: [sides[0], sides[1]] });
}

/** A kernel with one lane for each element of `shape`; `body` sets `v` from plane, row and col, and may call `own`. */
export function perElement(
  name: string,
  call: KernelCall<unknown>,
  shape: Shape,
  own: WgslFunction | undefined,
  body: string,
): KernelText {
  const size = sizeOf(shape);
  const [, , height, width] = shape;
  const [columns, rows] = grid(Math.ceil(size / 64));
  return {
    name,
    wgsl: `${declareInputs(call.inputs.length)}
${call.epilogue.elements(own)}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * ${columns}u + group.x) * 64u + lane;
  let i = min(index, ${size - 1}u);
  let plane = i / ${height * width}u;
  let row = i32(i / ${width}u % ${height}u);
  let col = i32(i % ${width}u);
  var v = 0.0;
${body}
  if (index < ${size}u) {
    finish_at(plane, u32(row), u32(col), v);
  }
}
`,
    workgroups: [columns, rows, 1],
    cpu: { kind: "elements", own, body },
  };
}

/** WGSL: runs `body` for each (r, c) of the window of output (row, col) that lies in the plane. */
export function overWindow(input: Shape, { kernel, stride, padding }: Pool2dAttributes, body: string): string {
  const [, , height, width] = input;
  return `for (var i = 0; i < ${kernel[0]}; i++) {
    for (var j = 0; j < ${kernel[1]}; j++) {
      let r = row * ${stride[0]} - ${padding[0]} + i;
      let c = col * ${stride[1]} - ${padding[1]} + j;
      if (r >= 0 && r < ${height} && c >= 0 && c < ${width}) {
        ${body}
      }
    }
  }`;
}

/** WGSL: runs `body` for each output (y, x) whose window covers the input (row, col). */
export function overCovering(output: Shape, { kernel, stride, padding }: Pool2dAttributes, body: string): string {
  // One stride up before the division, which rounds towards zero.
  const first = (at: string, axis: 0 | 1) =>
    `max(${at} + ${padding[axis]} - ${kernel[axis]} + ${stride[axis]}, 0) / ${stride[axis]}`;
  const last = (at: string, axis: 0 | 1) =>
    `min((${at} + ${padding[axis]}) / ${stride[axis]}, ${output[axis + 2] - 1})`;
  return `for (var y = ${first("row", 0)}; y <= ${last("row", 0)}; y++) {
    for (var x = ${first("col", 1)}; x <= ${last("col", 1)}; x++) {
      ${body}
    }
  }`;
}

/** Cases for the shared suite. */
export const POOL_CASES: readonly OpCase<Pool2dAttributes>[] = [
  { name: "2x2", inputs: [[2, 3, 6, 8]], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: "remainder", inputs: [[1, 2, 7, 5]], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: "overlapping", inputs: [[2, 1, 7, 9]], attributes: { kernel: [3, 2], stride: [2, 1], padding: [0, 0] } },
  { name: "padded", inputs: [[3, 2, 5, 5]], attributes: { kernel: [3, 3], stride: [2, 2], padding: [1, 1] } },
  { name: "large windows", inputs: [[2, 2, 16, 12]], attributes: { kernel: [8, 6], stride: [8, 6], padding: [0, 0] } },
];
