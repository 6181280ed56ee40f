/**
 * Resizing of signals and images: along each axis an element is the nearest of the input, or lies between two of them on
 * a line. Where elements come from is known from the sizes, so that it is made of gathering, products and sums.
 * @module
 */
import { checkArguments, expect, finite, flag, whole } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { namesOf, oneOf } from "../core/base/known.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OnnxNode, OnnxReader } from "../core/graph/op.ts";
import { add } from "./add.ts";
import { expandTo } from "./broadcast.ts";
import { indexSelect } from "./gather.ts";
import { mul } from "./mul.ts";
import { reshape } from "./reshape.ts";

/** How elements are made: the nearest, or on a line between two, which PyTorch calls bilinear for images. */
export type ResizeMode = "nearest" | "linear" | "bilinear";

/** Options of {@linkcode interpolate} and {@linkcode Upsample}, as in PyTorch. */
export interface InterpolateOptions {
  /** Sizes of the result's axes behind the channels: one for all, or one for each. */
  readonly size?: number | readonly number[];
  /** Or how many times larger they are. */
  readonly scaleFactor?: number | readonly number[];
  /** Default `nearest`; `linear` is for signals, `bilinear` for images. */
  readonly mode?: ResizeMode;
  /** Whether the first and the last elements stay where they are, for lines; default false. */
  readonly alignCorners?: boolean;
}

const OPTIONS = namesOf<InterpolateOptions>({ size: true, scaleFactor: true, mode: true, alignCorners: true });

/** The sizes of an axis before and after, and by what it is stepped: not quite their ratio where sizes are rounded. */
interface Axis {
  readonly from: number;
  readonly size: number;
  readonly scale: number;
}

/** Where element `at` of the result lies among the input's. */
type Place = (at: number, axis: Axis) => number;

const { fround } = Math;

/** One axis taken from places by the nearest element. */
function nearest(x: Value, axis: number, to: Axis, place: Place, round: (at: number) => number): Value {
  const { from: all, size } = to;
  const indices = Array.from(
    { length: size },
    (_, at) => Math.min(all - 1, Math.max(0, round(place(at, to)))),
  );
  const times = size / all;
  if (!Number.isInteger(times) || indices.some((index, at) => index !== Math.floor(at / times))) {
    return indexSelect(x, axis, indices);
  }
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const spread = expandTo(reshape(x, [...before, all, 1, ...behind]), [...before, all, times, ...behind]);
  return reshape(spread, [...before, size, ...behind]);
}

/** One axis taken from places on lines between two neighbours. */
function linear(x: Value, axis: number, to: Axis, place: Place): Value {
  const { from: all, size } = to;
  const places = Array.from({ length: size }, (_, at) => Math.min(all - 1, Math.max(0, place(at, to))));
  const low = places.map((at) => Math.min(Math.floor(at), Math.max(0, all - 2)));
  const part = places.map((at, k) => at - low[k]);
  const spread = (numbers: readonly number[]): Value =>
    x.graph.constant([size, ...x.shape.slice(axis + 1).map(() => 1)], numbers, "weights");
  const first = mul(indexSelect(x, axis, low), spread(part.map((by) => 1 - by)));
  if (part.every((by) => by === 0)) return indexSelect(x, axis, low);
  return add(first, mul(indexSelect(x, axis, low.map((at) => Math.min(all - 1, at + 1))), spread(part)));
}

/** PyTorch's and ONNX's places, by ONNX's names, in 32 bits as both compute them, so that halves are rounded alike. */
const PLACES: Readonly<Record<string, Place>> = {
  half_pixel: (at, { scale }) => fround(fround((at + 0.5) / scale) - 0.5),
  pytorch_half_pixel: (at, { scale, size }) => size > 1 ? fround(fround((at + 0.5) / scale) - 0.5) : 0,
  align_corners: (at, { size, from }) => size > 1 ? fround(at * (from - 1) / (size - 1)) : 0,
  asymmetric: (at, { scale }) => fround(at / scale),
};

/** How ONNX rounds places to the nearest element. */
const ROUNDS: Readonly<Record<string, (at: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
};

/**
 * `x` `[N, C, L]` or `[N, C, H, W]` with other sizes behind the channels. Throws an `ArgumentError` for options that do not
 * fit together.
 */
export function interpolate(x: Value, options: InterpolateOptions): Value {
  checkArguments("interpolate()", arguments, 1, OPTIONS, ["size", "scaleFactor", "mode", "alignCorners"]);
  return resized("interpolate()", x, options ?? {});
}

