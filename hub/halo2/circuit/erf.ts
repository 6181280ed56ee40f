/**
 * The error function, which JavaScript lacks.
 * @module
 */

/**
 * erf(x) to about 1e-15, from Abramowitz and Stegun 7.1.6:
 * erf x = 2/sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)).
 */
export function erf(x: number): number {
  // erf 6 differs from 1 by 2e-17.
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}
