/**
 * Which parameters are trained at the moment, and by which numbers: those of one group that have taken as many steps
 * share a row of them.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { WHERE_LAYERS_ARE } from "../graph/check.ts";
import type { AnyModule } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { groupsOf } from "../graph/param_groups.ts";
import type { UpdateRows } from "../run/update.ts";

/** The rows, and what is in them. */
export interface TrainingRows extends UpdateRows {
  /** Differs where the rows do. */
  readonly key: string;
  /** The numbers of all rows at the `step`th update from now on, counting from 1. */
  scalars(step: number): readonly number[];
}

/** How many steps each parameter has taken, as torch.optim counts them: those while it was frozen are not among them. */
export type StepCounts = ReadonlyMap<string, number>;

/** The rows of a model; throws an `ArgumentError` where there is nothing to train. */
export function trainingRows(model: AnyModule, optimizer: Optimizer, taken: StepCounts): TrainingRows {
  const named = model.namedParameters();
  if (named.length === 0) throw new ArgumentError(`the model has no parameters to train: ${WHERE_LAYERS_ARE}`);
  const groups = groupsOf(optimizer, named);
  const rows: { readonly group: number; readonly taken: number }[] = [];
  const of = new Map<string, number>();
  for (const [name, parameter] of named) {
    const group = groups.get(name);
    if (group === undefined || !parameter.requiresGrad) continue;
    const steps = taken.get(name) ?? 0;
    const known = rows.findIndex((row) => row.group === group && row.taken === steps);
    of.set(name, known === -1 ? rows.push({ group, taken: steps }) - 1 : known);
  }
  if (of.size === 0) {
    throw new ArgumentError(
      `none of the model's ${named.length} parameters is trained: each is frozen (requiresGrad is false) or in no ` +
        `group of ${optimizer.name}; set requiresGrad of some to true, or give them to the optimiser`,
    );
  }
  return {
    of,
    count: rows.length,
    key: [...of].map(([name, row]) => `${name}:${row}`).join(),
    scalars: (step) => rows.flatMap(({ group, taken }) => optimizer.scalars(taken + step, group)),
  };
}

/** The counts after so many more steps of what is trained. */
export function counted(taken: StepCounts, rows: UpdateRows, steps: number): StepCounts {
  const more = [...rows.of.keys()].map((name) => [name, (taken.get(name) ?? 0) + steps] as const);
  return new Map([...taken, ...more]);
}
