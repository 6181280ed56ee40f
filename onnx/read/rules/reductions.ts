/**
 * Operators that make one element of many along some axes.
 * @module
 */
import { type Shape, sizeOf, stridesOf } from "../../../core/base/shape.ts";
import type { TensorData } from "../../tensor.ts";
import type { Element } from "../arithmetic.ts";
import { type Call, type Made, type Rule, Unknown } from "../call.ts";
import { placesOf } from "../strided.ts";
import { emptyData, isFloat, readerOf, writerOf } from "../typed.ts";

/** What becomes of the elements that come together. */
type Reducer = (elements: readonly Element[]) => Element;

const sum: Reducer = (elements) => elements.reduce((a, b) => (a as number) + (b as number));

const product: Reducer = (elements) => elements.reduce((a, b) => (a as number) * (b as number));

const REDUCERS: Readonly<Record<string, Reducer | null>> = {
  ReduceL1: null,
  ReduceL2: null,
  ReduceLogSum: null,
  ReduceLogSumExp: null,
  ReduceMax: (elements) => elements.reduce((a, b) => b > a || b !== b ? b : a),
  ReduceMean: (elements) => {
    const total = sum(elements);
    return typeof total === "bigint" ? total / BigInt(elements.length) : total / elements.length;
  },
  ReduceMin: (elements) => elements.reduce((a, b) => b < a || b !== b ? b : a),
  ReduceProd: product,
  ReduceSum: sum,
  ReduceSumSquare: null,
};

const keepdims = (call: Call): boolean => call.integer("keepdims", 1) !== 0;

const reduction = (reducer: Reducer | null): Rule => ({
  settings: { 1: ["axes", "ints"] },
  form(call) {
    if (call.inputs.length > 1) return call;
    const rank = call.shape(0).length;
    const given = call.integers("axes") ?? [];
    const { noop_with_empty_axes: _, ...attributes } = call.attributes;
    if (given.length === 0 && call.integer("noop_with_empty_axes", 0) !== 0) {
      // Over no axis at all, only those sums that do something to a single element remain.
      if (PLAIN.has(call.opType)) return call.input(0);
      return call.with({ ...attributes, axes: [], keepdims: 1 });
    }
    const axes = given.length === 0 ? Array.from({ length: rank }, (_, axis) => axis) : call.axes(given, rank);
    return call.with({ ...attributes, axes, keepdims: Number(keepdims(call)) });
  },
  shapes: (call) => [reduced(call.shape(0), axesOf(call), keepdims(call))],
  ...reducer === null ? {} : { fold: (call, [made]) => [folded(call, made, reducer)] },
});

const arg: Rule = {
  form: (call) =>
    call.with({
      ...call.attributes,
      axis: call.axis(call.integer("axis", 0), call.shape(0).length),
      keepdims: Number(keepdims(call)),
    }),
  shapes: (call) => [reduced(call.shape(0), [call.integer("axis", 0)], keepdims(call))],
  types: () => ["INT64"],
};

/** The rules of these operators. */
export const REDUCTIONS: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(Object.entries(REDUCERS).map(([name, reducer]) => [name, reduction(reducer)])),
  ArgMax: arg,
  ArgMin: arg,
};

/** Those that leave a single element as it is. */
const PLAIN = new Set(["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"]);

function axesOf(call: Call): readonly number[] {
  const axes = call.integers("axes");
  if (axes === null) throw new Unknown("its axes are computed");
  return axes;
}

function reduced(shape: Shape, axes: readonly number[], keeps: boolean): Shape {
  return keeps
    ? shape.map((size, axis) => axes.includes(axis) ? 1 : size)
    : shape.filter((_, axis) => !axes.includes(axis));
}

function folded(call: Call, { shape, type }: Made, reducer: Reducer): TensorData {
  const from = call.shape(0), axes = axesOf(call);
  const { data, dataType } = call.tensor(0);
  const strides = stridesOf(from), read = readerOf(dataType, data);
  const made = emptyData(type, sizeOf(shape));
  const write = writerOf(type, made);
  const starts = placesOf(reduced(from, axes, false), strides.filter((_, axis) => !axes.includes(axis)));
  const within = placesOf(axes.map((axis) => from[axis]), axes.map((axis) => strides[axis]));
  if (within.length === 0) {
    // Of nothing the sum is 0 and the product 1; what else there is of it nobody needs.
    if (reducer !== sum && reducer !== product) throw new Unknown("it reduces nothing at all to one element");
    const alone = reducer === sum ? 0 : 1;
    for (const at of starts.keys()) write(at, isFloat(type) ? alone : BigInt(alone));
    return made;
  }
  for (const [at, start] of starts.entries()) write(at, reducer(Array.from(within, (offset) => read(start + offset))));
  return made;
}
