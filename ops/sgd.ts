/**
 * Stochastic gradient descent with momentum, by PyTorch's formula (torch.optim.SGD):
 * `b = momentum b + g`, `p -= lr b`.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";
import type { Optimizer } from "../core/graph/optimizer.ts";

/** Options of {@linkcode SGD}. */
export interface SGDOptions {
  /** Learning rate; default 1e-3. */
  readonly lr?: number;
  /** How much of the last step stays; default 0. */
  readonly momentum?: number;
}

/**
 * The SGD optimiser: one dispatch for all parameters.
 *
 * @example
 * ```ts ignore
 * const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
 * ```
 */
export class SGD implements Optimizer {
  /** `SGD`. */
  readonly name = "SGD";
  /** The momentum, by PyTorch's name. */
  readonly state: readonly string[] = ["momentum_buffer"];
  /** The learning rate. */
  lr: number;
  readonly #momentum: number;

  /** Throws an `ArgumentError` for a rate or momentum outside its domain. */
  constructor({ lr = 1e-3, momentum = 0 }: SGDOptions = {}) {
    if (!(lr >= 0 && Number.isFinite(lr))) throw new ArgumentError(`SGD: lr ${lr} must be a number of at least 0`);
    if (!(momentum >= 0 && momentum < 1)) throw new ArgumentError(`SGD: momentum ${momentum} must lie in [0, 1)`);
    this.lr = lr;
    this.#momentum = momentum;
  }

  /** What a checkpoint must agree with. */
  get settings(): string {
    return `momentum ${this.#momentum}`;
  }

  /** The update of one element. */
  get wgsl(): string {
    return `fn update(i: u32, g: f32) {
  let b = ${this.#momentum} * state0[i] + g;
  state0[i] = b;
  parameters[i] -= step.a * b;
}`;
  }

  /** The learning rate alone. */
  scalars(_step: number): readonly [number, number] {
    return [this.lr, 0];
  }
}
