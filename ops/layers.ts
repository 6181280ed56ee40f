/**
 * The layers that have parameters, initialised as PyTorch does: weight and bias
 * uniform on (-b, b) with b = 1 / sqrt(fan_in).
 * @module
 */
import { Module, Parameter, type Tensor } from "../core/module.ts";
import { linear } from "./linear.ts";

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
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], bound);
    this.bias = bias ? new Parameter([outFeatures], bound) : null;
  }

  /** `[N, inFeatures]` to `[N, outFeatures]`. */
  override forward(x: Tensor): Tensor {
    return linear(x, this.weight.in(x.graph), this.bias?.in(x.graph) ?? null);
  }
}