function resized(where: string, x: Value, options: InterpolateOptions): Value {
  graphOf(where, x);
  const rank = x.shape.length - 2;
  if (rank !== 1 && rank !== 2) {
    throw new ShapeError(
      `${where} takes [N, C, L] or [N, C, H, W] and was given ${showShape(x.shape)}; reshape it`,
    );
  }
  checkResize(where, options);
  const { size, scaleFactor, mode = "nearest", alignCorners = false } = options;
  const list = (value: number | readonly number[]): readonly number[] =>
    typeof value === "number" ? Array.from({ length: rank }, () => value) : value;
  const wanted = list(size ?? scaleFactor!);
  expect(wanted.length === rank, `${where}: ${size === undefined ? "scaleFactor" : "size"}`, wanted, `${rank} numbers`);
  expect(
    mode === "nearest" || mode === (rank === 1 ? "linear" : "bilinear"),
    `${where}: mode`,
    mode,
    `"nearest" or "${rank === 1 ? "linear" : "bilinear"}" for ${showShape(x.shape)}`,
  );
  const sizes = size === undefined ? wanted.map((scale, k) => Math.floor(x.shape[k + 2] * scale)) : wanted;
  return sizes.reduce((y, own, k) => {
    const from = y.shape[k + 2];
    if (own === from) return y;
    // PyTorch steps by the factor itself, whatever the size is rounded to.
    const to = { from, size: own, scale: size === undefined ? wanted[k] : own / from };
    if (mode === "nearest") return nearest(y, k + 2, to, PLACES.asymmetric, Math.floor);
    return linear(y, k + 2, to, alignCorners ? PLACES.align_corners : PLACES.half_pixel);
  }, x);
}

function checkResize(where: string, { size, scaleFactor, mode = "nearest", alignCorners = false }: InterpolateOptions) {
  const one = (size === undefined) !== (scaleFactor === undefined);
  expect(one, `${where}: size`, size, "a size or a scaleFactor, one of them");
  const given = size ?? scaleFactor;
  expect(!Array.isArray(given) || given.length > 0, `${where}: size`, given, "a number for each axis");
  if (size !== undefined) [size].flat().forEach((own) => whole(`${where}: size`, own));
  else {
    [scaleFactor].flat().forEach((scale) => {
      finite(`${where}: scaleFactor`, scale, Number.MIN_VALUE);
    });
  }
  oneOf(`${where}: mode`, mode, ["nearest", "linear", "bilinear"]);
  flag(`${where}: alignCorners`, alignCorners);
  expect(!alignCorners || mode !== "nearest", `${where}: alignCorners`, alignCorners, 'false in mode "nearest"');
}

/**
 * Resizing as a layer.
 *
 * @example
 * ```ts
 * import { Upsample } from "@zkgrad/zkgrad";
 *
 * const layer = new Upsample({ scaleFactor: 2, mode: "bilinear" });
 * ```
 */
export class Upsample extends Module {
  readonly #options: InterpolateOptions;

  /** Throws an `ArgumentError` for options that do not fit together. */
  constructor(options: InterpolateOptions) {
    super();
    checkArguments("Upsample", arguments, 0, OPTIONS, ["size", "scaleFactor", "mode", "alignCorners"]);
    checkResize("Upsample", options ?? {});
    this.#options = { ...options };
  }

  /** `[N, C, L]` or `[N, C, H, W]` to the same with other sizes. */
  override forward(x: Tensor): Tensor {
    return resized("Upsample", x, this.#options);
  }
}

/** Resize and Upsample of a file, the latter with places and rounding of its own. */
function read(node: OnnxNode, coordinates: string, rounding: string): Value {
  const x = node.input(0);
  const mode = node.text("mode", "nearest");
  const [place, round] = [PLACES, ROUNDS].map((known, k) => {
    const name = [coordinates, rounding][k];
    if (Object.hasOwn(known, name)) return known[name];
    throw new ArgumentError(`it resizes by ${name}, expected one of ${Object.keys(known).join(", ")}`);
  }) as [Place, (at: number) => number];
  const known = ["nearest", "linear", "bilinear"].includes(mode);
  if (!known || node.number("antialias", 0) !== 0 || node.number("exclude_outside", 0) !== 0) {
    throw new ArgumentError(
      `its mode is "${mode}", with antialias or exclude_outside, expected plain nearest or linear`,
    );
  }
  if (node.list("axes") !== null || node.text("keep_aspect_ratio_policy", "stretch") !== "stretch") {
    throw new ArgumentError("it resizes some axes alone or keeps their proportions, expected a size for each axis");
  }
  const scales = node.list("scales");
  const sizes = node.list("sizes") ?? scales?.map((scale, axis) => Math.floor(x.shape[axis] * scale));
  if (sizes === undefined || sizes.length !== x.shape.length) {
    throw new ArgumentError("its sizes are computed, expected constants; export the model with fixed sizes");
  }
  return sizes.reduce((y, size, axis) => {
    const from = y.shape[axis];
    const to = { from, size, scale: fround(scales?.[axis] ?? size / from) };
    if (size === from && to.scale === 1) return y;
    return mode === "nearest" ? nearest(y, axis, to, place, round) : linear(y, axis, to, place);
  }, x);
}

/** The readers, by operator. */
export const RESIZES: Readonly<Record<string, OnnxReader>> = {
  Resize: (node) =>
    read(
      node,
      node.text("coordinate_transformation_mode", "half_pixel"),
      node.text("nearest_mode", "round_prefer_floor"),
    ),
  Upsample: (node) => read(node, "asymmetric", "floor"),
};
