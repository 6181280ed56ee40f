/**
 * The steps of an epoch or an evaluation, laid down before the first one runs.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import type { Dataset } from "../data/dataset.ts";
import type { BatchRange } from "../data/loader.ts";
import type { Loss } from "../graph/loss.ts";
import type { StepFields } from "../run/step.ts";

/** A step whose place among those that go out at once is not known yet. */
export type EpochStep = Omit<StepFields, "row">;

/**
 * How much the samples of each batch count: a mean over an epoch is the sum over its batches, divided by their weights'.
 * Throws an `ArgumentError` where none counts.
 */
export function weighBatches(
  loss: Loss,
  dataset: Dataset,
  order: Uint32Array | null,
  batches: readonly BatchRange[],
): EpochStep[] {
  const labels = dataset.targets.data;
  if (loss.weightOf === undefined || !(labels instanceof Uint32Array)) return batches.map((batch) => ({ ...batch }));
  const known = new Map<number, number | null>();
  const weightOf = (label: number): number | null => {
    const weight = known.get(label);
    if (weight !== undefined) return weight;
    const found = loss.weightOf!(label);
    known.set(label, found);
    return found;
  };
  const size = sizeOf(dataset.targets.shape);
  const steps = batches.map(({ start, count }) => {
    let [weight, counted] = [0, 0];
    for (let place = start; place < start + count; place++) {
      const first = (order === null ? place : order[place]) * size;
      for (let at = first; at < first + size; at++) {
        const own = weightOf(labels[at]);
        if (own === null) continue;
        weight += own;
        counted++;
      }
    }
    return { start, count, weight, counted };
  });
  if (steps.some(({ weight }) => weight > 0)) return steps;
  throw new ArgumentError(
    "no sample of the data set counts in the loss: each has the label that ignoreIndex leaves out, or one of weight 0",
  );
}

/** How the steps of a training epoch are laid down. */
export interface UpdatePlan {
  /** Batches for each update. */
  readonly accumulate: number;
  /** The optimiser's numbers for the `update`th update, counting from 1. */
  readonly scalars: (update: number) => readonly number[];
  /** Updates of earlier epochs. */
  readonly before: number;
}

/** Adds to the steps how parameters are updated: after every so many of them, and after the last. */
export function planUpdates(steps: readonly EpochStep[], { accumulate, scalars, before }: UpdatePlan): EpochStep[] {
  const planned: EpochStep[] = [];
  for (let first = 0; first < steps.length; first += accumulate) {
    const group = steps.slice(first, first + accumulate);
    const divisor = group.reduce((sum, { weight, count }) => sum + (weight ?? count), 0);
    const fields = { divisor, scalars: scalars(first / accumulate + 1) };
    for (const [k, step] of group.entries()) {
      const seed = before * accumulate + first + k + 1;
      planned.push({ ...step, ...fields, seed, goesOn: k > 0, waits: k + 1 < group.length });
    }
  }
  return planned;
}

/** How many of the first so many steps update the parameters. */
export function updatesAmong(steps: readonly EpochStep[], count: number): number {
  return steps.slice(0, count).filter(({ waits }) => !waits).length;
}
