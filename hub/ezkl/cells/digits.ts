/**
 * A number as a sign and digits: what bounds it, and what says whether it is negative.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { type Felt, negate } from "./felt.ts";
import type { Steps } from "./steps.ts";
import { filled, pick, reshaped, type Tensor } from "./tensor.ts";

/** What a decomposition gives. */
export interface Digits {
  /** The sign and the digits of every element, highest first, as they are claimed: `[..., legs + 1]`. */
  readonly claimed: Tensor;
  /** The tensor itself, in cells. */
  readonly whole: Tensor;
}

/** A base and how many digits. */
interface Base {
  readonly base: number;
  readonly legs: number;
}

/** Signs and digits of `x`, with the circuit's base or another. */
export function decompose(steps: Steps, x: Tensor, { base, legs }: Base = steps): Digits {
  const { grid } = steps, { dims } = x, count = sizeOf(dims), width = legs + 1;
  const whole = steps.isLaid(x) ? x : grid.put(0, x);
  const claimed = steps.laid(2, [...dims, width], () => {
    const { values } = whole.elements!;
    return values.flatMap((value) => value === null ? new Array<null>(width).fill(null) : digitsOf(value, base, legs));
  });
  grid.copy(count * width);
  const sign = steps.range(signsOf(claimed), -1n, 1n);
  const zero = steps.isZero(whole);
  const both = steps.pair("Mult", reshaped(sign, dims), zero);
  steps.equal(both, filled(0, dims));
  const places = () => Array.from({ length: count * legs }, (_, at) => at + 1 + Math.floor(at / legs));
  const digits = steps.range(pick(claimed, places, [count * legs]), 0n, BigInt(base) - 1n);
  const magnitudes = reshaped(magnitudesOf(steps, digits, { base, legs }), dims);
  steps.equal(whole, steps.pair("Mult", magnitudes, reshaped(sign, dims)));
  return { claimed, whole };
}

/** What digits of `legs` at a time come to. */
export function magnitudesOf(steps: Steps, digits: Tensor, { base, legs }: Base): Tensor {
  const powers = Array.from({ length: legs }, (_, leg) => BigInt(base) ** BigInt(legs - 1 - leg));
  steps.grid.flush();
  const fixed = steps.noted(steps.constants(powers));
  return steps.dots(sizeOf(digits.dims) / legs, legs, (index) => {
    return [pick(digits, () => powers.map((_, leg) => legs * index + leg), [legs]), fixed];
  });
}

/** The signs among what was claimed, in the shape of what was taken apart. */
export function signsOf(claimed: Tensor): Tensor {
  const dims = claimed.dims.slice(0, -1), width = claimed.dims.at(-1)!;
  return pick(claimed, () => Array.from({ length: sizeOf(dims) }, (_, at) => at * width), dims);
}

/** The elements of `x` in cells with a sign and digits, which bounds each of them. */
export function bounded(steps: Steps, x: Tensor): Tensor {
  return steps.isLaid(x) ? x : decompose(steps, x).whole;
}

/** -1, 0 or 1. */
export function sign(steps: Steps, x: Tensor): Tensor {
  return signsOf(decompose(steps, x).claimed);
}

/** The magnitude. */
export function absolute(steps: Steps, x: Tensor): Tensor {
  return steps.pair("Mult", x, sign(steps, x));
}

function digitsOf(value: Felt, base: number, legs: number): Felt[] {
  const sign = value < 0 ? -1 : value === 0 ? 0 : 1;
  let rest = BigInt(sign < 0 ? negate(value) : value);
  const digits: Felt[] = [], wide = BigInt(base);
  for (let leg = 0; leg < legs; leg++, rest /= wide) digits.unshift(Number(rest % wide));
  return [sign, ...digits];
}
