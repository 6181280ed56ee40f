/**
 * How a trainer's parameters are updated, and how far that has come.
 * @module
 */
import { checkRate, type TrainerOptions } from "./arguments.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type EpochStep, planUpdates, updatesAmong } from "./epoch_steps.ts";
import type { LRScheduler } from "../graph/scheduler.ts";
import { counted, type StepCounts, type TrainingRows, trainingRows } from "./training_rows.ts";
import type { AnyModule } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import type { UpdateRequest } from "../run/update.ts";

/** How far training has come: updates, those of each parameter, and how often the schedule has gone on. */
export interface TrainingProgress {
  /** Updates so far. */
  readonly steps: number;
  /** Those of each parameter. */
  readonly taken: StepCounts;
  /** How often the schedule has gone on. */
  readonly count: number;
}

/** The updates of one trainer. */
export class Updates {
  /** The rule. */
  readonly optimizer: Optimizer;
  /** What sets its rates, if anything. */
  readonly scheduler: LRScheduler | null;
  readonly #model: AnyModule;
  readonly #perStep: boolean;
  readonly #clipGradNorm: number | null;
  readonly #accumulate: number;
  #steps = 0;
  #taken: StepCounts = new Map();

  /** None yet. */
  constructor({ model, optimizer, scheduler, interval, clipGradNorm, accumulate }: TrainerOptions) {
    this.optimizer = optimizer;
    this.scheduler = scheduler ?? null;
    this.#model = model;
    this.#perStep = interval === "step";
    this.#clipGradNorm = clipGradNorm ?? null;
    this.#accumulate = accumulate ?? 1;
  }

  /** How far training has come. */
  get progress(): TrainingProgress {
    return { steps: this.#steps, taken: this.#taken, count: this.scheduler?.lastEpoch ?? 0 };
  }

  /** What is trained now, and by which numbers; throws an `ArgumentError` where that is nothing, or a rate makes no sense. */
  rows(): TrainingRows {
    const rows = trainingRows(this.#model, this.optimizer, this.#taken);
    checkRate(this.optimizer);
    this.scheduler?.check();
    return rows;
  }

  /** What a program is told. */
  request(rows: TrainingRows): UpdateRequest {
    const { optimizer } = this;
    return { optimizer, rows, clipGradNorm: this.#clipGradNorm, accumulates: this.#accumulate > 1 };
  }

  /** Lays down how the steps of an epoch update the parameters. */
  plan(steps: readonly EpochStep[], rows: TrainingRows): EpochStep[] {
    const { scheduler } = this;
    const count = scheduler?.lastEpoch ?? 0;
    const scalars = (update: number): readonly number[] => {
      if (this.#perStep) scheduler?.goTo(count + update - 1);
      return rows.scalars(update);
    };
    try {
      return planUpdates(steps, { accumulate: this.#accumulate, scalars, before: this.#steps });
    } finally {
      scheduler?.goTo(count);
    }
  }

  /** Says that of an epoch that began at `from` so many steps were sent. */
  went(from: TrainingProgress, rows: TrainingRows, steps: readonly EpochStep[], sent: number): void {
    const updates = updatesAmong(steps, sent);
    const { taken, count } = from;
    this.goTo({
      steps: from.steps + updates,
      taken: counted(taken, rows, updates),
      count: count + (this.#perStep ? updates : 0),
    });
  }

  /** Says that an epoch has ended. */
  epochEnded(): void {
    if (!this.#perStep) this.scheduler?.step();
  }

  /** Sets how far training has come. */
  goTo({ steps, taken, count }: TrainingProgress): void {
    this.#steps = steps;
    this.#taken = taken;
    this.scheduler?.goTo(count);
  }

  /** What a checkpoint says of it. */
  save(): Pick<Checkpoint, "step" | "lrs" | "steps" | "schedule"> {
    const { optimizer, scheduler } = this;
    const steps = this.#names().map((name) => [name, this.#taken.get(name) ?? 0] as const);
    return {
      step: this.#steps,
      lrs: optimizer.paramGroups.map(({ lr }) => lr),
      steps: Object.fromEntries(steps.filter(([, taken]) => taken !== this.#steps)),
      schedule: scheduler && { settings: scheduler.settings, count: scheduler.lastEpoch },
    };
  }

  /** Goes on from what a checkpoint says. */
  load({ step, lrs, steps, schedule }: Pick<Checkpoint, "step" | "lrs" | "steps" | "schedule">): void {
    lrs.forEach((lr, k) => this.optimizer.paramGroups[k].lr = lr);
    const taken = new Map(this.#names().map((name) => [name, steps[name] ?? step]));
    this.goTo({ steps: step, taken, count: schedule?.count ?? 0 });
  }

  #names(): string[] {
    return this.#model.namedParameters().map(([name]) => name);
  }
}
