/**
 * Sqrt, Recip, Rsqrt: numbers that the prover claims and the circuit compares with their neighbours.
 *
 * The sign of a claimed root stands in other cells than the root, so a prover may claim the negative one: nothing
 * that a proof says may hang on the sign of a Sqrt alone.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { absolute, bounded } from "../cells/digits.ts";
import { equals, holdTo, not, optimum } from "../cells/logic.ts";
import type { Steps } from "../cells/steps.ts";
import { mapped, type Tensor } from "../cells/tensor.ts";
import { MapStep } from "../numbers/elementwise.ts";
import { magnitude, type Values } from "../numbers/values.ts";
import { type CircuitOperation, type Named, one } from "./operation.ts";

/** EZKL's stand-in for the inverse of zero, before the output scale. */
const INVERSE_OF_ZERO = 2n ** 52n;

/** The square root. */
export const sqrt: CircuitOperation<{ name: "Sqrt"; scale: number }> = {
  lay: ({ scale }, { steps, inputs: [x] }) => root(steps, x, scale),
  step({ scale }, about) {
    const f = squareRoot(Math.fround(scale));
    return new MapStep(sizeOf(one(about)), f, (x) => about.recorder.decompose(rootDigits(f, x)));
  },
};

/** One over x. */
export const recip: CircuitOperation<Named<"Recip">> = {
  lay: ({ inputScale, outputScale }, { steps, inputs: [x] }) => inverse(steps, x, inputScale, outputScale),
  step({ inputScale, outputScale }, about) {
    const f = reciprocal(Math.fround(inputScale), Math.fround(outputScale));
    return new MapStep(sizeOf(one(about)), f, (x) => about.recorder.decompose(productDigits(magnitude(x))));
  },
};

/** One over the square root. */
export const rsqrt: CircuitOperation<Named<"Rsqrt">> = {
  lay: ({ inputScale, outputScale }, { steps, inputs: [x] }) =>
    inverse(steps, root(steps, x, inputScale), inputScale, outputScale),
  step({ inputScale, outputScale }, about) {
    const f = squareRoot(Math.fround(inputScale));
    const invert = reciprocal(Math.fround(inputScale), Math.fround(outputScale));
    return new MapStep(sizeOf(one(about)), (x) => invert(f(x)), (x) => about.recorder.decompose(rootDigits(f, x)));
  },
};

function root(steps: Steps, x: Tensor, scale: number): Tensor {
  const f = squareRoot(Math.fround(scale));
  const y = absolute(steps, steps.claimed(x.dims, () => mapped(x, (value) => f(Number(value)))));
  const target = steps.pair("Mult", x, steps.constants([BigInt(Math.trunc(scale))]));
  const distance = (v: Tensor) => absolute(steps, steps.pair("Sub", steps.pair("Mult", v, v), target));
  holdTo(steps, 1, optimum(steps, y, distance));
  return y;
}

/** Lays one over `x`. */
export function inverse(steps: Steps, x: Tensor, inputScale: number, outputScale: number): Tensor {
  const f = reciprocal(Math.fround(inputScale), Math.fround(outputScale));
  const y = bounded(steps, steps.claimed(x.dims, () => mapped(x, (value) => f(Number(value)))));
  const isZero = steps.isZero(x), isNot = not(steps, isZero);
  const isStandIn = equals(steps, y, steps.constants([INVERSE_OF_ZERO * whole(outputScale)]));
  const unit = steps.pair("Mult", steps.constants([whole(inputScale * outputScale)]), isNot);
  steps.equal(isZero, isStandIn);
  const distance = (v: Tensor) => absolute(steps, steps.pair("Sub", steps.pair("Mult", v, x), unit));
  const found = steps.pair("Add", optimum(steps, y, distance), isZero);
  holdTo(steps, 1, found);
  return y;
}

function whole(scale: number): bigint {
  return BigInt(Math.round(scale));
}

/** The circuit compares the squares of the root and its neighbours; they differ by 2y + 1. */
function rootDigits(f: (x: number) => number, x: Values): number {
  return 2 * f(x.high) + 2;
}

/** The circuit compares the products of x with the inverse and its neighbours; each is x from the next. */
export function productDigits(x: number): number {
  return Math.ceil(1.5 * x) + 1;
}

/** The square root of whole numbers at a multiplier. */
export function squareRoot(scale: number): (x: number) => number {
  // The engine turns what is no number into 0.
  return (x) => x < 0 ? 0 : roundAway(Math.sqrt(x / scale) * scale);
}

/** The engine adds the distance from 1 to the next float to stay clear of 1/0. */
export function reciprocal(inputScale: number, outputScale: number): (x: number) => number {
  return (x) => roundAway(outputScale * (1 / (x / inputScale + Number.EPSILON)));
}
