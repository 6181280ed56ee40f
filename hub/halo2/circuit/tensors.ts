/**
 * The three tensors of a circuit's cells as columns: the two inputs and the output of every
 * operation stand side by side in a row. A tensor has blocks of inner columns.
 * @module
 */
import type { Column, Draft } from "./draft.ts";

/** An operation's three columns: of the first and second input, and of the output. */
export interface Place {
  /** First input. */
  x: Column;
  /** Second input; which column of a wide table is meant, where one is looked up. */
  y: Column;
  /** Output. */
  output: Column;
}

/** The columns by their places. */
export interface Tensors {
  /** The places of each block. */
  blocks: Place[][];
  /** All places, block by block. */
  places: Place[];
}

/** Adds three tensors of `blocks` blocks of `innerCols` columns. */
export function addTensors(draft: Draft, blocks: number, innerCols: number): Tensors {
  const [x, y, output] = Array.from(
    { length: 3 },
    () => Array.from({ length: blocks * innerCols }, () => draft.addBound("advice")),
  );
  const places = x.map((column, index) => ({ x: column, y: y[index], output: output[index] }));
  return {
    places,
    blocks: Array.from({ length: blocks }, (_, block) => places.slice(block * innerCols, (block + 1) * innerCols)),
  };
}
