/**
 * Whole numbers that a model is given to look something up by: as 32-bit floats, which are exact up to 2^24.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { storageOf } from "./fuse.ts";
import type { Graph } from "./graph.ts";
import { PartOp } from "./parts.ts";

/** What a graph expects of some of the numbers that a sample has. */
export interface WholeInput {
  /** Whole numbers below this. */
  readonly below: number;
  /** The node that looks up. */
  readonly node: string;
  /** The first of them, how many there are, and how many numbers a sample has. */
  readonly start: number;
  readonly size: number;
  readonly total: number;
}

/** What a graph expects of its inputs where they go to who looks up by them. */
export function wholeInputs({ nodes }: Graph): readonly WholeInput[] {
  return nodes.flatMap((node): WholeInput[] => {
    if (node.op.wholeBelow === undefined) return [];
    const looked = storageOf(node.inputs[0]);
    const isPart = looked.node?.op === PartOp;
    const given = isPart ? looked.node!.inputs[0] : looked;
    if (given.role !== "input") return [];
    return [{
      below: node.op.wholeBelow(node),
      node: node.name,
      start: isPart ? looked.node!.attributes.start : 0,
      size: sizeOf(looked.shape.slice(1)),
      total: sizeOf(given.shape.slice(1)),
    }];
  });
}

/**
 * Throws an `ArgumentError`, which begins with `where`, for the first number of `count` samples that is not what the
 * inputs have to be; `first` is the number of the first sample.
 */
export function checkWhole(
  where: string,
  data: ArrayLike<number>,
  first: number,
  count: number,
  whole: readonly WholeInput[],
): void {
  for (const { below, node, start, size, total } of whole) {
    for (let n = 0; n < count; n++) {
      for (let k = start; k < start + size; k++) {
        const value = data[n * total + k];
        if (Number.isInteger(value) && value >= 0 && value < below) continue;
        throw new ArgumentError(
          `${where}: number ${k} of sample ${
            first + n
          } is ${value}, and ${node} looks up by it, expected whole numbers ` +
            `from 0 to ${below - 1}; make the embedding larger, or map what it does not know to a number of its own`,
        );
      }
    }
  }
}

const checked = new WeakMap<object, Set<string>>();

/** The same of a data set's inputs, of `count` samples, which are looked through once. */
export function checkWholeField(where: string, graph: Graph, { data, table }: Numbers, count: number): void {
  const whole = wholeInputs(graph);
  if (whole.length === 0) return;
  const known = checked.get(data) ?? new Set();
  const key = JSON.stringify(whole);
  if (known.has(key)) return;
  checkWhole(where, table === undefined ? data : Float32Array.from(data, (byte) => table[byte]), 0, count, whole);
  checked.set(data, known.add(key));
}

/** Numbers, or bytes with a table of what they stand for. */
interface Numbers {
  readonly data: ArrayLike<number> & object;
  readonly table?: ArrayLike<number> | undefined;
}
