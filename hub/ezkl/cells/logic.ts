/**
 * Comparisons and truth values, as steps.
 * @module
 */
import { sign } from "./digits.ts";
import type { Steps } from "./steps.ts";
import { constants, filled, type Tensor } from "./tensor.ts";

const ONE = constants([1]), ZERO = constants([0]);

/** Holds every element of `x` equal to one number. */
export function holdTo(steps: Steps, value: number, x: Tensor): void {
  steps.equal(x, filled(value, x.dims));
}

/** 1 where `a` and `b` are the same, else 0. */
export function equals(steps: Steps, a: Tensor, b: Tensor): Tensor {
  return steps.isZero(steps.pair("Sub", a, b));
}

/** 1 where `a` is greater. */
export function greater(steps: Steps, a: Tensor, b: Tensor): Tensor {
  return equals(steps, sign(steps, steps.pair("Sub", a, b)), ONE);
}

/** 1 where `a` is not less. */
export function greaterEqual(steps: Steps, a: Tensor, b: Tensor): Tensor {
  return greater(steps, steps.pair("Add", a, ONE), b);
}

/** Holds `x` to 0 and 1. */
export function truth(steps: Steps, x: Tensor): Tensor {
  const result = steps.copied(x);
  steps.range(x, 0n, 1n);
  return result;
}

/** Both. */
export function and(steps: Steps, a: Tensor, b: Tensor): Tensor {
  const left = truth(steps, a), right = truth(steps, b);
  return steps.pair("Mult", left, right);
}

/** `a` where `mask` is 1, `b` where it is 0. */
export function choice(steps: Steps, mask: Tensor, a: Tensor, b: Tensor): Tensor {
  const taken = truth(steps, mask);
  const left = steps.pair("Sub", ONE, taken);
  const first = steps.pair("Mult", a, taken), second = steps.pair("Mult", b, left);
  return steps.pair("Add", first, second);
}

/** 1 for 0 and 0 for 1. */
export function not(steps: Steps, x: Tensor): Tensor {
  return choice(steps, x, ZERO, ONE);
}

/** Either. */
export function or(steps: Steps, a: Tensor, b: Tensor): Tensor {
  const right = truth(steps, b);
  return choice(steps, a, a, right);
}

/** One of both. */
export function xor(steps: Steps, a: Tensor, b: Tensor): Tensor {
  const notA = not(steps, a), notB = not(steps, b);
  const first = and(steps, a, notB), second = and(steps, b, notA);
  return steps.pair("Add", first, second);
}

/** Holds a claimed number `y` to where a convex function `f` of it is least among its neighbours; gives whether it is. */
export function optimum(steps: Steps, y: Tensor, f: (y: Tensor) => Tensor): Tensor {
  const here = f(y);
  const above = f(steps.pair("Add", y, ONE));
  const below = f(steps.pair("Sub", y, ONE));
  const right = greaterEqual(steps, above, here);
  const left = greater(steps, below, here);
  return and(steps, left, right);
}
