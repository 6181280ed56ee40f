/**
 * Signs, comparisons and truth values, as steps.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { type Operand, placed } from "./operand.ts";
import type { Steps } from "./steps.ts";

/** Holds every element of `x` equal to one number. */
export function holdTo(steps: Steps, value: number, x: Operand): void {
  steps.equal(steps.constants(Array(sizeOf(x.dims)).fill(value), x.dims), x);
}

/** -1, 0 or 1. */
export function sign(steps: Steps, x: Operand): Operand {
  steps.decompose(x);
  return placed(x.dims);
}

/** The magnitude. */
export function absolute(steps: Steps, x: Operand): Operand {
  return steps.pair("Mult", x, sign(steps, x));
}

/** 1 where `a` and `b` are the same, else 0. */
export function equals(steps: Steps, a: Operand, b: Operand): Operand {
  return steps.isZero(steps.pair("Sub", a, b));
}

/** 1 where `a` is greater. */
export function greater(steps: Steps, a: Operand, b: Operand): Operand {
  return equals(steps, sign(steps, steps.pair("Sub", a, b)), steps.constants([1]));
}

/** 1 where `a` is not less. */
export function greaterEqual(steps: Steps, a: Operand, b: Operand): Operand {
  return greater(steps, steps.pair("Add", a, steps.constants([1])), b);
}

/** Holds `x` to 0 and 1. */
export function truth(steps: Steps, x: Operand): Operand {
  const result = steps.copied(x);
  steps.range(x, 0n, 1n);
  return result;
}

/** Both. */
export function and(steps: Steps, a: Operand, b: Operand): Operand {
  const left = truth(steps, a), right = truth(steps, b);
  return steps.pair("Mult", left, right);
}

/** `a` where `mask` is 1, `b` where it is 0. */
export function choice(steps: Steps, mask: Operand, a: Operand, b: Operand): Operand {
  const taken = truth(steps, mask);
  const left = steps.pair("Sub", steps.constants([1]), taken);
  const first = steps.pair("Mult", a, taken), second = steps.pair("Mult", b, left);
  return steps.pair("Add", first, second);
}

/** 1 for 0 and 0 for 1. */
export function not(steps: Steps, x: Operand): Operand {
  return choice(steps, x, steps.constants([0]), steps.constants([1]));
}

/** Either. */
export function or(steps: Steps, a: Operand, b: Operand): Operand {
  const right = truth(steps, b);
  return choice(steps, a, a, right);
}

/** One of both. */
export function xor(steps: Steps, a: Operand, b: Operand): Operand {
  const notA = not(steps, a), notB = not(steps, b);
  const first = and(steps, a, notB), second = and(steps, b, notA);
  return steps.pair("Add", first, second);
}

/** Holds a claimed number `y` to where a convex function `f` of it is least among its neighbours; gives whether it is. */
export function optimum(steps: Steps, y: Operand, f: (y: Operand) => Operand): Operand {
  const one = () => steps.constants([1]);
  const here = f(y);
  const above = f(steps.pair("Add", y, one()));
  const below = f(steps.pair("Sub", y, one()));
  const right = greaterEqual(steps, above, here);
  const left = greater(steps, below, here);
  return and(steps, left, right);
}
