/**
 * What the layers that have parameters share.
 * @module
 */
import { whole } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";

/** Options of the layers that have parameters. */
export interface LayerOptions {
  /** Whether there is a bias; default true. */
  readonly bias?: boolean;
}

/** The names of the options. */
export const LAYER_OPTIONS: readonly string[] = namesOf<LayerOptions>({ bias: true });

/** Throws an `ArgumentError` for a size that is no positive integer. */
export function checkCounts(layer: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) whole(`${layer}: ${name}`, count);
}
