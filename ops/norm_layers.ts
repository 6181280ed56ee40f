/**
 * LayerNorm, GroupNorm and InstanceNorm: normalisation within a sample, the same in training and evaluation.
 * @module
 */
import { checkArguments, expect, whole } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { namesOf } from "../core/base/known.ts";
import { type Shape, showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Parameter, type Tensor } from "../core/graph/module.ts";
import { GroupNormOp } from "./group_norm.ts";
import { checkCounts } from "./layer.ts";
import { affine, affineOf, checkedEps } from "./norm.ts";

/**
 * Each sample's groups of channels normalised by themselves: `x` `[N, C, ...]`, weight and bias `[C]` or null. Throws an
 * `ArgumentError` where the channels do not fall into so many groups.
 */
export function groupNorm(
  x: Value,
  numGroups: number,
  weight: Value | null = null,
  bias: Value | null = null,
  eps: number = 1e-5,
): Value {
  checkArguments("groupNorm()", arguments, 5);
  return grouped("groupNorm()", x, numGroups, weight, bias, eps);
}

/** Each channel of each sample normalised by itself: `x` `[N, C, ...]`, weight and bias `[C]` or null. */
export function instanceNorm(
  x: Value,
  weight: Value | null = null,
  bias: Value | null = null,
  eps: number = 1e-5,
): Value {
  checkArguments("instanceNorm()", arguments, 4);
  graphOf("instanceNorm()", x);
  return grouped("instanceNorm()", x, x.shape[1] ?? 1, weight, bias, eps);
}

function grouped(
  where: string,
  x: Value,
  groups: number,
  weight: Value | null,
  bias: Value | null,
  eps: number,
): Value {
  const graph = graphOf(where, x);
  [weight, bias].forEach((value) => value === null || graphOf(where, value));
  const { shape } = x;
  if (shape.length < 2) {
    throw new ShapeError(`${where} takes [N, C, ...] and was given ${showShape(shape)}; reshape it`);
  }
  whole(`${where}: numGroups`, groups);
  if (shape[1] % groups !== 0) {
    throw new ArgumentError(`${where} got ${shape[1]} channels, which do not fall into ${groups} groups of one size`);
  }
  const [factor, offset] = affine(where, graph, [shape[1]], weight, bias);
  return graph.apply(GroupNormOp, [x, factor, offset], { groups, eps: checkedEps(where, eps) })[0];
}

/**
 * The last dimensions, of the sizes `normalizedShape`, normalised together; weight and bias have that shape, or are null.
 * Throws a `ShapeError` where x does not end in these sizes, or they are all of it.
 */
export function layerNorm(
  x: Value,
  normalizedShape: number | Shape,
  weight: Value | null = null,
  bias: Value | null = null,
  eps: number = 1e-5,
): Value {
  checkArguments("layerNorm()", arguments, 5);
  return overLast("layerNorm()", x, sizes("layerNorm()", normalizedShape), weight, bias, eps);
}

function overLast(
  where: string,
  x: Value,
  shape: Shape,
  weight: Value | null,
  bias: Value | null,
  eps: number,
): Value {
  const graph = graphOf(where, x);
  [weight, bias].forEach((value) => value === null || graphOf(where, value));
  const start = x.shape.length - shape.length;
  if (start < 1 || shape.some((size, k) => size !== x.shape[start + k])) {
    throw new ShapeError(
      `${where} normalises [N, ..., ${shape.join(", ")}] and was given ${showShape(x.shape)}; make it with the sizes ` +
        "that the tensor ends in, the batch left out",
    );
  }
  const [factor, offset] = affine(where, graph, shape, weight, bias);
  return graph.apply(GroupNormOp, [x, factor, offset], { groups: null, eps: checkedEps(where, eps) })[0];
}

function sizes(where: string, shape: unknown): Shape {
  const list = typeof shape === "number" ? [shape] : shape;
  const sound = Array.isArray(list) && list.length > 0 && list.every((size) => Number.isSafeInteger(size) && size > 0);
  expect(sound, `${where}: normalizedShape`, shape, "a positive integer, or a list of them");
  return list as number[];
}

/** Options of {@linkcode LayerNorm}, as in PyTorch. */
export interface LayerNormOptions {
  /** What is added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether there is a weight for each element; default true. */
  readonly elementwiseAffine?: boolean;
  /** Whether there is a bias too; default true. */
  readonly bias?: boolean;
}

const LAYER_OPTIONS = namesOf<LayerNormOptions>({ eps: true, elementwiseAffine: true, bias: true });

/**
 * Normalisation over the last dimensions.
 *
 * @example
 * ```ts
 * import { LayerNorm, Linear, ReLU, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(20, 64), new LayerNorm(64), new ReLU(), new Linear(64, 3));
 * ```
 */
export class LayerNorm extends Module {
  /** `normalizedShape`, or null. */
  readonly weight: Parameter | null;
  /** `normalizedShape`, or null. */
  readonly bias: Parameter | null;
  readonly #shape: Shape;
  readonly #eps: number;

