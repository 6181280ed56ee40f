/**
 * What the layers that have parameters share.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";

/** Options of the layers that have parameters. */
export interface LayerOptions {
  /** Whether there is a bias; default true. */
  readonly bias?: boolean;
}

/** Throws an `ArgumentError` for a size that is no positive integer. */
export function checkCounts(layer: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) {
      throw new ArgumentError(`${layer}: ${name} is ${count}, expected a positive integer`);
    }
  }
}
