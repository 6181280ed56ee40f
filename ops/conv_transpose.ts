/**
 * Transposed convolutions of images and signals as functions and layers, in PyTorch's form.
 * @module
 */
import { checkArguments, flag, whole } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, Parameter, type Tensor } from "../core/graph/module.ts";
import { checkGroups } from "./conv.ts";
import { type ConvTransposeAttributes, ConvTransposeOp } from "./conv_transpose_op.ts";
import { checkCounts, type LayerOptions } from "./layer.ts";
import { checkedPair, type Pair } from "./pair.ts";

/** Options of {@linkcode convTranspose2d}: one number for both directions, or (rows, columns). */
export interface ConvTranspose2dOptions {
  /** Steps of the kernel between two inputs; default 1. */
  readonly stride?: Pair;
  /** Rows and columns that are left out of the result on every side; default 0. */
  readonly padding?: Pair;
  /** Rows and columns more at the end of the result; default 0. */
  readonly outputPadding?: Pair;
  /** Groups of channels that see nothing of each other; default 1. */
  readonly groups?: number;
  /** Elements from one tap of the kernel to the next; default 1. */
  readonly dilation?: Pair;
}

/** Options of {@linkcode convTranspose1d}, as those of {@linkcode convTranspose2d}. */
export interface ConvTranspose1dOptions {
  /** Steps of the kernel between two inputs; default 1. */
  readonly stride?: number;
  /** Elements that are left out of the result at both ends; default 0. */
  readonly padding?: number;
  /** Elements more at the end of the result; default 0. */
  readonly outputPadding?: number;
  /** Groups of channels that see nothing of each other; default 1. */
  readonly groups?: number;
  /** Elements from one tap of the kernel to the next; default 1. */
  readonly dilation?: number;
}

/** Options of {@linkcode ConvTranspose2d}, as in PyTorch. */
export interface ConvTranspose2dLayerOptions extends ConvTranspose2dOptions, LayerOptions {}

/** Options of {@linkcode ConvTranspose1d}, as in PyTorch. */
export interface ConvTranspose1dLayerOptions extends ConvTranspose1dOptions, LayerOptions {}

const NAMES = { stride: true, padding: true, outputPadding: true, groups: true, dilation: true } as const;
const OPTIONS = namesOf<ConvTranspose2dOptions>(NAMES);
const LAYER_OPTIONS = namesOf<ConvTranspose2dLayerOptions>({ ...NAMES, bias: true });
const FUNCTION_POSITIONS = ["stride", "padding", "outputPadding", "groups", "dilation"];
const POSITIONS = ["stride", "padding", "outputPadding", "groups", "bias", "dilation"];

/**
 * The transposed convolution of x `[N, K, H, W]` with weight `[K, C / groups, kh, kw]` plus bias `[C]` (or null, the
 * default); `[N, C, rows, columns]`, `rows = (H - 1) stride - 2 padding + dilation (kh - 1) + outputPadding + 1`. Throws a
 * `ShapeError` where they do not fit and an `ArgumentError` for options that are out of range.
 */
export function convTranspose2d(
  x: Value,
  weight: Value,
  bias: Value | null = null,
  options: ConvTranspose2dOptions = {},
): Value {
  checkArguments("convTranspose2d()", arguments, 3, OPTIONS, FUNCTION_POSITIONS);
  return transposed("convTranspose2d()", x, weight, bias, 2, options);
}

/** The same of signals: x `[N, K, L]` and weight `[K, C / groups, k]`. */
export function convTranspose1d(
  x: Value,
  weight: Value,
  bias: Value | null = null,
  options: ConvTranspose1dOptions = {},
): Value {
  checkArguments("convTranspose1d()", arguments, 3, OPTIONS, FUNCTION_POSITIONS);
  return transposed("convTranspose1d()", x, weight, bias, 1, options);
}

function transposed(
  where: string,
  x: Value,
  weight: Value,
  bias: Value | null,
  rank: 1 | 2,
  options: ConvTranspose2dOptions,
): Value {
  const graph = graphOf(where, x);
  graphOf(where, weight);
  if (bias !== null) graphOf(where, bias);
  const attributes = transposeAttributes(where, rank, options);
  return graph.apply(ConvTransposeOp, bias === null ? [x, weight] : [x, weight, bias], attributes)[0];
}

