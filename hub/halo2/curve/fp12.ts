/**
 * The field of the pairing's values: polynomials in w over numbers a + b i, with i² = -1 and
 * w⁶ = 9 + i. Products are summed before they are reduced, which costs most.
 * @module
 */
import { type Fp2, inverse, mod, P } from "./bn254.ts";

/** The twelve numbers a0, b0, a1, b1, ...: the coefficient of w^k is a_k + b_k i. Each from -P to P. */
export type Fp12 = readonly bigint[];

/** 1. */
export const ONE: Fp12 = [1n, ...new Array<bigint>(11).fill(0n)];

/** a · b. */
export function multiply12(a: Fp12, b: Fp12): Fp12 {
  const sums = new Array<bigint>(22).fill(0n);
  for (let i = 0; i < 12; i += 2) addRow(sums, i, a[i], a[i + 1], b);
  return reduce(sums);
}

/** Adds (re + im i) w^(at/2) times the whole of b. */
function addRow(sums: bigint[], at: number, re: bigint, im: bigint, b: Fp12): void {
  const both = re + im;
  for (let j = 0; j < 12; j += 2) {
    const real = re * b[j], imaginary = im * b[j + 1];
    sums[at + j] += real - imaginary;
    sums[at + j + 1] += both * (b[j] + b[j + 1]) - real - imaginary;
  }
}

/** a². */
export function square12(a: Fp12): Fp12 {
  const sums = new Array<bigint>(22).fill(0n);
  for (let i = 0; i < 12; i += 2) {
    const re = a[i], im = a[i + 1];
    sums[2 * i] += (re + im) * (re - im);
    sums[2 * i + 1] += 2n * re * im;
    const twiceRe = 2n * re, twiceIm = 2n * im, both = twiceRe + twiceIm;
    for (let j = i + 2; j < 12; j += 2) {
      const real = twiceRe * a[j], imaginary = twiceIm * a[j + 1];
      sums[i + j] += real - imaginary;
      sums[i + j + 1] += both * (a[j] + a[j + 1]) - real - imaginary;
    }
  }
  return reduce(sums);
}

/** a times the sparse number one + first w + third w³, with `one` not imaginary. */
export function multiplyLine(a: Fp12, one: bigint, first: Fp2, third: Fp2): Fp12 {
  const sums = new Array<bigint>(22).fill(0n);
  for (let j = 0; j < 12; j++) sums[j] = one * a[j];
  addRow(sums, 2, first[0], first[1], a);
  addRow(sums, 6, third[0], third[1], a);
  return reduce(sums);
}

/** w⁶ and higher powers become 9 + i times lower ones. */
function reduce(sums: readonly bigint[]): Fp12 {
  const out = new Array<bigint>(12);
  for (let k = 0; k < 12; k += 2) {
    const re = sums[k + 12] ?? 0n, im = sums[k + 13] ?? 0n;
    out[k] = (sums[k] + 9n * re - im) % P;
    out[k + 1] = (sums[k + 1] + re + 9n * im) % P;
  }
  return out;
}

/**
 * a² for an element whose norm over the sixth part of the field is 1, as all are after the easy part of the
 * exponentiation: R. Granger and M. Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", 2010.
 */
export function squareCyclotomic(a: Fp12): Fp12 {
  const out = new Array<bigint>(12);
  // Three numbers over w³: their coefficients are those of w^k and w^(k+3).
  const put = (k: number, [x0, x1, y0, y1]: readonly bigint[], from: number, sign: bigint) => {
    out[k] = (3n * x0 + sign * a[from]) % P;
    out[k + 1] = (3n * x1 + sign * a[from + 1]) % P;
    out[k + 6] = (3n * y0 - sign * a[from + 6]) % P;
    out[k + 7] = (3n * y1 - sign * a[from + 7]) % P;
  };
  const [first, second, third] = [0, 2, 4].map((k) => squareOver(a[k], a[k + 1], a[k + 6], a[k + 7]));
  put(0, first, 0, -2n);
  // Times w³: (x + y w³) w³ = (9 + i) y + x w³.
  const [x0, x1, y0, y1] = third;
  put(2, [9n * y0 - y1, y0 + 9n * y1, x0, x1], 2, 2n);
  put(4, second, 4, -2n);
  return out;
}

/** (x + y w³)², not reduced. */
function squareOver(x0: bigint, x1: bigint, y0: bigint, y1: bigint): [bigint, bigint, bigint, bigint] {
  const xx = (x0 + x1) * (x0 - x1), xi = 2n * x0 * x1;
  const yy = (y0 + y1) * (y0 - y1), yi = 2n * y0 * y1;
  return [xx + 9n * yy - yi, xi + yy + 9n * yi, 2n * (x0 * y0 - x1 * y1), 2n * (x0 * y1 + x1 * y0)];
}

/** a to the power P⁶: the odd powers of w change their signs. For what {@linkcode squareCyclotomic} takes, 1/a. */
export function conjugate12(a: Fp12): Fp12 {
  return a.map((value, index) => index & 2 ? -value : value);
}

/** 1 / a, for a that is not 0: by way of a · conjugate(a), which has even powers of w alone. */
export function inverse12(a: Fp12): Fp12 {
  const conjugate = conjugate12(a), norm = multiply12(a, conjugate);
  const [c0, c1, c2] = [0, 4, 8].map((k): Fp2 => [norm[k], norm[k + 1]]);
  const t0 = minus(times(c0, c0), timesRoot(times(c1, c2)));
  const t1 = minus(timesRoot(times(c2, c2)), times(c0, c1));
  const t2 = minus(times(c1, c1), times(c0, c2));
  const rest = timesRoot(plus(times(c2, t1), times(c1, t2)));
  const over = inverseFp2(plus(times(c0, t0), rest));
  const [r0, r1, r2] = [t0, t1, t2].map((part) => times(part, over));
  return multiply12(conjugate, [...r0, 0n, 0n, ...r1, 0n, 0n, ...r2, 0n, 0n]);
}

/** a · b for numbers a + b i. */
export function times(a: Fp2, b: Fp2): Fp2 {
  return [(a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P];
}

/** a + b, not reduced. */
export const plus = (a: Fp2, b: Fp2): Fp2 => [a[0] + b[0], a[1] + b[1]];
/** a - b, not reduced. */
export const minus = (a: Fp2, b: Fp2): Fp2 => [a[0] - b[0], a[1] - b[1]];
const timesRoot = ([re, im]: Fp2): Fp2 => [(9n * re - im) % P, (re + 9n * im) % P];

/** 1 / a. */
export function inverseFp2([re, im]: Fp2): Fp2 {
  const norm = inverse(re * re + im * im, P);
  return [re * norm % P, -im * norm % P];
}

/** base to the power of exponent. */
export function powerFp2(base: Fp2, exponent: bigint): Fp2 {
  let result: Fp2 = [1n, 0n];
  for (let square = base; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = times(result, square);
    square = times(square, square);
  }
  return result;
}

/** Whether a is 1. */
export function isOne(a: Fp12): boolean {
  return a.every((value, index) => mod(value, P) === (index === 0 ? 1n : 0n));
}
