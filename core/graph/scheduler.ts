/**
 * Schedules of the learning rate, as torch.optim.lr_scheduler has them. Each is a formula of how often it has gone on,
 * so that the rates of a whole epoch are known before it begins, and a run that is resumed goes on where it was.
 * @module
 */
import { expect, finite, whole } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import type { Optimizer, ParamGroup } from "./optimizer.ts";

/** What a schedule sets of a group. */
export type Scheduled = Pick<ParamGroup, "lr"> & Readonly<Record<string, unknown>>;

const initial = new WeakMap<ParamGroup, number>();

/** What all schedules have in common. */
export abstract class LRScheduler {
  /** Whose rates it sets. */
  readonly optimizer: Optimizer;
  /** The rates of the groups when their first schedule was made, from which the others are reckoned. */
  readonly baseLrs: readonly number[];
  #count = 0;

  /** For an optimiser, of which the first schedule is told the rates at first. */
  protected constructor(optimizer: Optimizer) {
    const groups = (optimizer as Partial<Optimizer> | undefined)?.paramGroups;
    expect(Array.isArray(groups), `${new.target.name}: the optimizer`, optimizer, "an optimiser, made with new");
    this.optimizer = optimizer;
    this.baseLrs = groups.map((group) => {
      const lr = initial.get(group) ?? group.lr;
      initial.set(group, lr);
      return lr;
    });
  }

  /** What groups are set to after it has gone on so often; throws an `ArgumentError` beyond its end. */
  abstract at(count: number): readonly Scheduled[];

  /** The schedule in words, which a checkpoint must agree with. */
  abstract readonly settings: string;

  /** How often it has gone on, PyTorch's `last_epoch`. */
  get lastEpoch(): number {
    return this.#count;
  }

  /** Goes on once, as after an epoch or a step. A trainer that it was given to does so itself. */
  step(): void {
    this.goTo(this.#count + 1);
  }

  /** Sets the rates to where they are after it has gone on so often. */
  goTo(count: number): void {
    whole(`${this.constructor.name}.goTo(): count`, count, 0);
    this.at(count).forEach((values, k) => Object.assign(this.optimizer.paramGroups[k], values));
    this.#count = count;
  }

  /** The rates of the groups, as they are. */
  getLastLr(): number[] {
    return this.at(this.#count).map(({ lr }) => lr);
  }

  /** Throws an `ArgumentError` where a rate is not what the schedule has set. */
  check(): void {
    for (const [k, { lr }] of this.at(this.#count).entries()) {
      const now = this.optimizer.paramGroups[k].lr;
      if (now === lr) continue;
      throw new ArgumentError(
        `${this.optimizer.name}: lr of group ${k} was set to ${now}, and ${this.constructor.name} sets it to ${lr}; ` +
          "change the schedule, or make the trainer without one",
      );
    }
  }
}

/** A schedule that multiplies every group's rate by the same. */
export abstract class FactorLR extends LRScheduler {
  /** See {@linkcode LRScheduler.at}. */
  override at(count: number): readonly Scheduled[] {
    const factor = this.factor(count);
    return this.baseLrs.map((lr) => ({ lr: lr * factor }));
  }

  /** What rates are multiplied by after it has gone on so often. */
  protected abstract factor(count: number): number;
}

/** Refuses all but finite factors, of at least `least`. */
export function factor(what: string, value: unknown, least = 0): number {
  return finite(what, value, least);
}

/** Refuses all but lists of growing numbers of steps. */
export function milestonesOf(what: string, value: unknown): readonly number[] {
  const sound = Array.isArray(value) && value.every((at, k) => Number.isSafeInteger(at) && at > (value[k - 1] ?? 0));
  expect(sound, what, value, "growing positive integers, such as [30, 80]");
  return [...value as number[]];
}