  /** Weights are ones, biases zeros; throws an `ArgumentError` for options that are out of range. */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    checkArguments("LayerNorm", arguments, 1, LAYER_OPTIONS, ["eps", "elementwiseAffine", "bias"]);
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    this.#shape = sizes("LayerNorm", normalizedShape);
    this.#eps = checkedEps("LayerNorm", eps);
    affineOf("LayerNorm", this.#shape, elementwiseAffine, bias);
    const made = affineOf("LayerNorm", this.#shape, elementwiseAffine, elementwiseAffine && bias);
    ({ weight: this.weight, bias: this.bias } = made);
  }

  /** `[N, ..., normalizedShape]` to the same. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("LayerNorm", x);
    const [weight, bias] = [this.weight, this.bias].map((parameter) => parameter?.in(graph) ?? null);
    return overLast("LayerNorm", x, this.#shape, weight, bias, this.#eps);
  }
}

/** Options of {@linkcode GroupNorm} (with affine by default) and of InstanceNorm (without), as in PyTorch. */
export interface GroupNormOptions {
  /** What is added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether there are a weight and a bias for each channel. */
  readonly affine?: boolean;
}

const GROUP_OPTIONS = namesOf<GroupNormOptions>({ eps: true, affine: true });

/**
 * Normalisation of each sample's groups of channels.
 *
 * @example
 * ```ts
 * import { GroupNorm } from "@zkgrad/zkgrad";
 *
 * const layer = new GroupNorm(4, 16); // 4 groups of 4 channels
 * ```
 */
export class GroupNorm extends Module {
  /** `[numChannels]`, or null. */
  readonly weight: Parameter | null;
  /** `[numChannels]`, or null. */
  readonly bias: Parameter | null;
  readonly #groups: number;
  readonly #channels: number;
  readonly #eps: number;

  /** Weights are ones, biases zeros; throws an `ArgumentError` where the channels do not fall into the groups. */
  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    super();
    checkArguments("GroupNorm", arguments, 2, GROUP_OPTIONS, ["eps", "affine"]);
    checkCounts("GroupNorm", { numGroups, numChannels });
    const sound = numChannels % numGroups === 0;
    expect(sound, "GroupNorm: numChannels", numChannels, `a multiple of the ${numGroups} groups`);
    const { eps = 1e-5, affine = true } = options;
    [this.#groups, this.#channels, this.#eps] = [numGroups, numChannels, checkedEps("GroupNorm", eps)];
    ({ weight: this.weight, bias: this.bias } = affineOf("GroupNorm", [numChannels], affine, affine));
  }

  /** `[N, numChannels, ...]` to the same. */
  override forward(x: Tensor): Tensor {
    return channels(
      "GroupNorm",
      x,
      this.#channels,
      null,
      (weight, bias) => grouped("GroupNorm", x, this.#groups, weight, bias, this.#eps),
      this,
    );
  }
}

/** Checks what a layer is given, and hands over its weights. */
function channels(
  layer: string,
  x: Tensor,
  count: number,
  rank: number | null,
  make: (weight: Value | null, bias: Value | null) => Value,
  of: { readonly weight: Parameter | null; readonly bias: Parameter | null },
): Tensor {
  const graph = graphOf(layer, x);
  if (x.shape[1] !== count || rank !== null && x.shape.length !== rank) {
    const rest = rank === null ? ["..."] : rank === 3 ? ["L"] : ["H", "W"];
    throw new ShapeError(
      `${layer} takes [N, ${[count, ...rest].join(", ")}] and was given ${showShape(x.shape)}; reshape it`,
    );
  }
  return make(of.weight?.in(graph) ?? null, of.bias?.in(graph) ?? null);
}

/** What instance normalisations of all shapes share. */
export abstract class InstanceNormLayer extends Module {
  /** `[numFeatures]`, or null. */
  readonly weight: Parameter | null;
  /** `[numFeatures]`, or null. */
  readonly bias: Parameter | null;
  readonly #features: number;
  readonly #eps: number;
  readonly #rank: number;

  /** For so many channels of tensors of a rank. */
  constructor(numFeatures: number, options: GroupNormOptions, rank: number) {
    super();
    const layer = new.target.name;
    checkCounts(layer, { numFeatures });
    const { eps = 1e-5, affine = false } = options;
    [this.#features, this.#eps, this.#rank] = [numFeatures, checkedEps(layer, eps), rank];
    ({ weight: this.weight, bias: this.bias } = affineOf(layer, [numFeatures], affine, affine));
  }

  /** `[N, numFeatures, ...]` to the same. */
  override forward(x: Tensor): Tensor {
    const layer = this.constructor.name;
    return channels(
      layer,
      x,
      this.#features,
      this.#rank,
      (weight, bias) => grouped(layer, x, this.#features, weight, bias, this.#eps),
      this,
    );
  }
}

/** Normalisation of each channel of each signal `[N, C, L]`. */
export class InstanceNorm1d extends InstanceNormLayer {
  /** Throws an `ArgumentError` for options that are out of range. */
  constructor(numFeatures: number, options: GroupNormOptions = {}) {
    checkArguments("InstanceNorm1d", arguments, 1, GROUP_OPTIONS, ["eps", "momentum", "affine"]);
    super(numFeatures, options, 3);
  }
}

/** Normalisation of each channel of each image `[N, C, H, W]`. */
export class InstanceNorm2d extends InstanceNormLayer {
  /** Throws an `ArgumentError` for options that are out of range. */
  constructor(numFeatures: number, options: GroupNormOptions = {}) {
    checkArguments("InstanceNorm2d", arguments, 1, GROUP_OPTIONS, ["eps", "momentum", "affine"]);
    super(numFeatures, options, 4);
  }
}
