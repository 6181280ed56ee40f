/**
 * Schedules that multiply the rate by steps or by a straight line: StepLR, MultiStepLR, ExponentialLR, LinearLR.
 * @module
 */
import { checkArguments, whole } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import type { Optimizer } from "../core/graph/optimizer.ts";
import { factor, FactorLR, milestonesOf } from "../core/graph/scheduler.ts";

/** Options of {@linkcode StepLR} and {@linkcode MultiStepLR}. */
export interface StepLROptions {
  /** What the rate is multiplied by at each step; default 0.1. */
  readonly gamma?: number;
}

const STEP = namesOf<StepLROptions>({ gamma: true });

/**
 * `lr = base * gamma^floor(t / stepSize)`, torch.optim.lr_scheduler.StepLR.
 *
 * @example
 * ```ts
 * import { Adam, Linear, MSELoss, StepLR, Trainer } from "@zkgrad/zkgrad";
 *
 * const model = new Linear(4, 1), loss = new MSELoss(), optimizer = new Adam();
 * const scheduler = new StepLR(optimizer, 30, { gamma: 0.1 });
 * using trainer = await Trainer.create({ model, loss, optimizer, scheduler, interval: "epoch" });
 * ```
 */
export class StepLR extends FactorLR {
  /** The schedule in words. */
  readonly settings: string;
  readonly #size: number;
  readonly #gamma: number;

  /** A step down every `stepSize` epochs, or updates. Throws an `ArgumentError` for what is none. */
  constructor(optimizer: Optimizer, stepSize: number, options: StepLROptions = {}) {
    super(optimizer);
    checkArguments("StepLR", arguments, 2, STEP, ["gamma"]);
    const { gamma = 0.1 } = options;
    this.#size = whole("StepLR: stepSize", stepSize);
    this.#gamma = factor("StepLR: gamma", gamma);
    this.settings = `StepLR stepSize ${stepSize} gamma ${this.#gamma}`;
    this.goTo(0);
  }

  /** What rates are multiplied by. */
  protected override factor(count: number): number {
    return this.#gamma ** Math.floor(count / this.#size);
  }
}

/** `lr = base * gamma^k`, `k` being the milestones that were reached: torch.optim.lr_scheduler.MultiStepLR. */
export class MultiStepLR extends FactorLR {
  /** The schedule in words. */
  readonly settings: string;
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  /** A step down at each milestone. Throws an `ArgumentError` for what are none. */
  constructor(optimizer: Optimizer, milestones: readonly number[], options: StepLROptions = {}) {
    super(optimizer);
    checkArguments("MultiStepLR", arguments, 2, STEP, ["gamma"]);
    this.#milestones = milestonesOf("MultiStepLR: milestones", milestones);
    const { gamma = 0.1 } = options;
    this.#gamma = factor("MultiStepLR: gamma", gamma);
    this.settings = `MultiStepLR milestones ${this.#milestones.join(" ")} gamma ${this.#gamma}`;
    this.goTo(0);
  }

  /** What rates are multiplied by. */
  protected override factor(count: number): number {
    return this.#gamma ** this.#milestones.filter((at) => at <= count).length;
  }
}

/** `lr = base * gamma^t`, torch.optim.lr_scheduler.ExponentialLR. */
export class ExponentialLR extends FactorLR {
  /** The schedule in words. */
  readonly settings: string;
  readonly #gamma: number;

  /** Throws an `ArgumentError` for a `gamma` that is no factor. */
  constructor(optimizer: Optimizer, gamma: number) {
    super(optimizer);
    checkArguments("ExponentialLR", arguments, 2);
    this.#gamma = factor("ExponentialLR: gamma", gamma);
    this.settings = `ExponentialLR gamma ${gamma}`;
    this.goTo(0);
  }

  /** What rates are multiplied by. */
  protected override factor(count: number): number {
    return this.#gamma ** count;
  }
}

/** Options of {@linkcode LinearLR}, with PyTorch's defaults. */
export interface LinearLROptions {
  /** What the rate is multiplied by at first; default 1/3. */
  readonly startFactor?: number;
  /** And at last; default 1. */
  readonly endFactor?: number;
  /** After how many epochs, or updates, it is there; default 5. */
  readonly totalIters?: number;
}

const LINEAR = namesOf<LinearLROptions>({ startFactor: true, endFactor: true, totalIters: true });

/** `lr = base * (startFactor + (endFactor - startFactor) * min(t, totalIters) / totalIters)`: a warm-up; torch.optim.lr_scheduler.LinearLR. */
export class LinearLR extends FactorLR {
  /** The schedule in words. */
  readonly settings: string;
  readonly #start: number;
  readonly #end: number;
  readonly #total: number;

  /** Throws an `ArgumentError` for what are no factors, or no number of steps. */
  constructor(optimizer: Optimizer, options: LinearLROptions = {}) {
    super(optimizer);
    checkArguments("LinearLR", arguments, 1, LINEAR, ["startFactor", "endFactor", "totalIters"]);
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    this.#start = factor("LinearLR: startFactor", startFactor);
    this.#end = factor("LinearLR: endFactor", endFactor);
    this.#total = whole("LinearLR: totalIters", totalIters);
    this.settings = `LinearLR startFactor ${this.#start} endFactor ${this.#end} totalIters ${this.#total}`;
    this.goTo(0);
  }

  /** What rates are multiplied by. */
  protected override factor(count: number): number {
    return this.#start + (this.#end - this.#start) * Math.min(count, this.#total) / this.#total;
  }
}
