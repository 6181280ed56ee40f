/**
 * RMSprop, by PyTorch's formula (torch.optim.RMSprop; Tieleman and Hinton 2012): `d = g + weightDecay p`,
 * `v = alpha v + (1 - alpha) d^2`, `p -= lr d / (sqrt(v) + eps)`. Centered: `a = a + (1 - alpha) (d - a)`, and the
 * root is that of `v - a^2`. With momentum: `b = momentum b + d / (sqrt(v) + eps)`, `p -= lr b`.
 * @module
 */
import { expect, finite, flag } from "../core/base/arguments.ts";
import type { ParamGroup, Params } from "../core/graph/optimizer.ts";
import { GroupedOptimizer } from "../core/graph/param_groups.ts";

/** Options of {@linkcode RMSprop}, with PyTorch's defaults. */
export interface RMSpropOptions {
  /** Learning rate; default 1e-2. */
  readonly lr?: number | undefined;
  /** Decay of the mean square; default 0.99. */
  readonly alpha?: number | undefined;
  /** Added to the denominator; default 1e-8. */
  readonly eps?: number | undefined;
  /** Added to the gradient, times the parameter; default 0. */
  readonly weightDecay?: number | undefined;
  /** How much of the last step stays; default 0. */
  readonly momentum?: number | undefined;
  /** Whether the gradient's variance takes the place of its mean square; default false. */
  readonly centered?: boolean | undefined;
}

/** A group of parameters with options of its own; what it leaves out is as for all. */
export interface RMSpropGroupOptions extends RMSpropOptions {
  /** Which parameters; none given: all that no other group takes. */
  readonly params?: Params | undefined;
}

/** A group with its settings. */
export interface RMSpropGroup extends ParamGroup {
  /** Decay of the mean square. */
  alpha: number;
  /** Added to the denominator. */
  eps: number;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
  /** How much of the last step stays. */
  momentum: number;
  /** Whether the gradient's variance takes the place of its mean square. */
  centered: boolean;
}

/**
 * The RMSprop optimiser: one dispatch for all parameters.
 *
 * @example
 * ```ts
 * import { RMSprop } from "@zkgrad/zkgrad";
 *
 * const optimizer = new RMSprop({ lr: 1e-2, momentum: 0.9 });
 * ```
 */
export class RMSprop extends GroupedOptimizer<RMSpropGroup> {
  /** What it keeps per parameter, by PyTorch's names: no more than a group needed at first. */
  readonly state: readonly string[] = [
    "square_avg",
    ...this.paramGroups.some(({ momentum }) => momentum > 0) ? ["momentum_buffer"] : [],
    ...this.paramGroups.some(({ centered }) => centered) ? ["grad_avg"] : [],
  ];
  /** What comes from the settings. */
  readonly numbers: readonly string[] = ["lr", "decay", "alpha", "beta", "eps", "momentum", "centered"];

  /** For all parameters. Throws an `ArgumentError` for a rate or decay outside its domain. */
  constructor(options?: RMSpropOptions);
  /** For some parameters, or groups of them, as in PyTorch; those of no group are left alone. */
  constructor(params: Params | readonly RMSpropGroupOptions[], options?: RMSpropOptions);
  constructor(...given: readonly unknown[]) {
    const defaults = { lr: 1e-2, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0, centered: false };
    const positional = ["lr", "alpha", "eps", "weightDecay", "momentum", "centered"];
    super("RMSprop", given, { defaults, positional, check }, (group) => {
      const { lr: _, params: __, ...settings } = group;
      return Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(" ");
    });
  }

  /** The update of one element. */
  get wgsl(): string {
    const [momentum, average] = ["momentum_buffer", "grad_avg"].map((name) => this.state.indexOf(name));
    const variance = average === -1
      ? "  let variance = v;"
      : `  let a = state${average}[i] + group.beta * (d - state${average}[i]);
  state${average}[i] = a;
  let difference = v - group.centered * a * a;
  let variance = select(difference, 0.0, difference < 0.0);`;
    const move = momentum === -1
      ? "  parameters[i] -= group.lr * s;"
      : `  let b = group.momentum * state${momentum}[i] + s;
  state${momentum}[i] = b;
  parameters[i] -= group.lr * b;`;
    return `fn update(i: u32, g: f32) {
  let d = g + group.decay * parameters[i];
  let v = group.alpha * state0[i] + group.beta * d * d;
  state0[i] = v;
${variance}
  let s = d / (sqrt(variance) + group.eps);
${move}
}`;
  }

  /** The numbers, in the order of their names. */
  protected override numbersOf(group: RMSpropGroup): readonly number[] {
    const { lr, alpha, eps, weightDecay, momentum, centered } = group;
    return [lr, weightDecay, alpha, 1 - alpha, eps, momentum, centered ? 1 : 0];
  }
}

function check(where: string, { alpha, eps, weightDecay, momentum, centered }: RMSpropGroup): void {
  finite(`${where}: alpha`, alpha, 0, 1);
  expect(finite(`${where}: eps`, eps, 0) > 0, `${where}: eps`, eps, "a number greater than 0, such as 1e-8");
  finite(`${where}: weightDecay`, weightDecay, 0);
  finite(`${where}: momentum`, momentum, 0);
  flag(`${where}: centered`, centered);
}