function transposeAttributes(where: string, rank: 1 | 2, options: ConvTranspose2dOptions): ConvTransposeAttributes {
  const { stride = 1, padding = 0, outputPadding = 0, groups = 1, dilation = 1 } = options;
  const sizes = (name: string, value: unknown, least: number): readonly number[] =>
    rank === 1 ? [whole(`${where}: ${name}`, value, least)] : checkedPair(`${where}: ${name}`, value, least);
  const sides = sizes("padding", padding, 0);
  return {
    stride: sizes("stride", stride, 1),
    padding: [...sides, ...sides],
    outputPadding: sizes("outputPadding", outputPadding, 0),
    dilation: sizes("dilation", dilation, 1),
    groups: whole(`${where}: groups`, groups),
  };
}

/** What transposed convolutions of all shapes share. */
export abstract class ConvTransposeLayer extends Module {
  /** `[inChannels, outChannels / groups, ...kernelSize]`. */
  readonly weight: Parameter;
  /** `[outChannels]`, or null. */
  readonly bias: Parameter | null;

  /** Draws weight and bias. */
  constructor(
    layer: string,
    inChannels: number,
    outChannels: number,
    kernel: readonly number[],
    options: ConvTranspose2dLayerOptions,
  ) {
    super();
    const { bias = true, groups = 1 } = options;
    flag(`${layer}: bias`, bias);
    checkCounts(layer, { inChannels, outChannels });
    transposeAttributes(layer, kernel.length === 1 ? 1 : 2, options);
    checkGroups(layer, groups, { inChannels, outChannels });
    const shape = [inChannels, outChannels / groups, ...kernel];
    const bound = 1 / Math.sqrt(shape.slice(1).reduce((product, size) => product * size, 1));
    this.weight = new Parameter(shape, bound);
    this.bias = bias ? new Parameter([outChannels], bound) : null;
  }
}

/**
 * A transposed convolution of images.
 *
 * @example
 * ```ts
 * import { ConvTranspose2d } from "@zkgrad/zkgrad";
 *
 * const layer = new ConvTranspose2d(16, 8, 2, { stride: 2 }); // twice as high and wide
 * ```
 */
export class ConvTranspose2d extends ConvTransposeLayer {
  readonly #options: ConvTranspose2dOptions;

  /**
   * Draws weight and bias from (-b, b), b = 1 / sqrt(outChannels / groups * kh * kw), as PyTorch does.
   * Throws an `ArgumentError` for options that are out of range, and for channels that do not fall into the groups.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: ConvTranspose2dLayerOptions = {}) {
    checkArguments("ConvTranspose2d", arguments, 3, LAYER_OPTIONS, POSITIONS);
    super(
      "ConvTranspose2d",
      inChannels,
      outChannels,
      checkedPair("ConvTranspose2d: kernelSize", kernelSize, 1),
      options,
    );
    this.#options = { ...options };
  }

  /** `[N, inChannels, H, W]` to `[N, outChannels, H', W']`. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("ConvTranspose2d", x);
    return transposed("ConvTranspose2d", x, this.weight.in(graph), this.bias?.in(graph) ?? null, 2, this.#options);
  }
}

/** A transposed convolution of signals. */
export class ConvTranspose1d extends ConvTransposeLayer {
  readonly #options: ConvTranspose1dOptions;

  /**
   * Draws weight and bias from (-b, b), b = 1 / sqrt(outChannels / groups * kernelSize), as PyTorch does.
   * Throws an `ArgumentError` for options that are out of range, and for channels that do not fall into the groups.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: number, options: ConvTranspose1dLayerOptions = {}) {
    checkArguments("ConvTranspose1d", arguments, 3, LAYER_OPTIONS, POSITIONS);
    super("ConvTranspose1d", inChannels, outChannels, [whole("ConvTranspose1d: kernelSize", kernelSize)], options);
    this.#options = { ...options };
  }

  /** `[N, inChannels, L]` to `[N, outChannels, L']`. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("ConvTranspose1d", x);
    return transposed("ConvTranspose1d", x, this.weight.in(graph), this.bias?.in(graph) ?? null, 1, this.#options);
  }
}
