/**
 * The layers that have parameters, initialised as PyTorch does: weight and bias
 * uniform on (-b, b) with b = 1 / sqrt(fan_in).
 * @module
 */
import { Module, Parameter, type Tensor } from "../core/module.ts";
import { ArgumentError } from "../core/errors.ts";
import { conv2d } from "./conv2d.ts";
import { linear } from "./linear.ts";
import { type Pair, pair } from "./pool2d.ts";

/** Options of the layers that have parameters. */
export interface LayerOptions {
  /** Whether there is a bias; default true. */
  readonly bias?: boolean;
}

/**
 * A fully connected layer: `y = x W^T + b`.
 *
 * @example
 * ```ts ignore
 * const layer = new Linear(784, 10);
 * ```
 */
export class Linear extends Module {
  /** `[outFeatures, inFeatures]`. */
  readonly weight: Parameter;
  /** `[outFeatures]`, or null. */
  readonly bias: Parameter | null;

  /** Draws weight and bias from (-1 / sqrt(inFeatures), 1 / sqrt(inFeatures)). */
  constructor(inFeatures: number, outFeatures: number, { bias = true }: LayerOptions = {}) {
    super();
    checkCounts("Linear", { inFeatures, outFeatures });
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], bound);
    this.bias = bias ? new Parameter([outFeatures], bound) : null;
  }

  /** `[N, inFeatures]` to `[N, outFeatures]`. */
  override forward(x: Tensor): Tensor {
    return linear(x, this.weight.in(x.graph), this.bias?.in(x.graph) ?? null);
  }
}

/** Options of {@linkcode Conv2d}, as in PyTorch. */
export interface Conv2dOptions extends LayerOptions {
  /** How far the kernel moves; default 1. */
  readonly stride?: Pair;
  /** Rows and columns of zeros added on each side; default 0. */
  readonly padding?: Pair;
  /** Only 1: every output channel sees every input channel. */
  readonly groups?: number;
  /** Only 1: the kernel has no holes. */
  readonly dilation?: Pair;
}

/**
 * A two-dimensional convolution.
 *
 * @example
 * ```ts ignore
 * const layer = new Conv2d(1, 6, 5);
 * ```
 */
export class Conv2d extends Module {
  /** `[outChannels, inChannels, kh, kw]`. */
  readonly weight: Parameter;
  /** `[outChannels]`, or null. */
  readonly bias: Parameter | null;
  readonly #options: { readonly stride: Pair; readonly padding: Pair };

  /**
   * Draws weight and bias from (-b, b), b = 1 / sqrt(inChannels * kh * kw).
   * Throws an `ArgumentError` for groups or dilation.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions = {}) {
    super();
    const { stride = 1, padding = 0, bias = true, groups = 1, dilation = 1 } = options;
    if (groups !== 1 || pair(dilation).some((size) => size !== 1)) {
      throw new ArgumentError(
        `Conv2d: groups ${groups} and dilation ${dilation} were given and only 1 is supported; ` +
          "use several convolutions, or a larger kernel",
      );
    }
    const [height, width] = pair(kernelSize);
    checkCounts("Conv2d", { inChannels, outChannels, "kernel height": height, "kernel width": width });
    const bound = 1 / Math.sqrt(inChannels * height * width);
    this.weight = new Parameter([outChannels, inChannels, height, width], bound);
    this.bias = bias ? new Parameter([outChannels], bound) : null;
    this.#options = { stride, padding };
  }

  /** `[N, inChannels, H, W]` to `[N, outChannels, H', W']`. */
  override forward(x: Tensor): Tensor {
    return conv2d(x, this.weight.in(x.graph), this.bias?.in(x.graph) ?? null, this.#options);
  }
}

function checkCounts(layer: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) {
      throw new ArgumentError(`${layer}: ${name} is ${count}, expected a positive integer`);
    }
  }
}
