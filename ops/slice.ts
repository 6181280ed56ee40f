/**
 * Slice: from `start` on every `step`-th element along each dimension, backwards where the step is negative; the
 * gradient is laid into zeros.
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf } from "../core/graph/places.ts";
import { float } from "../core/graph/wgsl.ts";
import { unary } from "./activation.ts";
import { dimOf } from "./dims.ts";

/** What is taken along each dimension. */
export interface SliceAttributes {
  /** The first element. */
  readonly starts: readonly number[];
  /** From one element to the next; not 0. */
  readonly steps: readonly number[];
  /** How many. */
  readonly sizes: Shape;
}

/** The operation. */
export const SliceOp: OpDefinition<SliceAttributes> = {
  name: "Slice",
  shapes([x], { starts, steps, sizes }) {
    const inside = (at: number, axis: number): boolean => at >= 0 && at < x[axis];
    const sound = [starts, steps, sizes].every((list) => list.length === x.length) &&
      sizes.every((size, axis) =>
        size >= 1 && inside(starts[axis], axis) && inside(starts[axis] + (size - 1) * steps[axis], axis)
      );
    if (!sound) {
      throw new ShapeError(
        `slice() cannot take ${showShape(sizes)} elements from [${starts.join(", ")}] on, in steps of ` +
          `[${steps.join(", ")}], out of ${showShape(x)}; take at least one element of each dimension`,
      );
    }
    return [sizes];
  },
  carries: ["map"],
  kernel(call) {
    const { inputs: [x], outputs: [out], attributes: { starts, steps } } = call;
    const all = starts[0] !== 0 || steps[0] !== 1 || out[0] !== x[0];
    const rest = <T>(list: readonly T[]): readonly T[] => list.slice(all ? 0 : 1);
    const [shape, strides] = [rest(out), rest(stridesOf(x))];
    const distances = rest(steps).map((step, k) => step * strides[k]);
    const first = rest(starts).reduce((sum, start, k) => sum + start * strides[k], 0);
    const ahead = placeOf("item", shape, distances.map((by) => Math.max(by, 0)));
    const back = placeOf("item", shape, distances.map((by) => Math.max(-by, 0)));
    return perSample({
      name: "Slice",
      inputs: [{ name: "x", type: "f32" }],
      outputs: [{ name: "y" }],
      items: sizeOf(shape),
      whole: all,
      body: `  set_y(item, x(${first}u + ${ahead}${back === "0u" ? "" : ` - (${back})`}));`,
      carries: true,
    }, call);
  },
  gradient: (node, [dy]) => [
    unary(PutOp, dy!, { ...node.attributes, shape: node.inputs[0].shape, value: 0 }),
  ],
  writeOnnx(node, to) {
    const { inputs: [{ shape: x }], attributes: { starts, steps, sizes } } = node;
    const axes = x.map((_, axis) => axis).filter((axis) => sizes[axis] !== x[axis] || steps[axis] !== 1);
    const ends = axes.map((axis) => starts[axis] + steps[axis] * (sizes[axis] - 1) + Math.sign(steps[axis]));
    const lists = [
      axes.map((axis) => starts[axis]),
      // Behind the first element there is no number of its own: -1 is the last.
      ends.map((end, k) => end < 0 ? -x[axes[k]] - 1 : end),
      axes,
      axes.map((axis) => steps[axis]),
    ];
    return [to.node("Slice", [to.inputs[0], ...lists.map((list) => to.integers(list))])];
  },
  readOnnx: {
    Slice(node) {
      const list = (name: string, input: number): readonly number[] => node.list(name) ?? node.numbers(input, name);
      const [starts, ends] = [list("starts", 1), list("ends", 2)];
      const axes = node.list("axes") ?? (node.has(3) ? node.numbers(3, "axes") : starts.map((_, k) => k));
      const steps = node.list("steps") ?? (node.has(4) ? node.numbers(4, "steps") : starts.map(() => 1));
      const bounds = axes.map((axis, k) => [axis, starts[k], ends[k], steps[k]] as const);
      return bounds.reduce((x, [axis, start, end, step]) => cut("Slice", x, axis, start, end, step), node.input(0));
    },
    Split(node) {
      const x = node.input(0);
      const axis = dimOf("Split", node.number("axis", 0), x.shape.length, "axis");
      const parts = node.number("num_outputs", node.outputCount);
      const size = Math.ceil(x.shape[axis] / parts);
      const even = Array.from({ length: parts }, (_, k) => Math.min(size, x.shape[axis] - k * size));
      const sizes = node.list("split") ?? (node.has(1) ? node.numbers(1, "split") : even);
      let start = 0;
      return sizes.map((part) => cut("Split", x, axis, start, start += part, 1));
    },
  },
  cases: [
    { name: "columns", inputs: [[3, 5, 7]], attributes: { starts: [0, 0, 2], steps: [1, 1, 1], sizes: [3, 5, 4] } },
    {
      name: "every second row, columns backwards",
      inputs: [[9, 7, 5]],
      attributes: { starts: [0, 1, 4], steps: [1, 2, -2], sizes: [9, 3, 3] },
    },
    { name: "one sample, one element", inputs: [[1, 6]], attributes: { starts: [0, 5], steps: [1, 1], sizes: [1, 1] } },
  ],
};

