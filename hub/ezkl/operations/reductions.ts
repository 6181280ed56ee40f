/**
 * Sum, Prod, MeanOfSquares, ReduceMax, ReduceMin, ReduceArgMax, ReduceArgMin: one number for all elements along some
 * axes, which stay as axes of 1.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { select, sorted, type Ties } from "../cells/order.ts";
import type { Steps } from "../cells/steps.ts";
import { joined, pick, type Tensor } from "../cells/tensor.ts";
import type { Felt } from "../cells/felt.ts";
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
export function linesOf(x: Tensor, axes: readonly number[]): Tensor[] {
  const { starts, elements } = alongAxes(x.dims, axes);
  return Array.from(starts, (start) => pick(x, () => elements.map((at) => start + at), [elements.length]));
}

function reduced(kind: Reduction, axes: readonly number[], about: Computing) {
  return new ReduceStep(alongAxes(one(about), axes), kind, about.recorder, about.where);
}

function along(
  body: (steps: Steps, line: Tensor) => Tensor,
): (op: { axes: number[] }, about: { steps: Steps; inputs: readonly Tensor[] }) => Tensor {
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

/** What stands along `axes` of a shape, line by line, as one tensor. */
export function spreadLines(lines: readonly Tensor[], dims: readonly number[], axes: readonly number[]): Tensor {
  const { starts, elements } = alongAxes(dims, axes), from = new Int32Array(sizeOf(dims));
  starts.forEach((start, line) => elements.forEach((at, own) => from[start + at] = line * elements.length + own));
  return pick(joined(lines), from, dims);
}

/** What `body` makes of every line of `dims` along `axes`: of one alone without a loop, as EZKL does it. */
export function alongLines(
  steps: Steps,
  dims: readonly number[],
  result: readonly number[],
  axes: readonly number[],
  body: (line: number) => Tensor,
): Tensor {
  if (dims.length === 1) return body(0);
  const count = sizeOf(keptShape(dims, axes));
  return spreadLines(steps.loop(count, body), result, axes);
}

/** The first or the last element. */
export function endOf(x: Tensor, end: "first" | "last"): Tensor {
  return pick(x, () => [end === "first" ? 0 : sizeOf(x.dims) - 1], [1]);
}

const extreme = (end: "first" | "last") => along((steps, line) => endOf(sorted(steps, line)[0], end));
const EXTREMES = { ReduceMax: extreme("last"), ReduceMin: extreme("first") };

/** The largest or the smallest: what sorting has last or first. */
export const extremes: CircuitOperation<Named<"ReduceMax" | "ReduceMin">> = {
  lay: (op, about) => EXTREMES[op.name](op, about),
  step: ({ name, axes }, about) => reduced(name === "ReduceMax" ? "max" : "min", axes, about),
};

const place = (end: "first" | "last", ties: Ties) =>
  along((steps, line) => {
    const claimed = steps.laid(1, [1], () => [firstOf(line, end)]);
    steps.grid.copy(1);
    const value = select(steps, line, claimed);
    const [values, places] = sorted(steps, line, ties);
    steps.equal(value, endOf(values, end));
    steps.equal(claimed, endOf(places, end));
    return claimed;
  });
const PLACES = {
  ReduceArgMax: place("last", "largest index first"),
  ReduceArgMin: place("first", "smallest index first"),
};

/** The first place of the smallest or of the largest, which sorting has first or last. */
function firstOf({ elements }: Tensor, end: "first" | "last"): number {
  const values = elements!.values as Felt[], better = (a: Felt, b: Felt) => end === "last" ? a > b : a < b;
  return values.reduce<number>((best, value, at) => better(value, values[best]) ? at : best, 0);
}

/** Where the largest or the smallest stands; the first of several. */
export const argExtremes: CircuitOperation<Named<"ReduceArgMax" | "ReduceArgMin">> = {
  lay: ({ name, dim }, about) => PLACES[name]({ axes: [dim] }, about),
  step: ({ name, dim }, about) => reduced(name === "ReduceArgMax" ? "argmax" : "argmin", [dim], about),
};
