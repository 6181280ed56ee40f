/**
 * Stochastic gradient descent with momentum, by PyTorch's formula (torch.optim.SGD): `d = g + weightDecay p`,
 * `b = momentum b + (1 - dampening) d`, at the first step `b = d`; `p -= lr b`, with Nesterov's momentum
 * `p -= lr (d + momentum b)`.
 * @module
 */
import { expect, finite, flag } from "../core/base/arguments.ts";
import type { ParamGroup, Params } from "../core/graph/optimizer.ts";
import { GroupedOptimizer } from "../core/graph/param_groups.ts";

/** Options of {@linkcode SGD}, with PyTorch's defaults. */
export interface SGDOptions {
  /** Learning rate; default 1e-3. */
  readonly lr?: number | undefined;
  /** How much of the last step stays; default 0. */
  readonly momentum?: number | undefined;
  /** How much of the gradient is left out of the momentum; default 0. */
  readonly dampening?: number | undefined;
  /** Added to the gradient, times the parameter; default 0. */
  readonly weightDecay?: number | undefined;
  /** Whether the step looks ahead along the momentum; default false. */
  readonly nesterov?: boolean | undefined;
}

/** A group of parameters with options of its own; what it leaves out is as for all. */
export interface SGDGroupOptions extends SGDOptions {
  /** Which parameters; none given: all that no other group takes. */
  readonly params?: Params | undefined;
}

/** A group with its settings. */
export interface SGDGroup extends ParamGroup {
  /** How much of the last step stays. */
  momentum: number;
  /** How much of the gradient is left out of the momentum. */
  dampening: number;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
  /** Whether the step looks ahead along the momentum. */
  nesterov: boolean;
}

/**
 * The SGD optimiser: one dispatch for all parameters.
 *
 * @example
 * ```ts
 * import { SGD } from "@zkgrad/zkgrad";
 *
 * const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
 * ```
 */
export class SGD extends GroupedOptimizer<SGDGroup> {
  /** The momentum, by PyTorch's name. */
  readonly state: readonly string[] = ["momentum_buffer"];
  /** What comes from the settings, and from whether it is the first step. */
  readonly numbers: readonly string[] = ["lr", "decay", "momentum", "gain", "ahead", "behind"];

  /** For all parameters. Throws an `ArgumentError` for a rate or momentum outside its domain. */
  constructor(options?: SGDOptions);
  /** For some parameters, or groups of them, as in PyTorch; those of no group are left alone. */
  constructor(params: Params | readonly SGDGroupOptions[], options?: SGDOptions);
  constructor(...given: readonly unknown[]) {
    const defaults = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false };
    const positional = ["lr", "momentum", "dampening", "weightDecay", "nesterov"];
    super("SGD", given, { defaults, positional, check }, (group) => {
      const { momentum, dampening, weightDecay, nesterov } = group;
      const more = { dampening, weightDecay, nesterov };
      const set = Object.entries(more).filter(([, value]) => value).map(([name, value]) => ` ${name} ${value}`);
      return `momentum ${momentum}${set.join("")}`;
    });
  }

  /** The update of one element. */
  get wgsl(): string {
    return `fn update(i: u32, g: f32) {
  let d = g + group.decay * parameters[i];
  let b = group.momentum * state0[i] + group.gain * d;
  state0[i] = b;
  parameters[i] -= group.lr * (group.ahead * d + group.behind * b);
}`;
  }

  /** The numbers, in the order of their names. */
  protected override numbersOf(group: SGDGroup, step: number): readonly number[] {
    const { lr, momentum, dampening, weightDecay, nesterov } = group;
    const gain = step === 1 || momentum === 0 ? 1 : 1 - dampening;
    return [lr, weightDecay, momentum, gain, nesterov ? 1 : 0, nesterov ? momentum : 1];
  }
}

function check(where: string, { momentum, dampening, weightDecay, nesterov }: SGDGroup): void {
  finite(`${where}: momentum`, momentum, 0, 1);
  finite(`${where}: dampening`, dampening);
  finite(`${where}: weightDecay`, weightDecay, 0);
  if (!flag(`${where}: nesterov`, nesterov)) return;
  expect(momentum > 0, `${where}: momentum`, momentum, "more than 0, which nesterov needs");
  expect(dampening === 0, `${where}: dampening`, dampening, "0, which nesterov needs");
}
