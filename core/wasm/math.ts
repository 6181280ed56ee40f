/**
 * exp, log, tanh and erf of four floats at once, as code in the middle of a function. How far from the exact value each
 * may be is tested over its whole range (`tests/core/wasm/math_test.ts`); NaN gives NaN.
 *
 * The polynomials are minimax approximations in the ranges that the formulas lead to, found by Remez' method.
 * @module
 */
import { type Code, f32x4, get, i32, i32x4, set, v128 } from "./code.ts";
import { multiplyAdd, selectLanes } from "./features.ts";
import type { WasmFunction } from "./module.ts";

/** A function of a vector: code that leaves the results of `x`. */
export type VectorFunction = (f: WasmFunction, x: Code) => Code;

/** Coefficients from the highest power down, by Horner's rule. */
function polynomial(f: WasmFunction, x: number, coefficients: readonly number[]): Code {
  const [first, ...rest] = coefficients.map((value) => f.float(value));
  return rest.reduce((sum, coefficient) => multiplyAdd(sum, get(x), coefficient), first);
}

const select = selectLanes;

/** Adding it to a float of moderate size rounds that, and leaves the whole number in the lowest bits. */
const ROUNDING = 12582912;

/**
 * `exp(x)` within 2 ulp: `2^n exp(r)`, r from -ln(2) / 2 to ln(2) / 2. What would be below 2.4e-38 is 0, as processors
 * of graphics have it.
 */
export const exp: VectorFunction = (f, x) => {
  const [value, n, t, r] = Array.from({ length: 4 }, () => f.local("v128"));
  return [
    // Beyond these exp is 0 and infinity anyhow; NaN stays.
    set(value, f32x4.pmin(f32x4.pmax(x, f.float(-87.4)), f.float(89))),
    set(t, multiplyAdd(get(value), f.float(Math.LOG2E), f.float(ROUNDING))),
    set(n, f32x4.sub(get(t), f.float(ROUNDING))),
    set(r, multiplyAdd(get(n), f.float(-0.693359375), get(value))),
    set(r, multiplyAdd(get(n), f.float(2.12194440e-4), get(r))),
    set(
      value,
      f32x4.mul(
        polynomial(f, r, [
          1.9875691500e-4,
          1.3981999507e-3,
          8.3334519073e-3,
          4.1665795894e-2,
          1.6666665459e-1,
          0.5,
          1,
          1,
        ]),
        // Half of 2^n, which itself may be out of range.
        i32x4.shl(i32x4.add(get(t), f.whole(126)), i32.const(23)),
      ),
    ),
    f32x4.add(get(value), get(value)),
  ];
};

/** `log(x)` within 2 ulp: `k ln(2) + log(m)`, m from sqrt(1/2) to sqrt(2). */
export const log: VectorFunction = (f, x) => {
  const [value, tiny, m, k, low, t, y] = Array.from({ length: 7 }, () => f.local("v128"));
  const smallest = f.float(1.17549435e-38);
  return [
    set(value, x),
    // Denormals are made normal first.
    set(tiny, f32x4.lt(get(value), smallest)),
    set(m, select(get(tiny), f32x4.mul(get(value), f.float(8388608)), get(value))),
    set(k, i32x4.sub(i32x4.shr_s(get(m), i32.const(23)), f.whole(126))),
    set(k, i32x4.sub(get(k), v128.and(get(tiny), f.whole(23)))),
    set(m, v128.or(v128.and(get(m), f.whole(0x007fffff)), f.whole(0x3f000000))),
    set(low, f32x4.lt(get(m), f.float(Math.SQRT1_2))),
    set(k, i32x4.add(get(k), get(low))),
    set(t, f32x4.add(f32x4.sub(get(m), f.float(1)), v128.and(get(m), get(low)))),
    set(k, f32x4.convert_i32x4_s(get(k))),
    set(
      y,
      polynomial(f, t, [
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
      ]),
    ),
    set(m, f32x4.mul(get(t), get(t))),
    set(y, f32x4.mul(f32x4.mul(get(y), get(m)), get(t))),
    set(y, multiplyAdd(get(k), f.float(-2.12194440e-4), get(y))),
    set(y, multiplyAdd(get(m), f.float(-0.5), get(y))),
    set(y, f32x4.add(get(t), get(y))),
    set(y, multiplyAdd(get(k), f.float(0.693359375), get(y))),
    // 0, infinity, and what has no logarithm.
    set(y, select(f32x4.eq(get(value), f.float(0)), f.float(-Infinity), get(y))),
    set(y, select(f32x4.eq(get(value), f.float(Infinity)), get(value), get(y))),
    select(f32x4.ge(get(value), f.float(0)), get(y), f.float(NaN)),
  ];
};

/** `tanh(x)` within 2 ulp: an odd polynomial near 0, else `1 - 2 / (exp(2 |x|) + 1)`. */
export const tanh: VectorFunction = (f, x) => {
  const [value, size, square, far] = Array.from({ length: 4 }, () => f.local("v128"));
  return [
    set(value, x),
    set(size, f32x4.abs(get(value))),
    set(square, f32x4.mul(get(value), get(value))),
    set(
      far,
      f32x4.sub(
        f.float(1),
        f32x4.div(f.float(2), f32x4.add(exp(f, f32x4.add(get(size), get(size))), f.float(1))),
      ),
    ),
    select(
      f32x4.lt(get(size), f.float(0.625)),
      multiplyAdd(
        f32x4.mul(
          polynomial(f, square, [
            -5.70498872745e-3,
            2.06390887954e-2,
            -5.37397155531e-2,
            1.33314422036e-1,
            -3.33332819422e-1,
          ]),
          get(square),
        ),
        get(value),
        get(value),
      ),
      v128.or(get(far), v128.and(get(value), f.whole(0x80000000))),
    ),
  ];
};

/** The coefficients of {@linkcode erf}, from the highest power down: of the square from -1 to 1, and of the size beyond. */
export const ERF_NEAR: readonly number[] = [
  -9.680138105e-6,
  1.127054505e-4,
  -8.484711519e-4,
  5.221074882e-3,
  -2.686544582e-2,
  1.128378275e-1,
  -3.761263848e-1,
  1.128379167,
];
/** See {@linkcode ERF_NEAR}. */
export const ERF_FAR: readonly number[] = [
  2.512855147e-7,
  -2.531423237e-5,
  4.637845626e-4,
  -4.282371022e-3,
  2.53735319e-2,
  -1.08638967e-1,
  -6.330396369e-1,
  -1.129661146,
  2.043578262e-4,
];

/** `erf(x)` within 3 ulp: an odd polynomial from -1 to 1, else `1 - exp(q(|x|))`, which is 1 from 4 on. */
export const erf: VectorFunction = (f, x) => {
  const [value, size, square] = Array.from({ length: 3 }, () => f.local("v128"));
  return [
    set(value, x),
    set(size, f32x4.pmin(f32x4.abs(get(value)), f.float(4))),
    set(square, f32x4.mul(get(value), get(value))),
    select(
      f32x4.lt(get(size), f.float(1)),
      f32x4.mul(polynomial(f, square, ERF_NEAR), get(value)),
      v128.or(
        f32x4.sub(f.float(1), exp(f, polynomial(f, size, ERF_FAR))),
        v128.and(get(value), f.whole(0x80000000)),
      ),
    ),
  ];
};
