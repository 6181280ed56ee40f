/**
 * What average and maximum pooling have in common: attributes, shapes, ONNX
 * attributes, and the walk over windows.
 * @module
 */
import { flag } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import type { KernelCall, KernelText, OnnxAttribute, OnnxNode, OpCase } from "../core/graph/op.ts";
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
  /** Those added below and at the right, where they are others than above and at the left. */
  readonly after?: readonly [number, number];
  /** Elements from one that the window covers to the next; 1 unless given. */
  readonly dilation?: readonly [number, number];
  /** True: a last window may reach beyond the padding, whose elements do not count. */
  readonly ceilMode?: boolean;
  /** False: a mean is one over the elements of the plane alone, without padding. */
  readonly countIncludePad?: boolean;
}

/** Options of pooling, as in PyTorch. */
export interface Pool2dOptions {
  /** How far the window moves; default the window's size. */
  readonly stride?: Pair;
  /** Rows and columns added on each side; default 0. */
  readonly padding?: Pair;
  /** Whether a last window may reach beyond the plane; default false. */
  readonly ceilMode?: boolean;
}

/** Options of average pooling, as in PyTorch. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether the zeros of the padding count in a mean; default true. */
  readonly countIncludePad?: boolean;
}

/** Options of maximum pooling, as in PyTorch. */
export interface MaxPool2dOptions extends Pool2dOptions {
  /** Elements from one that the window covers to the next; default 1. */
  readonly dilation?: Pair;
}

/** The names of the options. */
export const POOL_OPTIONS = {
  average: namesOf<AvgPool2dOptions>({ stride: true, padding: true, ceilMode: true, countIncludePad: true }),
  maximum: namesOf<MaxPool2dOptions>({ stride: true, padding: true, dilation: true, ceilMode: true }),
} as const;

/** What PyTorch's pooling takes by position after the kernel: average and maximum. */
export const POOL_POSITIONS = {
  average: ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"],
  maximum: ["stride", "padding", "dilation", "returnIndices", "ceilMode"],
} as const;

/** Checks and completes the attributes. */
export function poolAttributes(
  name: string,
  kernelSize: Pair,
  options: AvgPool2dOptions & MaxPool2dOptions,
): Pool2dAttributes {
  const kernel = checkedPair(`${name}: kernelSize`, kernelSize, 1);
  const { stride: step = kernel, padding: sides = 0, dilation: gaps = 1 } = options;
  const { ceilMode = false, countIncludePad = true } = options;
  const stride = checkedPair(`${name}: stride`, step, 1);
  const padding = checkedPair(`${name}: padding`, sides, 0);
  const dilation = checkedPair(`${name}: dilation`, gaps, 1);
  if (padding.some((size, axis) => size > ((kernel[axis] - 1) * dilation[axis] + 1) / 2)) {
    throw new ArgumentError(`${name}: padding ${padding} must be at most half of the kernel ${kernel}`);
  }
  flag(`${name}: ceilMode`, ceilMode);
  flag(`${name}: countIncludePad`, countIncludePad);
  return completed({ kernel, stride, padding, dilation, ceilMode, countIncludePad });
}

/** The attributes without those that say nothing. */
function completed(given: Pool2dAttributes): Pool2dAttributes {
  const { kernel, stride, padding, after, dilation, ceilMode, countIncludePad } = given;
  const padded = [...padding, ...after ?? []].some((size) => size > 0);
  return {
    kernel,
    stride,
    padding,
    ...after?.some((size, axis) => size !== padding[axis]) ? { after } : {},
    ...dilation?.some((by) => by !== 1) ? { dilation } : {},
    ...ceilMode ? { ceilMode } : {},
    ...countIncludePad === false && padded ? { countIncludePad } : {},
  };
}

/** Along an axis: elements from the first that a window covers to the last, and how far padding reaches behind. */
function reachOf({ kernel, padding, after = padding, dilation = [1, 1] }: Pool2dAttributes, axis: number) {
  return { reach: (kernel[axis] - 1) * dilation[axis] + 1, behind: after[axis], gap: dilation[axis] };
}

/** `[N, C, H, W]` to the shape after pooling. */
export function pooledShape(input: Shape, attributes: Pool2dAttributes): Shape {
  if (input.length !== 4) throw new ShapeError(`pooling takes [N, C, H, W] and was given ${showShape(input)}`);
  const { kernel, stride, padding, ceilMode = false } = attributes;
  const [n, c, ...plane] = input;
  const sizes = plane.map((size, axis) => {
    const { reach, behind } = reachOf(attributes, axis);
    const room = padding[axis] + size + behind - reach;
    if (room < 0 || !ceilMode) return Math.floor(room / stride[axis]) + 1;
    const last = Math.ceil(room / stride[axis]);
    // A window that would begin in the padding behind is left out.
    return last * stride[axis] >= size + padding[axis] ? last : last + 1;
  });
  if (sizes.some((size) => size < 1)) {
    throw new ShapeError(`a ${kernel.join("x")} window does not fit into ${showShape(input)} with padding ${padding}`);
  }
  return [n, c, ...sizes];
}

/** Whether the windows are 2x2, side by side, and cover the plane: the case that fuses. */
export function isHalving(input: Shape, { kernel, stride, padding, after, dilation }: Pool2dAttributes): boolean {
  return [...kernel, ...stride].every((size) => size === 2) && padding.every((size) => size === 0) &&
    after === undefined && dilation === undefined && input[2] % 2 === 0 && input[3] % 2 === 0;
}

