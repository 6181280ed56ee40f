/**
 * Floor, Ceil, Round, RoundHalfToEven: to whole multiples of the scale, by digits of that base.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { decompose, magnitudesOf, signsOf } from "../cells/digits.ts";
import { and, equals, greater, greaterEqual, not, or } from "../cells/logic.ts";
import type { Steps } from "../cells/steps.ts";
import { constants, joined, pick, reshaped, type Tensor } from "../cells/tensor.ts";
import { MapStep } from "../numbers/elementwise.ts";
import { magnitude } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";

type Rounding = "Floor" | "Ceil" | "Round" | "RoundHalfToEven";

const even = (x: number) => {
  const low = Math.floor(x), half = x - low === 0.5;
  return half ? low + Math.abs(low % 2) : Math.round(x);
};

const FUNCTIONS: Readonly<Record<Rounding, (x: number) => number>> = {
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: roundAway,
  RoundHalfToEven: even,
};

/** Whole multiples. */
export const rounding: CircuitOperation<Named<Rounding>> = {
  lay({ name, scale, legs }, { steps, inputs: [x] }) {
    const parts = { base: Math.trunc(scale), legs }, count = sizeOf(x.dims), width = legs + 1;
    const { claimed } = decompose(steps, x, parts), fixed = before(steps, name, parts.base);
    const zero = constants([0]);
    const lines = steps.loop(count, (at) => {
      const part = (own: number) => pick(claimed, () => [at * width + own], [1]);
      const next = part(legs - 1), up = upwards(steps, name, { sign: part(0), next, last: part(legs), fixed });
      const signAndDigits = pick(claimed, () => Array.from({ length: legs - 1 }, (_, own) => at * width + own), [
        legs - 1,
      ]);
      return joined([signAndDigits, steps.pair("Add", next, up), zero]);
    });
    // With the last digit 0 they stand in cells once more, and are put together.
    const again = steps.identity(joined(lines, [...x.dims, width]), 0);
    const digits = () => Array.from({ length: count * legs }, (_, at) => at + 1 + Math.floor(at / legs));
    const magnitudes = magnitudesOf(steps, pick(again, digits, [count * legs]), parts);
    return steps.pair("Mult", magnitudes, reshaped(signsOf(again), [count]));
  },
  step({ name, scale }, about) {
    const unit = Math.fround(scale), f = FUNCTIONS[name];
    return new MapStep(
      sizeOf(one(about)),
      (x) => f(x / unit) * unit + 0,
      (x) => {
        about.recorder.decompose(magnitude(x));
        about.recorder.range(Math.max(2, unit - 1));
        if (name === "RoundHalfToEven") about.recorder.lookup({ low: 0, high: unit });
      },
    );
  },
};

/** The constant that all elements are compared with: in a cell of its own, but for the halves that go to even. */
function before(steps: Steps, name: Rounding, base: number): Tensor {
  const middle = constants([Math.round(base / 2)]);
  if (name === "RoundHalfToEven") return middle;
  return steps.copied(name === "Floor" ? constants([-1]) : name === "Ceil" ? constants([1]) : middle, 1);
}

/** What a digit depends on. */
interface Ending {
  readonly sign: Tensor;
  readonly next: Tensor;
  readonly last: Tensor;
  readonly fixed: Tensor;
}

/** Whether an element's second last digit goes up. */
function upwards(steps: Steps, name: Rounding, { sign, next, last, fixed }: Ending): Tensor {
  if (name === "Floor" || name === "Ceil") {
    const isWhole = steps.isZero(last), isNot = not(steps, isWhole);
    return and(steps, isNot, equals(steps, sign, fixed));
  }
  if (name === "Round") {
    const isPositive = equals(steps, sign, constants([1]));
    const isNegative = equals(steps, sign, constants([-1]));
    const isPast = greaterEqual(steps, last, fixed);
    const first = and(steps, isPositive, isPast), second = and(steps, isNegative, isPast);
    return or(steps, first, second);
  }
  const isMiddle = equals(steps, last, fixed);
  const isOdd = steps.lookup({ name: "IsOdd" }, next);
  const isDue = and(steps, isOdd, isMiddle);
  return or(steps, isDue, greater(steps, last, fixed));
}
