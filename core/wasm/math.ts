/**
 * exp, log, tanh and erf of four floats at once, as code in the middle of a function. How far from the exact value each
 * may be is tested over its whole range (`tests/core/wasm/math_test.ts`); NaN gives NaN.
 *
 * The polynomials are minimax approximations in the ranges that the formulas lead to, found by Remez' method.
 * @module
 */
import { type Code, f32x4, get, i32, i32x4, set, v128 } from "./code.ts";
import { multiplyAdd } from "./features.ts";
import type { WasmFunction } from "./module.ts";

/** A function of a vector: code that leaves the results of `x`. */
export type VectorFunction = (f: WasmFunction, x: Code) => Code;

/** Coefficients from the highest power down, by Horner's rule. */
function polynomial(x: number, coefficients: readonly number[]): Code {
  const [first, ...rest] = coefficients.map((value) => f32x4.const(value));
  return rest.reduce((sum, coefficient) => multiplyAdd(sum, get(x), coefficient), first);
}

/** `a` where the mask is set, else `b`. */
const select = (mask: Code, a: Code, b: Code): Code => v128.bitselect(a, b, mask);

/** 2 to the power of whole numbers from -126 to 127, as integers. */
const powerOfTwo = (n: Code): Code => i32x4.shl(i32x4.add(n, splat(127)), i32.const(23));
const splat = (n: number): Code => v128.const([n, n, n, n]);

/** `exp(x)` within 2 ulp, denormal results included: `2^n exp(r)`, r from -ln(2) / 2 to ln(2) / 2. */
export const exp: VectorFunction = (f, x) => {
  const [value, n, r, whole, half] = [f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128"), f.local("v128")];
  return [
    // Beyond these exp is 0 and infinity anyhow.
    set(value, f32x4.max(f32x4.min(x, f32x4.const(89)), f32x4.const(-105))),
    set(n, f32x4.nearest(f32x4.mul(get(value), f32x4.const(Math.LOG2E)))),
    set(r, multiplyAdd(get(n), f32x4.const(-0.693359375), get(value))),
    set(r, multiplyAdd(get(n), f32x4.const(2.12194440e-4), get(r))),
    set(whole, i32x4.trunc_sat_f32x4_s(get(n))),
    // In two factors, as 2^n itself may be out of range.
    set(half, i32x4.shr_s(get(whole), i32.const(1))),
    f32x4.mul(
      f32x4.mul(
        polynomial(r, [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5, 1, 1]),
        powerOfTwo(get(half)),
      ),
      powerOfTwo(i32x4.sub(get(whole), get(half))),
    ),
  ];
};

/** `log(x)` within 2 ulp: `k ln(2) + log(m)`, m from sqrt(1/2) to sqrt(2). */
export const log: VectorFunction = (f, x) => {
  const [value, tiny, m, k, low, t, y] = Array.from({ length: 7 }, () => f.local("v128"));
  const smallest = f32x4.const(1.17549435e-38);
  return [
    set(value, x),
    // Denormals are made normal first.
    set(tiny, f32x4.lt(get(value), smallest)),
    set(m, select(get(tiny), f32x4.mul(get(value), f32x4.const(8388608)), get(value))),
    set(k, i32x4.sub(i32x4.shr_s(get(m), i32.const(23)), splat(126))),
    set(k, i32x4.sub(get(k), v128.and(get(tiny), splat(23)))),
    set(m, v128.or(v128.and(get(m), splat(0x007fffff)), splat(0x3f000000))),
    set(low, f32x4.lt(get(m), f32x4.const(Math.SQRT1_2))),
    set(k, i32x4.add(get(k), get(low))),
    set(t, f32x4.add(f32x4.sub(get(m), f32x4.const(1)), v128.and(get(m), get(low)))),
    set(k, f32x4.convert_i32x4_s(get(k))),
    set(
      y,
      polynomial(t, [
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
    set(y, multiplyAdd(get(k), f32x4.const(-2.12194440e-4), get(y))),
    set(y, multiplyAdd(get(m), f32x4.const(-0.5), get(y))),
    set(y, f32x4.add(get(t), get(y))),
    set(y, multiplyAdd(get(k), f32x4.const(0.693359375), get(y))),
    // 0, infinity, and what has no logarithm.
    set(y, select(f32x4.eq(get(value), f32x4.const(0)), f32x4.const(-Infinity), get(y))),
    set(y, select(f32x4.eq(get(value), f32x4.const(Infinity)), get(value), get(y))),
    select(f32x4.ge(get(value), f32x4.const(0)), get(y), f32x4.const(NaN)),
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
        f32x4.const(1),
        f32x4.div(f32x4.const(2), f32x4.add(exp(f, f32x4.add(get(size), get(size))), f32x4.const(1))),
      ),
    ),
    select(
      f32x4.lt(get(size), f32x4.const(0.625)),
      multiplyAdd(
        f32x4.mul(
          polynomial(square, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]),
          get(square),
        ),
        get(value),
        get(value),
      ),
      v128.or(get(far), v128.and(get(value), splat(0x80000000))),
    ),
  ];
};

