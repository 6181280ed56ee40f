/**
 * Schedules of one's own, and one after another: LambdaLR and SequentialLR.
 * @module
 */
import { callable, checkArguments, expect, finite, instance } from "../core/base/arguments.ts";
import { ArgumentError } from "../core/base/errors.ts";
import type { Optimizer } from "../core/graph/optimizer.ts";
import { LRScheduler, milestonesOf, type Scheduled } from "../core/graph/scheduler.ts";

/**
 * `lr = base * lrLambda(t)`, torch.optim.lr_scheduler.LambdaLR.
 *
 * @example
 * ```ts
 * import { Adam, LambdaLR } from "@zkgrad/zkgrad";
 *
 * const optimizer = new Adam();
 * const scheduler = new LambdaLR(optimizer, (epoch) => 0.95 ** epoch);
 * ```
 */
export class LambdaLR extends LRScheduler {
  /** The schedule in words; what functions do is not among them. */
  readonly settings: string = "LambdaLR";
  readonly #lambdas: readonly ((count: number) => number)[];

  /**
   * A schedule by a function. Throws an `ArgumentError` for what is none.
   *
   * @param lrLambda The factor after so many epochs, or updates, or one function for each group.
   */
  constructor(optimizer: Optimizer, lrLambda: ((count: number) => number) | readonly ((count: number) => number)[]) {
    super(optimizer);
    checkArguments("LambdaLR", arguments, 2);
    const groups = this.baseLrs.length;
    this.#lambdas = Array.isArray(lrLambda) ? lrLambda : this.baseLrs.map(() => lrLambda);
    expect(this.#lambdas.length === groups, "LambdaLR: lrLambda", lrLambda, `a function, or ${groups} of them`);
    this.#lambdas.forEach((lambda) => callable("LambdaLR: lrLambda", lambda, "of the number of epochs or updates"));
    this.goTo(0);
  }

  /** See {@linkcode LRScheduler.at}. */
  override at(count: number): readonly Scheduled[] {
    return this.baseLrs.map((lr, k) => ({
      lr: lr * finite(`LambdaLR: what lrLambda gave for ${count}`, this.#lambdas[k](count), 0),
    }));
  }
}

/**
 * One schedule after another, each from its own beginning: torch.optim.lr_scheduler.SequentialLR.
 *
 * @example A warm-up
 * ```ts
 * import { CosineAnnealingLR, LinearLR, SequentialLR, SGD } from "@zkgrad/zkgrad";
 * const optimizer = new SGD({ lr: 0.1 });
 * const warmUp = new LinearLR(optimizer, { startFactor: 0.01, totalIters: 100 });
 * const scheduler = new SequentialLR(optimizer, [warmUp, new CosineAnnealingLR(optimizer, 900)], [100]);
 * console.log(scheduler.getLastLr()); // [0.001]
 * ```
 */
export class SequentialLR extends LRScheduler {
  /** The schedules in words. */
  readonly settings: string;
  readonly #schedulers: readonly LRScheduler[];
  readonly #milestones: readonly number[];

  /**
   * One after another. Throws an `ArgumentError` where they do not fit together.
   *
   * @param schedulers The schedules, all of this optimiser.
   * @param milestones After how many epochs, or updates, each but the first begins.
   */
  constructor(optimizer: Optimizer, schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    super(optimizer);
    checkArguments("SequentialLR", arguments, 3);
    expect(
      Array.isArray(schedulers) && schedulers.length > 0,
      "SequentialLR: schedulers",
      schedulers,
      "a list of them",
    );
    schedulers.forEach((scheduler, k) => {
      instance(`SequentialLR: schedulers[${k}]`, scheduler, LRScheduler);
      if (scheduler.optimizer === optimizer) return;
      throw new ArgumentError(`SequentialLR: schedulers[${k}] is of another optimiser; make all for the same`);
    });
    this.#schedulers = [...schedulers];
    this.#milestones = milestonesOf("SequentialLR: milestones", milestones);
    const needed = schedulers.length - 1;
    expect(
      this.#milestones.length === needed,
      "SequentialLR: milestones",
      milestones,
      `${needed}, one less than schedules`,
    );
    this.settings = schedulers.map(({ settings }, k) => k === 0 ? settings : `from ${milestones[k - 1]} ${settings}`)
      .join(", ");
    this.goTo(0);
  }

  /** See {@linkcode LRScheduler.at}. */
  override at(count: number): readonly Scheduled[] {
    const which = this.#milestones.filter((at) => at <= count).length;
    return this.#schedulers[which].at(count - (which === 0 ? 0 : this.#milestones[which - 1]));
  }
}
