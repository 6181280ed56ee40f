/**
 * Adam and AdamW, by PyTorch's formulas (torch.optim.Adam, AdamW; Kingma and Ba 2015, algorithm 1; Loshchilov and
 * Hutter 2019): `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
 * `p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)`.
 *
 * Weight decay is added to Adam's gradient, `g + weightDecay p`; in AdamW it shrinks the parameter before the step,
 * `p (1 - lr weightDecay)`.
 * @module
 */
import { expect, finite } from "../core/base/arguments.ts";
import type { ParamGroup, Params } from "../core/graph/optimizer.ts";
import { GroupedOptimizer } from "../core/graph/param_groups.ts";

/** Options of {@linkcode Adam} and {@linkcode AdamW}, with PyTorch's defaults. */
export interface AdamOptions {
  /** Learning rate; default 1e-3. */
  readonly lr?: number | undefined;
  /** Decay of the two moments; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number] | undefined;
  /** Added to the denominator; default 1e-8. */
  readonly eps?: number | undefined;
  /** Weight decay; default 0, of `AdamW` 0.01. */
  readonly weightDecay?: number | undefined;
}

/** A group of parameters with options of its own; what it leaves out is as for all. */
export interface AdamGroupOptions extends AdamOptions {
  /** Which parameters; none given: all that no other group takes. */
  readonly params?: Params | undefined;
}

/** A group with its settings. */
export interface AdamGroup extends ParamGroup {
  /** Decay of the two moments. */
  betas: readonly [number, number];
  /** Added to the denominator. */
  eps: number;
  /** Weight decay. */
  weightDecay: number;
}

/** What Adam and AdamW have in common. */
export abstract class AdamKind extends GroupedOptimizer<AdamGroup> {
  /** The two moments, by PyTorch's names. */
  readonly state: readonly string[] = ["exp_avg", "exp_avg_sq"];
  /** The rate and the denominator's factor, both corrected for zeros at first, and what comes from the settings. */
  readonly numbers: readonly string[] = ["rate", "correction", "b1", "c1", "b2", "c2", "eps", "decay"];

  /** By a name and the default of the weight decay. */
  protected constructor(name: string, given: readonly unknown[], weightDecay: number) {
    const defaults = { lr: 1e-3, betas: [0.9, 0.999] as const, eps: 1e-8, weightDecay };
    super(name, given, { defaults, positional: ["lr", "betas", "eps", "weightDecay"], check }, (group) => {
      const decay = group.weightDecay === 0 ? "" : ` weightDecay ${group.weightDecay}`;
      return `betas ${group.betas.join(" ")} eps ${group.eps}${decay}`;
    });
  }

  /** See {@linkcode AdamKind.numbers}. */
  protected override numbersOf(group: AdamGroup, step: number): readonly number[] {
    const { lr, betas: [b1, b2], eps } = group;
    return [lr / (1 - b1 ** step), 1 / Math.sqrt(1 - b2 ** step), b1, 1 - b1, b2, 1 - b2, eps, this.decayOf(group)];
  }

  /** What `group.decay` is. */
  protected abstract decayOf(group: AdamGroup): number;
}

function check(where: string, { betas, eps, weightDecay }: AdamGroup): void {
  const sound = Array.isArray(betas) && betas.length === 2;
  expect(sound, `${where}: betas`, betas, "two numbers, such as [0.9, 0.999]");
  betas.forEach((beta, index) => finite(`${where}: betas[${index}]`, beta, 0, 1));
  expect(finite(`${where}: eps`, eps, 0) > 0, `${where}: eps`, eps, "a number greater than 0, such as 1e-8");
  finite(`${where}: weightDecay`, weightDecay, 0);
}

const MOMENTS = `  let m = group.b1 * state0[i] + group.c1 * d;
  let v = group.b2 * state1[i] + group.c2 * d * d;
  state0[i] = m;
  state1[i] = v;`;
const MOVE = "group.rate * m / (sqrt(v) * group.correction + group.eps)";

/**
 * The Adam optimiser: one dispatch for all parameters.
 *
 * @example
 * ```ts
 * import { Adam } from "@zkgrad/zkgrad";
 *
 * const optimizer = new Adam({ lr: 1e-3 });
 * ```
 */
export class Adam extends AdamKind {
  /** For all parameters. Throws an `ArgumentError` for a rate or decay outside its domain. */
  constructor(options?: AdamOptions);
  /** For some parameters, or groups of them, as in PyTorch; those of no group are left alone. */
  constructor(params: Params | readonly AdamGroupOptions[], options?: AdamOptions);
  constructor(...given: readonly unknown[]) {
    super("Adam", given, 0);
  }

  /** The update of one element. */
  get wgsl(): string {
    return `fn update(i: u32, g: f32) {
  let d = g + group.decay * parameters[i];
${MOMENTS}
  parameters[i] -= ${MOVE};
}`;
  }

  /** What `group.decay` is. */
  protected override decayOf({ weightDecay }: AdamGroup): number {
    return weightDecay;
  }
}

/**
 * Adam with weight decay apart from the gradient: one dispatch for all parameters.
 *
 * @example The head learns faster, and biases do not decay
 * ```ts
 * import { AdamW, nn } from "@zkgrad/zkgrad";
 * class Net extends nn.Module {
 *   body = new nn.Linear(12, 8);
 *   head = new nn.Linear(8, 3);
 *   override forward(x: nn.Tensor): nn.Tensor {
 *     return this.head.forward(this.body.forward(x));
 *   }
 * }
 * const model = new Net();
 * const groups = [{ params: model.head, lr: 1e-2 }, { params: model.body.bias!, weightDecay: 0 }, {}];
 * const optimizer = new AdamW(groups, { lr: 1e-3, weightDecay: 0.05 });
 * console.log(optimizer.paramGroups.map(({ lr, weightDecay }) => [lr, weightDecay]));
 * ```
 */
export class AdamW extends AdamKind {
  /** For all parameters. Throws an `ArgumentError` for a rate or decay outside its domain. */
  constructor(options?: AdamOptions);
  /** For some parameters, or groups of them, as in PyTorch; those of no group are left alone. */
  constructor(params: Params | readonly AdamGroupOptions[], options?: AdamOptions);
  constructor(...given: readonly unknown[]) {
    super("AdamW", given, 1e-2);
  }

  /** The update of one element. */
  get wgsl(): string {
    return `fn update(i: u32, g: f32) {
  let d = g;
${MOMENTS}
  parameters[i] = parameters[i] * group.decay - ${MOVE};
}`;
  }

  /** What `group.decay` is. */
  protected override decayOf({ lr, weightDecay }: AdamGroup): number {
    return 1 - lr * weightDecay;
  }
}
