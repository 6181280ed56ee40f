/**
 * Floor, Ceil, Round, RoundHalfToEven: to whole multiples of the scale, by digits of that base.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { and, equals, greater, greaterEqual, not, or } from "../cells/logic.ts";
import { type Operand, placed } from "../cells/operand.ts";
import type { Steps } from "../cells/steps.ts";
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
  lay({ name, scale }, { steps, inputs: [x], dims }) {
    const base = Math.trunc(scale), count = sizeOf(x.dims);
    steps.decompose(x, base);
    before(steps, name, base);
    steps.loop(count, () => {
      const up = upwards(steps, name, base);
      steps.pair("Add", placed([1]), up);
    });
    // The digits with the last one 0, once more in cells, and put together.
    const digits = steps.legs + 1;
    steps.put(steps.constants([0]));
    steps.grid.copy(count * digits);
    for (let leg = 0; leg < steps.legs; leg++) steps.put(steps.constants([BigInt(base) ** BigInt(leg)]));
    steps.grid.flush();
    steps.dots(count, steps.legs);
    steps.grid.cellwise("Mult", count);
    return placed(dims);
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

/** What stands in one cell for all elements. */
function before(steps: Steps, name: Rounding, base: number): void {
  if (name === "Floor") steps.copied(steps.constants([-1]));
  else if (name === "Ceil") steps.copied(steps.constants([1]));
  else if (name === "Round") steps.copied(steps.constants([Math.round(base / 2)]));
}

/** Whether an element's second last digit goes up, of its sign and its last digit. */
function upwards(steps: Steps, name: Rounding, base: number): Operand {
  const digit = placed([1]), sign = placed([1]);
  if (name === "Floor" || name === "Ceil") {
    const isWhole = steps.isZero(digit), isNot = not(steps, isWhole);
    const isTowards = equals(steps, sign, steps.constants([name === "Floor" ? -1 : 1]));
    return and(steps, isNot, isTowards);
  }
  const middle = steps.constants([Math.round(base / 2)]);
  if (name === "Round") {
    const isPositive = equals(steps, sign, steps.constants([1]));
    const isNegative = equals(steps, sign, steps.constants([-1]));
    const isPast = greaterEqual(steps, digit, middle);
    return or(steps, and(steps, isPositive, isPast), and(steps, isNegative, isPast));
  }
  const isMiddle = equals(steps, digit, middle);
  const isOdd = steps.lookup({ name: "IsOdd" }, placed([1]));
  const isDue = and(steps, isOdd, isMiddle);
  return or(steps, isDue, greater(steps, digit, middle));
}
