/**
 * Stochastic gradient descent with momentum, by PyTorch's formula (torch.optim.SGD):
 * `b = momentum b + g`, `p -= lr b`.
 * @module
 */
import { checkArguments, finite } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { learningRate, type Optimizer } from "../core/graph/optimizer.ts";

/** Options of {@linkcode SGD}. */
export interface SGDOptions {
  /** Learning rate; default 1e-3. */
  readonly lr?: number;
  /** How much of the last step stays; default 0. */
  readonly momentum?: number;
}

const OPTIONS = namesOf<SGDOptions>({ lr: true, momentum: true });

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
  constructor(options: SGDOptions = {}) {
    checkArguments("SGD", arguments, 0, OPTIONS, ["lr", "momentum"]);
    const { lr = 1e-3, momentum = 0 } = options;
    this.lr = learningRate("SGD", lr);
    this.#momentum = finite("SGD: momentum", momentum, 0, 1);
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
    return [learningRate("SGD", this.lr), 0];
  }
}
