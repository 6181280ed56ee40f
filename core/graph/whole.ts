/**
 * Whole numbers that a model is given to look something up by: as 32-bit floats, which are exact up to 2^24.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { storageOf } from "./fuse.ts";
import type { Graph } from "./graph.ts";

/** What a graph expects of its input. */
export interface WholeInput {
  /** Whole numbers below this. */
  readonly below: number;
  /** The node that looks up. */
  readonly node: string;
}

/** What a graph expects of its input, where that goes to who looks up by it; null for nothing in particular. */
export function wholeInput({ nodes }: Graph): WholeInput | null {
  let least: WholeInput | null = null;
  for (const node of nodes) {
    if (node.op.wholeBelow === undefined || storageOf(node.inputs[0]).role !== "input") continue;
    const below = node.op.wholeBelow(node);
    if (least === null || below < least.below) least = { below, node: node.name };
  }
  return least;
}

/** Throws an `ArgumentError`, which begins with `where`, for the first number that is not what the input has to be. */
export function checkWhole(where: string, data: ArrayLike<number>, { below, node }: WholeInput): void {
  for (let k = 0; k < data.length; k++) {
    const value = data[k];
    if (Number.isInteger(value) && value >= 0 && value < below) continue;
    throw new ArgumentError(
      `${where}: input ${k} is ${value}, and ${node} looks up by it, expected whole numbers from 0 to ${below - 1}; ` +
        "make the embedding larger, or map what it does not know to a number of its own",
    );
  }
}

const checked = new WeakMap<object, number>();

/** The same of a data set's numbers, which are looked through once. */
export function checkWholeData(where: string, graph: Graph, data: ArrayLike<number> & object): void {
  const whole = wholeInput(graph);
  if (whole === null || (checked.get(data) ?? Infinity) <= whole.below) return;
  checkWhole(where, data, whole);
  checked.set(data, whole.below);
}
