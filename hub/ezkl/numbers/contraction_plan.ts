/**
 * Sums of products as tables of places: what is walked through, and the weights in the order of the walk.
 * @module
 */

/**
 * Where the operands of each sum lie, in elements. For every group, row r and position p:
 * out[group.out + outRow[r] + outPosition[p]] =
 *   sum over k of w[group.w + wRow[r] + wTerm[k]] * x[group.x + xPosition[p] + xTerm[k]].
 */
export interface ContractionPlan {
  /** Parts that share no operand, by where they start. */
  groups: { x: number; w: number; out: number; bias: number }[];
  /** By position: the part of x. */
  xPosition: Int32Array;
  /** By position: the place of the result. */
  outPosition: Int32Array;
  /** By row: the part of w. */
  wRow: Int32Array;
  /** By row: the place of the result. */
  outRow: Int32Array;
  /** By term of the sum: the place in x. */
  xTerm: Int32Array;
  /** By term of the sum: the place in w. */
  wTerm: Int32Array;
}

/** Weights in the order in which they are read. */
export interface PackedWeights {
  /** By group, row and term of the sum. */
  w: Float64Array;
  /** By group and row: what the sum begins with. */
  bias: Float64Array;
}
