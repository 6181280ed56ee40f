/**
 * `y = a^b`; `da = dy b a^(b - 1)`, `db = dy y log(a)`. A negative number to a power that is not whole is NaN.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { isNan, notANumber } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, of, unary } from "./activation.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { mul } from "./mul.ts";
import { reciprocal } from "./reciprocal.ts";
import { sqrt } from "./sqrt.ts";

/** The body of a function `(a, b)` that returns `a^b`, or what `result` makes of it as `power`. */
const body = (name: string, of: string, result: string): string =>
  `fn ${name}(a: f32, b: f32) -> f32 {
  let exponent = ${of};
  let half = exponent * 0.5;
  let is_whole = floor(exponent) == exponent;
  let is_odd = is_whole && floor(half) != half;
  let size = exp(exponent * log(abs(a)));
  let signed = select(select(size, -size, is_odd), ${notANumber("a")}, !is_whole);
  let some = select(select(size, signed, a < 0.0), 1.0, exponent == 0.0 || a == 1.0);
  let power = select(select(some, a, ${isNan("a")}), exponent, ${isNan("exponent")});
  return ${result};
}`;

/** The operation: two tensors that broadcast. */
export const PowOp: OpDefinition<null> = binaryOp({
  name: "Pow",
  called: "pow()",
  fn: { name: "power", text: body("power", "b", "power") },
  gradient: (dy, { inputs: [a, b], outputs: [y] }) => [
    mul(dy, applyBinary(SlopeOp, "pow()", a, b)),
    mul(dy, mul(y, unary(LogarithmOp, a, null))),
  ],
  ranges: [[0.3, 2], [-2, 2]],
  cases: [
    { name: "whole powers of any number", inputs: [[2, 3, 5], [5]], attributes: null, whole: { 1: 4 }, apart: true },
  ],
});

/** `b a^(b - 1)`, and 0 where `b` is. */
const SlopeOp = binaryOp({
  name: "PowSlope",
  called: "pow()",
  fn: { name: "power_slope", text: body("power_slope", "b - 1.0", "select(b * power, 0.0, b == 0.0)") },
  gradient: () => null,
});

/** The logarithm, but 0 of 0: there the power does not depend on its exponent. */
const LogarithmOp = activation({
  name: "PowLogarithm",
  forward: of("power_logarithm", `select(select(log(x), ${notANumber("x")}, x < 0.0), 0.0, x == 0.0)`),
  backward: null,
});

/**
 * `a` to the power of `b`, element by element. Either may be a number; shapes broadcast as in PyTorch, and a
 * `ShapeError` says where they do not.
 */
export function pow(a: Value | number, b: Value | number): Value {
  checkArguments("pow()", arguments, 2);
  if (typeof a !== "number") {
    if (b === 1) return a;
    if (b === 2) return mul(a, a);
    if (b === 3) return mul(mul(a, a), a);
    if (b === 0.5) return sqrt(a);
    if (b === -1) return reciprocal(a);
  }
  return applyBinary(PowOp, "pow()", a, b);
}
