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
  /** Rows of the hash with the constants of their rounds; empty or absent where nothing is hashed. */
  hashRounds?: readonly HashRound[];
}

/** What a row of the hash adds to the state: two elements for a round, and two for the second round in it. */
export interface HashRound {
  /** The row. */
  readonly row: number;
  /** The elements, in the order of the hash's fixed columns. */
  readonly constants: readonly bigint[];
}
