/**
 * Sum, Prod, MeanOfSquares, ReduceMax, ReduceMin, ReduceArgMax, ReduceArgMin: one number for all elements along some
 * axes, which stay as axes of 1.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { type Operand, placed } from "../cells/operand.ts";
import { select, sorted } from "../cells/order.ts";
import type { Steps } from "../cells/steps.ts";
import { ChainStep, MapStep } from "../numbers/elementwise.ts";
import { mustBeExact } from "../numbers/exact.ts";
import { alongAxes, ReduceStep, type Reduction } from "../numbers/reduce.ts";
import { magnitude, measured } from "../numbers/values.ts";
import { divided, dividing } from "./division.ts";
import { type CircuitOperation, type Computing, type Named, one } from "./operation.ts";

/** The shape without the length of `axes`. */
function keptShape(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((size, axis) => axes.includes(axis) ? 1 : size);
}

/** The elements along `axes`, one tensor for each element of the result. */
export function linesOf(x: Operand, axes: readonly number[]): Operand[] {
  const { starts, elements } = alongAxes(x.dims, axes), { codes } = x;
  return Array.from(starts, (start) => ({
    dims: [elements.length],
    codes: codes && Int32Array.from(elements, (at) => codes[start + at]),
  }));
}

function joined(parts: readonly Operand[], dims: number[]): Operand {
  if (parts.every(({ codes }) => codes === null)) return placed(dims);
  return { dims, codes: Int32Array.from(parts, ({ codes }) => codes === null ? -1 : codes[0]) };
}

function reduced(kind: Reduction, axes: readonly number[], about: Computing) {
  return new ReduceStep(alongAxes(one(about), axes), kind, about.recorder, about.where);
}

function along(
  body: (steps: Steps, line: Operand) => Operand,
): (op: { axes: number[] }, about: { steps: Steps; inputs: readonly Operand[] }) => Operand {
  return ({ axes }, { steps, inputs: [x] }) => {
    if (axes.length === 0) return x;
    const lines = linesOf(x, axes);
    return joined(steps.loop(lines.length, (at) => body(steps, lines[at])), keptShape(x.dims, axes));
  };
}

const summed = along((steps, line) => steps.sum(line));

/** Sums. */
export const sum: CircuitOperation<Named<"Sum">> = {
  lay: summed,
  step: ({ axes }, about) => reduced("sum", axes, about),
};

/** Products. */
export const prod: CircuitOperation<Named<"Prod">> = {
  lay: along((steps, line) => steps.product(line)),
  step: ({ axes }, about) => reduced("product", axes, about),
};

/** The mean of the squares, divided with a remainder. */
export const meanOfSquares: CircuitOperation<Named<"MeanOfSquares">> = {
  lay(op, about) {
    const { steps, inputs: [x] } = about, squares = steps.pair("Mult", x, x);
    const total = summed(op, { steps, inputs: [squares] });
    return divided(steps, total, sizeOf(x.dims) / sizeOf(total.dims));
  },
  step({ axes }, about) {
    const shape = one(about), { where, recorder } = about;
    const squares = new MapStep(sizeOf(shape), (x) => x * x, (x) => mustBeExact(magnitude(x) ** 2, where));
    const total = reduced("sum", axes, about);
    const mean = dividing(total.size, sizeOf(shape) / total.size, recorder);
    return new ChainStep(new ChainStep(squares, total, measured), mean, measured);
  },
};

const last = along((steps, line) => {
  const [values] = sorted(steps, line);
  return sizeOf(line.dims) === 1 ? values : placed([1]);
});

/** The largest or the smallest: what sorting has last or first. */
export const extremes: CircuitOperation<Named<"ReduceMax" | "ReduceMin">> = {
  lay: (op, about) => last(op, about),
  step: ({ name, axes }, about) => reduced(name === "ReduceMax" ? "max" : "min", axes, about),
};

const place = along((steps, line) => {
  const claimed = steps.copied(placed([1]));
  const value = select(steps, line, claimed);
  const [values, places] = sorted(steps, line, "largest index first");
  const end = (x: Operand) => ({ dims: [1], codes: x.codes && x.codes.slice(-1) });
  steps.equal(value, end(values));
  steps.equal(claimed, end(places));
  return placed([1]);
});

/** Where the largest or the smallest stands; the first of several. */
export const argExtremes: CircuitOperation<Named<"ReduceArgMax" | "ReduceArgMin">> = {
  lay: ({ dim }, about) => place({ axes: [dim] }, about),
  step: ({ name, dim }, about) => reduced(name === "ReduceArgMax" ? "argmax" : "argmin", [dim], about),
};