/** The attributes that ONNX's AveragePool and MaxPool share. */
export function writePool(attributes: Pool2dAttributes): Record<string, OnnxAttribute> {
  const { kernel, stride, padding, after = padding, ceilMode = false } = attributes;
  return {
    ceil_mode: ceilMode ? 1 : 0,
    kernel_shape: [...kernel],
    pads: [...padding, ...after],
    strides: [...stride],
  };
}

/** Reads what {@linkcode writePool} writes, of images `[N, C, H, W]` or signals `[N, C, L]`. */
export function readPool(node: OnnxNode): Pool2dAttributes {
  const rank = node.shape(0).length - 2;
  if (rank !== 1 && rank !== 2) {
    throw new ArgumentError(
      `it pools ${showShape(node.shape(0))}, expected images [N, C, H, W] or signals [N, C, L]; reshape them`,
    );
  }
  const list = (name: string, length: number, otherwise: number): readonly number[] => {
    const given = node.list(name) ?? Array.from({ length }, () => otherwise);
    if (given.length === length && given.every((size) => size >= otherwise)) return given;
    throw new ArgumentError(`its ${name} are [${given.join(", ")}], expected ${length} numbers from ${otherwise}`);
  };
  const two = (values: readonly number[], first: number): readonly [number, number] =>
    rank === 1 ? [first, values[0]] : [values[0], values[1]];
  const pads = list("pads", 2 * rank, 0);
  return completed({
    kernel: two(list("kernel_shape", rank, 1), 1),
    stride: two(list("strides", rank, 1), 1),
    padding: two(pads.slice(0, rank), 0),
    after: two(pads.slice(rank), 0),
    dilation: two(list("dilations", rank, 1), 1),
    ceilMode: node.number("ceil_mode", 0) !== 0,
    countIncludePad: node.number("count_include_pad", 0) !== 0,
  });
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
export function overWindow(input: Shape, attributes: Pool2dAttributes, body: string): string {
  const [, , height, width] = input;
  const { kernel, stride, padding, dilation = [1, 1] } = attributes;
  const tap = (name: string, by: number): string => by === 1 ? name : `${name} * ${by}`;
  return `for (var i = 0; i < ${kernel[0]}; i++) {
    for (var j = 0; j < ${kernel[1]}; j++) {
      let r = row * ${stride[0]} - ${padding[0]} + ${tap("i", dilation[0])};
      let c = col * ${stride[1]} - ${padding[1]} + ${tap("j", dilation[1])};
      if (r >= 0 && r < ${height} && c >= 0 && c < ${width}) {
        ${body}
      }
    }
  }`;
}

/** WGSL: runs `body` for each output (y, x) whose window covers the input (row, col). */
export function overCovering(output: Shape, attributes: Pool2dAttributes, body: string): string {
  const { stride, padding, dilation } = attributes;
  // One stride up before the division, which rounds towards zero.
  const first = (at: string, axis: 0 | 1) =>
    `max(${at} + ${padding[axis] - reachOf(attributes, axis).reach + stride[axis]}, 0) / ${stride[axis]}`;
  const last = (at: string, axis: 0 | 1) =>
    `min((${at} + ${padding[axis]}) / ${stride[axis]}, ${output[axis + 2] - 1})`;
  const met = (at: string, out: string, axis: 0 | 1) =>
    `(${at} + ${padding[axis]} - ${out} * ${stride[axis]}) % ${reachOf(attributes, axis).gap} == 0`;
  const inner = dilation === undefined ? body : `if (${met("row", "y", 0)} && ${met("col", "x", 1)}) {
        ${body}
      }`;
  return `for (var y = ${first("row", 0)}; y <= ${last("row", 0)}; y++) {
    for (var x = ${first("col", 1)}; x <= ${last("col", 1)}; x++) {
      ${inner}
    }
  }`;
}

/** WGSL of type f32: how many elements the mean of output (y, x) is one over. */
export function countedBy(input: Shape, attributes: Pool2dAttributes, y: string, x: string): string {
  const { kernel, stride, padding, ceilMode = false, countIncludePad = true } = attributes;
  if (countIncludePad && !ceilMode) return `${kernel[0] * kernel[1]}.0`;
  const along = (at: string, axis: 0 | 1): string => {
    const { behind, gap } = reachOf(attributes, axis);
    const start = `(${at} * ${stride[axis]} - ${padding[axis]})`;
    const end = input[axis + 2] + (countIncludePad ? behind : 0);
    const from = countIncludePad ? "0" : `max(${gap - 1} - ${start}, 0) / ${gap}`;
    return `(min(${kernel[axis] - 1}, (${end - 1} - ${start}) / ${gap}) - ${from} + 1)`;
  };
  return `f32(${along(y, 0)} * ${along(x, 1)})`;
}

/** Cases for the shared suite. */
export const POOL_CASES: readonly OpCase<Pool2dAttributes>[] = [
  { name: "2x2", inputs: [[2, 3, 6, 8]], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: "remainder", inputs: [[1, 2, 7, 5]], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: "overlapping", inputs: [[2, 1, 7, 9]], attributes: { kernel: [3, 2], stride: [2, 1], padding: [0, 0] } },
  { name: "padded", inputs: [[3, 2, 5, 5]], attributes: { kernel: [3, 3], stride: [2, 2], padding: [1, 1] } },
  { name: "large windows", inputs: [[2, 2, 16, 12]], attributes: { kernel: [8, 6], stride: [8, 6], padding: [0, 0] } },
  {
    name: "more at the end",
    inputs: [[9, 2, 6, 5]],
    attributes: { kernel: [3, 2], stride: [2, 2], padding: [0, 1], after: [1, 0] },
  },
  {
    name: "a last window beyond the plane",
    inputs: [[2, 2, 6, 8]],
    attributes: { kernel: [3, 3], stride: [2, 3], padding: [0, 0], ceilMode: true },
  },
];
