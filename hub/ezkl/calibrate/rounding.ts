/**
 * Rounds a layer's weights to a coarse grid so that its results change least on real
 * inputs.
 *
 * Each weight goes to the nearest point of the grid in turn, and what that loses is
 * made good by the weights still to come, as far as the inputs are correlated: the
 * second-order rounding of Frantar et al., "GPTQ" (2022), after LeCun's Optimal Brain
 * Damage and Hassibi's Optimal Brain Surgeon. What is left of a shift of the mean goes
 * into the bias (Nagel et al., "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", 2019).
 * @module
 */
import { quantize } from "../numbers/fixed_point.ts";

/** How the inputs of a layer's dot products vary together. */
export interface InputStatistics {
  /** Length of a dot product. */
  depth: number;
  /** Mean of each element. */
  mean: Float64Array;
  /** Covariance times the number of samples, `[depth, depth]`. */
  covariance: Float64Array;
}

/** Statistics of `samples`, row-major `[count, depth]`. */
export function inputStatistics(samples: Float64Array, depth: number): InputStatistics {
  const count = samples.length / depth;
  const mean = new Float64Array(depth), covariance = new Float64Array(depth * depth);
  samples.forEach((value, index) => mean[index % depth] += value / count);
  const centred = new Float64Array(depth);
  for (let row = 0; row < count; row++) {
    for (let k = 0; k < depth; k++) centred[k] = samples[row * depth + k] - mean[k];
    for (let k = 0; k < depth; k++) {
      const value = centred[k];
      if (value === 0) continue;
      for (let j = 0, at = k * depth; j <= k; j++) covariance[at + j] += value * centred[j];
    }
  }
  for (let k = 0; k < depth; k++) for (let j = 0; j < k; j++) covariance[j * depth + k] = covariance[k * depth + j];
  return { depth, mean, covariance };
}

/** How much each weight's rounding is felt by the ones after it. */
export interface RoundingOrder {
  /** Elements, the ones that vary most first. */
  order: number[];
  /** Upper triangular factor of the inverse covariance in that order, `[depth, depth]`. */
  factor: Float64Array;
}

/** Prepares the rounding of every dot product over inputs of these statistics. */
export function roundingOrder({ depth, covariance }: InputStatistics): RoundingOrder {
  const variance = Array.from({ length: depth }, (_, k) => covariance[k * depth + k]);
  const order = variance.map((_, k) => k).sort((a, b) => variance[b] - variance[a]);
  const total = variance.reduce((sum, value) => sum + value, 0);
  // Inputs that never vary would make the matrix singular; GPTQ's 1 % of the mean variance keeps it regular.
  const damping = Math.max(0.01 * total / depth, Number.EPSILON);
  const sorted = Float64Array.from({ length: depth * depth }, (_, index) => {
    const row = Math.floor(index / depth), column = index % depth;
    return covariance[order[row] * depth + order[column]] + (row === column ? damping : 0);
  });
  const lower = cholesky(inverse(sorted, depth), depth);
  const factor = new Float64Array(depth * depth);
  for (let row = 0; row < depth; row++) {
    for (let column = row; column < depth; column++) factor[row * depth + column] = lower[column * depth + row];
  }
  return { order, factor };
}

/**
 * Weights `[outputs, depth]` as whole numbers at scale `bits`; magnitudes below
 * `deadZone` (in units of the grid, 0.5 for plain rounding) become 0.
 */
export function roundWeights(
  weights: ArrayLike<number>,
  { order, factor }: RoundingOrder,
  bits: number,
  deadZone: number,
): Float64Array {
  const depth = order.length, unit = 2 ** bits;
  const rounded = new Float64Array(weights.length), open = new Float64Array(depth);
  for (let start = 0; start < weights.length; start += depth) {
    for (let k = 0; k < depth; k++) open[k] = weights[start + order[k]];
    for (let k = 0; k < depth; k++) {
      const whole = Math.abs(open[k] * unit) < deadZone ? 0 : quantize(open[k], bits);
      rounded[start + order[k]] = whole;
      const lost = (open[k] - whole / unit) / factor[k * depth + k];
      if (lost === 0) continue;
      for (let j = k + 1, at = k * depth; j < depth; j++) open[j] -= lost * factor[at + j];
    }
  }
  return rounded;
}

/** Lower triangular L with L L^T = `matrix`, which is symmetric and positive. */
function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column];
      for (let k = 0; k < column; k++) sum -= lower[row * size + k] * lower[column * size + k];
      lower[row * size + column] = row === column
        ? Math.sqrt(Math.max(sum, 1e-300))
        : sum / lower[column * size + column];
    }
  }
  return lower;
}

/** Inverse of a symmetric positive matrix, from its Cholesky factor. */
function inverse(matrix: Float64Array, size: number): Float64Array {
  const lower = cholesky(matrix, size);
  const inverted = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let sum = row === column ? 1 : 0;
      for (let k = column; k < row; k++) sum -= lower[row * size + k] * inverted[k * size + column];
      inverted[row * size + column] = sum / lower[row * size + row];
    }
  }
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let k = row; k < size; k++) sum += inverted[k * size + row] * inverted[k * size + column];
      result[row * size + column] = result[column * size + row] = sum;
    }
  }
  return result;
}
