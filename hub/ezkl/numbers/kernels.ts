/**
 * The innermost loops of a contraction with constant weights.
 * @module
 */

/**
 * Rows r to r + 3 of one position, two samples at a time: eight sums stay in registers
 * while six numbers are loaded for eight products. Arguments as {@linkcode twoRows} has them.
 */
export function fourRows(
  x: Float64Array,
  from: number,
  terms: Int32Array,
  w: Float64Array,
  starts: Float64Array,
  r: number,
  outRow: Int32Array,
  to: number,
  lanes: number,
  out: Float64Array,
): void {
  const count = terms.length;
  const w0 = r * count, w1 = w0 + count, w2 = w1 + count, w3 = w2 + count;
  const to0 = (to + outRow[r]) * lanes, to1 = (to + outRow[r + 1]) * lanes;
  const to2 = (to + outRow[r + 2]) * lanes, to3 = (to + outRow[r + 3]) * lanes;
  let lane = 0;
  for (; lane + 2 <= lanes; lane += 2) {
    let a0 = starts[r], b0 = starts[r + 1], c0 = starts[r + 2], d0 = starts[r + 3];
    let a1 = a0, b1 = b0, c1 = c0, d1 = d0;
    for (let k = 0; k < count; k++) {
      const at = from + terms[k] + lane;
      const x0 = x[at], x1 = x[at + 1];
      const a = w[w0 + k], b = w[w1 + k], c = w[w2 + k], d = w[w3 + k];
      a0 += a * x0;
      a1 += a * x1;
      b0 += b * x0;
      b1 += b * x1;
      c0 += c * x0;
      c1 += c * x1;
      d0 += d * x0;
      d1 += d * x1;
    }
    out[to0 + lane] = a0;
    out[to0 + lane + 1] = a1;
    out[to1 + lane] = b0;
    out[to1 + lane + 1] = b1;
    out[to2 + lane] = c0;
    out[to2 + lane + 1] = c1;
    out[to3 + lane] = d0;
    out[to3 + lane + 1] = d1;
  }
  for (; lane < lanes; lane++) {
    let a = starts[r], b = starts[r + 1], c = starts[r + 2], d = starts[r + 3];
    for (let k = 0; k < count; k++) {
      const value = x[from + terms[k] + lane];
      a += w[w0 + k] * value;
      b += w[w1 + k] * value;
      c += w[w2 + k] * value;
      d += w[w3 + k] * value;
    }
    out[to0 + lane] = a;
    out[to1 + lane] = b;
    out[to2 + lane] = c;
    out[to3 + lane] = d;
  }
}

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