/** `x` laid into a tensor of `shape` that holds `value` otherwise: the way back of a slice, and padding. */
export interface PutAttributes extends SliceAttributes {
  /** The result's shape. */
  readonly shape: Shape;
  /** What is where `x` is not. */
  readonly value: number;
}

/** The largest number of 32 bits: text for WGSL cannot say infinity. */
const MOST = 3.4028234663852886e38;

/** The operation; where a slice of its result lies is where `x` goes. */
export const PutOp: OpDefinition<PutAttributes> = {
  name: "Put",
  shapes: (_, { shape }) => [shape],
  carries: ["map"],
  kernel(call) {
    const { inputs: [x], outputs: [out], attributes: { starts, steps, value } } = call;
    const all = x[0] !== out[0] || starts[0] !== 0 || steps[0] !== 1;
    const [from, strides] = [stridesOf(out), stridesOf(x)];
    const axes = out.map((_, axis) => axis).slice(all ? 0 : 1);
    const moved = axes.filter((axis) => x[axis] !== out[axis] || steps[axis] !== 1);
    const lines = moved.map((axis) => {
      const [step, by] = [steps[axis], Math.abs(steps[axis])];
      const size = out[axis];
      const at = `i32(item / ${from[axis]}u % ${size}u)`;
      const ahead = step > 0 ? `${at} - ${starts[axis]}` : `${starts[axis]} - ${at}`;
      const fits = by === 1 ? "" : ` && d${axis} % ${by} == 0`;
      return `  let d${axis} = ${ahead};
  let p${axis} = d${axis} / ${by};
  let in${axis} = d${axis} >= 0 && p${axis} < ${x[axis]}${fits};
  let c${axis} = u32(clamp(p${axis}, 0, ${x[axis] - 1}));
`;
    });
    const kept = placeOf("item", out.slice(all ? 0 : 1), axes.map((axis) => moved.includes(axis) ? 0 : strides[axis]));
    const place = [kept, ...moved.map((axis) => `c${axis} * ${strides[axis]}u`)].join(" + ");
    const inside = moved.map((axis) => `in${axis}`).join(" && ") || "true";
    return perSample({
      name: "Put",
      inputs: [{ name: "x", type: "f32" }],
      outputs: [{ name: "y" }],
      items: sizeOf(out.slice(all ? 0 : 1)),
      whole: all,
      body: `${lines.join("")}  set_y(item, select(${
        float(Math.min(MOST, Math.max(-MOST, value)))
      }, x(${place}), ${inside}));`,
      carries: true,
    }, call);
  },
  gradient(node, [dy]) {
    const { starts, steps, sizes } = node.attributes;
    return [unary(SliceOp, dy!, { starts, steps, sizes })];
  },
};

/**
 * The elements of `x` along dimension `dim` from `start` up to but without `end`, every `step`-th: `x[start:end:step]`.
 * Negative places count from the end; a negative step goes backwards.
 */
export function slice(x: Value, dim: number, start: number, end: number = Infinity, step: number = 1): Value {
  checkArguments("slice()", arguments, 5);
  graphOf("slice()", x);
  const axis = dimOf("slice()", dim, x.shape.length);
  expect(Number.isSafeInteger(start), "slice(): start", start, "a whole number");
  expect(
    Number.isSafeInteger(end) || end === Infinity || end === -Infinity,
    "slice(): end",
    end,
    "a whole number or Infinity",
  );
  expect(Number.isSafeInteger(step) && step !== 0, "slice(): step", step, "a whole number other than 0");
  return cut("slice()", x, axis, start, end, step);
}

/** The same of a dimension that is there, with bounds as NumPy has them; throws an `ArgumentError` where nothing is left. */
export function cut(
  where: string,
  x: Value,
  axis: number,
  start: number,
  end: number,
  step: number,
): Value {
  const size = x.shape[axis];
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const [first, last] = [start, end].map((at) => Math.min(high, Math.max(low, at < 0 ? at + size : at)));
  const count = Math.ceil((last - first) / step);
  if (!(count >= 1)) {
    throw new ArgumentError(
      `${where}: nothing of ${showShape(x.shape)} lies from ${start} to ${end} in steps of ${step} along dimension ` +
        `${axis}, expected at least one element; choose other bounds`,
    );
  }
  if (first === 0 && count === size && step === 1) return x;
  return unary(SliceOp, x, {
    starts: x.shape.map((_, k) => k === axis ? first : 0),
    steps: x.shape.map((_, k) => k === axis ? step : 1),
    sizes: x.shape.map((own, k) => k === axis ? count : own),
  });
}
