/**
 * Convolutions of images and signals as functions and layers, in PyTorch's form.
 * @module
 */
import { checkArguments, expect, flag, whole } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, Parameter, type Tensor } from "../core/graph/module.ts";
import { checkGroups, ConvOp } from "./conv.ts";
import type { ConvAttributes } from "./conv_geometry.ts";
import { Conv2dOp } from "./conv2d.ts";
import { checkCounts, type LayerOptions } from "./layer.ts";
import { checkedPair, type Pair } from "./pair.ts";

/** Zeros around the input: on every side so many, `"valid"` for none, `"same"` for as many as keep the size at stride 1. */
export type ConvPadding<Size> = Size | "same" | "valid";

/** Options of {@linkcode conv2d}: one number for both directions, or (rows, columns). */
export interface Conv2dOptions {
  /** Steps of the kernel between two outputs; default 1. */
  readonly stride?: Pair;
  /** Rows and columns of zeros on every side, or `"same"` or `"valid"`; default 0. */
  readonly padding?: ConvPadding<Pair>;
  /** Elements from one tap of the kernel to the next; default 1. */
  readonly dilation?: Pair;
  /** Groups of channels that see nothing of each other; default 1. */
  readonly groups?: number;
}

/** Options of {@linkcode conv1d}. */
export interface Conv1dOptions {
  /** Steps of the kernel between two outputs; default 1. */
  readonly stride?: number;
  /** Zeros at both ends, or `"same"` or `"valid"`; default 0. */
  readonly padding?: ConvPadding<number>;
  /** Elements from one tap of the kernel to the next; default 1. */
  readonly dilation?: number;
  /** Groups of channels that see nothing of each other; default 1. */
  readonly groups?: number;
}

/** Options of {@linkcode Conv2d}, as in PyTorch. */
export interface Conv2dLayerOptions extends Conv2dOptions, LayerOptions {}

/** Options of {@linkcode Conv1d}, as in PyTorch. */
export interface Conv1dLayerOptions extends Conv1dOptions, LayerOptions {}

const NAMES = { stride: true, padding: true, dilation: true, groups: true } as const;
const OPTIONS = namesOf<Conv2dOptions>(NAMES);
const LAYER_OPTIONS = namesOf<Conv2dLayerOptions>({ ...NAMES, bias: true });
const POSITIONS = ["stride", "padding", "dilation", "groups", "bias"];

/**
 * The convolution of x `[N, C, H, W]` with weight `[K, C / groups, kh, kw]` plus bias `[K]`
 * (or null, the default); `[N, K, rows, columns]`. Throws a `ShapeError` where they do not fit
 * and an `ArgumentError` for options that are out of range.
 */
export function conv2d(x: Value, weight: Value, bias: Value | null = null, options: Conv2dOptions = {}): Value {
  checkArguments("conv2d()", arguments, 3, OPTIONS, POSITIONS);
  return convolved("conv2d()", x, weight, bias, 2, options);
}

/** The convolution of x `[N, C, L]` with weight `[K, C / groups, k]` plus bias `[K]` (or null, the default), as {@linkcode conv2d}. */
export function conv1d(x: Value, weight: Value, bias: Value | null = null, options: Conv1dOptions = {}): Value {
  checkArguments("conv1d()", arguments, 3, OPTIONS, POSITIONS);
  return convolved("conv1d()", x, weight, bias, 1, options);
}

function convolved(
  where: string,
  x: Value,
  weight: Value,
  bias: Value | null,
  rank: 1 | 2,
  options: Conv2dOptions,
): Value {
  const graph = graphOf(where, x);
  graphOf(where, weight);
  if (bias !== null) graphOf(where, bias);
  const kernel = Array.from({ length: rank }, (_, k) => weight.shape[k + 2] ?? 1);
  const attributes = convAttributes(where, kernel, options);
  const inputs = bias === null ? [x, weight] : [x, weight, bias];
  const { stride, padding, dilation, groups } = attributes;
  const plain = rank === 2 && groups === 1 && dilation.every((by) => by === 1) &&
    padding[0] === padding[2] && padding[1] === padding[3];
  if (!plain) return graph.apply(ConvOp, inputs, attributes)[0];
  const sides = { stride: [stride[0], stride[1]], padding: [padding[0], padding[1]] } as const;
  return graph.apply(Conv2dOp, inputs, sides)[0];
}

