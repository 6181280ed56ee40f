/**
 * Adam, by PyTorch's formula (torch.optim.Adam; Kingma and Ba 2015, algorithm 1):
 * `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
 * `p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)`.
 * @module
 */
import { checkArguments, expect, finite } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { learningRate, type Optimizer } from "../core/graph/optimizer.ts";

/** Options of {@linkcode Adam}, with PyTorch's defaults. */
export interface AdamOptions {
  /** Learning rate; default 1e-3. */
  readonly lr?: number;
  /** Decay of the two moments; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the denominator; default 1e-8. */
  readonly eps?: number;
}

const OPTIONS = namesOf<AdamOptions>({ lr: true, betas: true, eps: true });

/**
 * The Adam optimiser: one dispatch for all parameters.
 *
 * @example
 * ```ts ignore
 * const optimizer = new Adam({ lr: 1e-3 });
 * ```
 */
export class Adam implements Optimizer {
  /** `Adam`. */
  readonly name = "Adam";
  /** The two moments, by PyTorch's names. */
  readonly state: readonly string[] = ["exp_avg", "exp_avg_sq"];
  /** The learning rate. */
  lr: number;
  readonly #betas: readonly [number, number];
  readonly #eps: number;

  /** Throws an `ArgumentError` for a rate or decay outside its domain. */
  constructor(options: AdamOptions = {}) {
    checkArguments("Adam", arguments, 0, OPTIONS, ["lr"]);
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8 } = options;
    const sound = Array.isArray(betas) && betas.length === 2;
    expect(sound, "Adam: betas", betas, "two numbers, such as [0.9, 0.999]");
    betas.forEach((beta, index) => finite(`Adam: betas[${index}]`, beta, 0, 1));
    expect(finite("Adam: eps", eps, 0) > 0, "Adam: eps", eps, "a number greater than 0, such as 1e-8");
    this.lr = learningRate("Adam", lr);
    this.#betas = [betas[0], betas[1]];
    this.#eps = eps;
  }

  /** What a checkpoint must agree with. */
  get settings(): string {
    return `betas ${this.#betas.join(" ")} eps ${this.#eps}`;
  }

  /** The update of one element. */
  get wgsl(): string {
    const [first, second] = this.#betas;
    return `fn update(i: u32, g: f32) {
  let m = ${first} * state0[i] + ${1 - first} * g;
  let v = ${second} * state1[i] + ${1 - second} * g * g;
  state0[i] = m;
  state1[i] = v;
  parameters[i] -= step.a * m / (sqrt(v) * step.b + ${this.#eps});
}`;
  }

  /** The corrected rate and the denominator's correction, `step` counting from 1. */
  scalars(step: number): readonly [number, number] {
    const [first, second] = this.#betas;
    return [learningRate("Adam", this.lr) / (1 - first ** step), 1 / Math.sqrt(1 - second ** step)];
  }
}
