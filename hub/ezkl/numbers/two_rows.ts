/**
 * The innermost loop of a contraction with constant weights where it is not for vectors: single samples, mostly.
 * @module
 */

/**
 * Rows r and r2 of one position, which may be the same: out[(to + outRow[r]) * lanes + lane] =
 * starts[r] + sum over k of w[r * terms.length + k] * x[from + terms[k] + lane].
 */
export function twoRows(
  x: Float64Array,
  from: number,
  terms: Int32Array,
  w: Float64Array,
  starts: Float64Array,
  r: number,
  r2: number,
  outRow: Int32Array,
  to: number,
  lanes: number,
  out: Float64Array,
): void {
  const count = terms.length;
  const w0 = r * count, w1 = r2 * count;
  const to0 = (to + outRow[r]) * lanes, to1 = (to + outRow[r2]) * lanes;
  let lane = 0;
  for (; lane + 4 <= lanes; lane += 4) {
    let a0 = starts[r], b0 = starts[r2];
    let a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0;
    for (let k = 0; k < count; k++) {
      const at = from + terms[k] + lane;
      const x0 = x[at], x1 = x[at + 1], x2 = x[at + 2], x3 = x[at + 3];
      const a = w[w0 + k], b = w[w1 + k];
      a0 += a * x0;
      a1 += a * x1;
      a2 += a * x2;
      a3 += a * x3;
      b0 += b * x0;
      b1 += b * x1;
      b2 += b * x2;
      b3 += b * x3;
    }
    out[to0 + lane] = a0;
    out[to0 + lane + 1] = a1;
    out[to0 + lane + 2] = a2;
    out[to0 + lane + 3] = a3;
    out[to1 + lane] = b0;
    out[to1 + lane + 1] = b1;
    out[to1 + lane + 2] = b2;
    out[to1 + lane + 3] = b3;
  }
  for (; lane < lanes; lane++) {
    let a = starts[r], b = starts[r2];
    for (let k = 0; k < count; k++) {
      const value = x[from + terms[k] + lane];
      a += w[w0 + k] * value;
      b += w[w1 + k] * value;
    }
    out[to0 + lane] = a;
    out[to1 + lane] = b;
  }
}
