/**
 * What the keys of a circuit are made of.
 * @module
 */

/** A circuit's cells without the prover's values. */
export interface CircuitCells {
  /** Where each selector is on: bit i of byte j stands for row 8j + i. */
  selectors: readonly Uint8Array<ArrayBuffer>[];
  /** Pairs of equal cells, in order; a cell is its column in the permutation times the rows, plus its row. */
  copies: Int32Array<ArrayBuffer>;
  /** The constants, in the order of their cells. */
  constants: (number | bigint)[];
}