/** The options checked and completed for a kernel of these sizes. */
function convAttributes(where: string, kernel: readonly number[], options: Conv2dOptions): ConvAttributes {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const sizes = (name: string, value: unknown, least: number): readonly number[] =>
    kernel.length === 1 ? [whole(`${where}: ${name}`, value, least)] : checkedPair(`${where}: ${name}`, value, least);
  const attributes = {
    stride: sizes("stride", stride, 1),
    dilation: sizes("dilation", dilation, 1),
    groups: whole(`${where}: groups`, groups),
  };
  if (padding === "valid") return { ...attributes, padding: kernel.flatMap(() => [0, 0]) };
  if (padding !== "same") {
    if (typeof padding === "string") {
      expect(false, `${where}: padding`, padding, `"same", "valid" or how many zeros there are on every side`);
    }
    const sides = sizes("padding", padding, 0);
    return { ...attributes, padding: [...sides, ...sides] };
  }
  const { stride: steps, dilation: gaps } = attributes;
  expect(steps.every((step) => step === 1), `${where}: stride`, stride, `1, as padding "same" keeps the size`);
  const totals = kernel.map((taps, k) => (taps - 1) * gaps[k]);
  const before = totals.map((total) => Math.floor(total / 2));
  return { ...attributes, padding: [...before, ...totals.map((total, k) => total - before[k])] };
}

/** What convolutions of all shapes share. */
export abstract class ConvLayer extends Module {
  /** `[outChannels, inChannels / groups, ...kernelSize]`. */
  readonly weight: Parameter;
  /** `[outChannels]`, or null. */
  readonly bias: Parameter | null;

  /** Draws weight and bias. */
  constructor(
    layer: string,
    inChannels: number,
    outChannels: number,
    kernel: readonly number[],
    options: Conv2dLayerOptions,
  ) {
    super();
    const { bias = true, groups = 1 } = options;
    flag(`${layer}: bias`, bias);
    checkCounts(layer, { inChannels, outChannels });
    convAttributes(layer, kernel, options);
    checkGroups(layer, groups, { inChannels, outChannels });
    const shape = [outChannels, inChannels / groups, ...kernel];
    const bound = 1 / Math.sqrt(shape.slice(1).reduce((product, size) => product * size, 1));
    this.weight = new Parameter(shape, bound);
    this.bias = bias ? new Parameter([outChannels], bound) : null;
  }
}

/**
 * A two-dimensional convolution.
 *
 * @example
 * ```ts
 * import { Conv2d } from "@zkgrad/zkgrad";
 *
 * const layer = new Conv2d(1, 6, 5);
 * ```
 */
export class Conv2d extends ConvLayer {
  readonly #options: Conv2dLayerOptions;

  /**
   * Draws weight and bias from (-b, b), b = 1 / sqrt(inChannels / groups * kh * kw).
   * Throws an `ArgumentError` for options that are out of range, and for channels that do not fall into the groups.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dLayerOptions = {}) {
    checkArguments("Conv2d", arguments, 3, LAYER_OPTIONS, POSITIONS);
    super("Conv2d", inChannels, outChannels, checkedPair("Conv2d: kernelSize", kernelSize, 1), options);
    this.#options = { ...options };
  }

  /** `[N, inChannels, H, W]` to `[N, outChannels, H', W']`. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("Conv2d", x);
    return convolved("Conv2d", x, this.weight.in(graph), this.bias?.in(graph) ?? null, 2, this.#options);
  }
}

/**
 * A convolution of signals.
 *
 * @example
 * ```ts
 * import { Conv1d } from "@zkgrad/zkgrad";
 *
 * const layer = new Conv1d(1, 8, 5, { padding: "same" });
 * ```
 */
export class Conv1d extends ConvLayer {
  readonly #options: Conv1dLayerOptions;

  /**
   * Draws weight and bias from (-b, b), b = 1 / sqrt(inChannels / groups * kernelSize).
   * Throws an `ArgumentError` for options that are out of range, and for channels that do not fall into the groups.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: number, options: Conv1dLayerOptions = {}) {
    checkArguments("Conv1d", arguments, 3, LAYER_OPTIONS, POSITIONS);
    super("Conv1d", inChannels, outChannels, [whole("Conv1d: kernelSize", kernelSize)], options);
    this.#options = { ...options };
  }

  /** `[N, inChannels, L]` to `[N, outChannels, L']`. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("Conv1d", x);
    return convolved("Conv1d", x, this.weight.in(graph), this.bias?.in(graph) ?? null, 1, this.#options);
  }
}
