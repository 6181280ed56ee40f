/**
 * Operators that move elements, repeat them or leave some out.
 * @module
 */
import { ShapeError } from "../../../core/base/errors.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { type Call, type Rule, Unknown } from "../call.ts";
import { broadcast, pick, placesOf, resizedAt, spread } from "../strided.ts";
import { emptyData } from "../typed.ts";
import type { TensorData } from "../../tensor.ts";
import type { ReadValue } from "../graph.ts";

/** The rules of these operators. */
export const MOVES: Readonly<Record<string, Rule>> = {
  Concat: {
    form(call) {
      if (call.inputs.length === 1) return call.input(0);
      return call.with({ axis: call.axis(call.integer("axis", 1), call.shape(0).length) });
    },
    shapes(call) {
      const axis = call.integer("axis", 0), shapes = call.inputs.map((_, index) => call.shape(index));
      const fits = shapes.every((shape) =>
        shape.length === shapes[0].length && shape.every((size, at) => at === axis || size === shapes[0][at])
      );
      if (!fits) {
        throw new ShapeError(
          `it cannot join ${shapes.slice(0, 10).map(showShape).join(" and ")} along axis ${axis}, expected the same ` +
            "sizes beside it; export the model again",
        );
      }
      return [resizedAt(shapes[0], axis, shapes.reduce((sum, shape) => sum + shape[axis], 0))];
    },
    fold: (call, [{ shape, type }]) => [joined(call, shape, emptyData(type, sizeOf(shape)))],
  },
  Expand: {
    settings: { 1: ["shape", "ints"] },
    form: (call) => isUnchanged(call, expanded) ? call.input(0) : call,
    shapes: (call) => [expanded(call)],
    fold: (call, [{ shape }]) => [spread(call.tensor(0).data, call.shape(0), shape)],
  },
  Gather: {
    form: (call) => call.with({ axis: call.axis(call.integer("axis", 0), call.shape(0).length) }),
    shapes(call) {
      const data = call.shape(0), axis = call.integer("axis", 0);
      return [[...data.slice(0, axis), ...call.shape(1), ...data.slice(axis + 1)]];
    },
    fold: gathered,
  },
  GatherElements: { shapes: (call) => [call.shape(1)] },
  Slice: {
    settings: { 1: ["starts", "ints"], 2: ["ends", "ints"], 3: ["axes", "ints"], 4: ["steps", "ints"] },
    form(call) {
      if (call.inputs.length > 1) return call;
      const cuts = cutsOf(call);
      if (cuts.every(({ start, step, count, size }) => start === 0 && step === 1 && count === size)) {
        return call.input(0);
      }
      const used = [...cuts.entries()].filter(([, { start, step, count, size }]) =>
        start !== 0 || step !== 1 || count !== size
      );
      return call.with({
        starts: used.map(([, { start }]) => start),
        // What a step backwards ends at has no number of its own below 0 but this one, as in ONNX.
        ends: used.map(([, { start, step, count, size }]) => {
          const end = start + step * count;
          return end < 0 ? -size - 1 : end;
        }),
        axes: used.map(([axis]) => axis),
        steps: used.map(([, { step }]) => step),
      });
    },
    shapes(call) {
      if (call.inputs.length > 1) throw new Unknown("where it cuts is computed");
      return [cutsOf(call).map(({ count }) => count)];
    },
    fold(call, [{ shape }]) {
      const cuts = cutsOf(call), strides = stridesOf(call.shape(0));
      const start = cuts.reduce((sum, cut, axis) => sum + cut.start * strides[axis], 0);
      return [pick(call.tensor(0).data, placesOf(shape, cuts.map(({ step }, axis) => step * strides[axis]), start))];
    },
  },
  Split: {
    settings: { 1: ["split", "ints"] },
    form(call) {
      if (call.inputs.length > 1) return call;
      const axis = call.axis(call.integer("axis", 0), call.shape(0).length);
      return call.with({ axis, split: partsOf(call, call.shape(0)[axis]) });
    },
    shapes(call) {
      const sizes = call.integers("split");
      if (sizes === null) throw new Unknown("its parts are computed");
      return sizes.map((size) => resizedAt(call.shape(0), call.integer("axis", 0), size));
    },
    fold(call, made) {
      const axis = call.integer("axis", 0), strides = stridesOf(call.shape(0));
      let start = 0;
      return made.map(({ shape }) => {
        const part = pick(call.tensor(0).data, placesOf(shape, strides, start * strides[axis]));
        start += shape[axis];
        return part;
      });
    },
  },
  Tile: {
    settings: { 1: ["repeats", "ints"] },
    form: (call) => call.integers("repeats")?.every((times) => times === 1) ? call.input(0) : call,
    shapes(call) {
      const shape = call.shape(0), repeats = call.integers("repeats");
      if (repeats === null) throw new Unknown("how often it repeats is computed");
      if (repeats.length !== shape.length || repeats.some((times) => times < 0)) {
        throw new ShapeError(
          `it repeats ${showShape(shape)} ${repeats.slice(0, 20).join(", ")} times, expected one number an axis`,
        );
      }
      return [shape.map((size, axis) => size * repeats[axis])];
    },
    fold(call, [{ shape }]) {
      const own = call.shape(0), strides = stridesOf(own);
      // [a, b] repeated [m, n] times is [m, a, n, b] with no step along m and n.
      const pairs = own.flatMap((size, axis) => [shape[axis] / (size || 1), size]);
      return [pick(call.tensor(0).data, placesOf(pairs, strides.flatMap((stride) => [0, stride])))];
    },
  },
  Transpose: {
    form(call) {
      const rank = call.shape(0).length;
      const perm = call.integers("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
      if (perm.length !== rank || call.axes(perm, rank).length !== rank) {
        throw new ShapeError(`its perm is ${showShape(perm)} for ${rank} dimensions; export the model again`);
      }
      return perm.every((axis, at) => axis === at) ? call.input(0) : call.with({ perm });
    },
    shapes: (call) => [(call.integers("perm") ?? []).map((axis) => call.shape(0)[axis])],
    fold(call, [{ shape }]) {
      const strides = stridesOf(call.shape(0));
      const perm = call.integers("perm") ?? [];
      return [pick(call.tensor(0).data, placesOf(shape, perm.map((axis) => strides[axis])))];
    },
  },
};

/** What is kept of one axis. */
interface Cut {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** The size of the axis. */
  readonly size: number;
}

/** What a Slice keeps of every axis. */
function cutsOf(call: Call): Cut[] {
  const shape = call.shape(0);
  const starts = call.integers("starts") ?? [], ends = call.integers("ends") ?? [];
  const axes = call.integers("axes") ?? starts.map((_, axis) => axis);
  const steps = call.integers("steps") ?? starts.map(() => 1);
  const cuts: Cut[] = shape.map((size) => ({ start: 0, step: 1, count: size, size }));
  if ([ends, axes, steps].some((list) => list.length !== starts.length) || steps.includes(0)) {
    throw new ShapeError("its starts, ends, axes and steps do not go together; export the model again");
  }
  for (const [at, given] of axes.entries()) {
    const axis = call.axis(given, shape.length), size = shape[axis], step = steps[at];
    const within = (place: number, low: number, high: number) =>
      Math.min(Math.max(place < 0 ? place + size : place, low), high);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const start = within(starts[at], Math.max(low, 0), high), end = within(ends[at], low, high);
    cuts[axis] = { start, step, count: Math.max(0, Math.ceil((end - start) / step)), size };
  }
  return cuts;
}

/** The sizes of a Split's parts: as given, or as equal as can be, the last one the smallest. */
function partsOf(call: Call, size: number): readonly number[] {
  const given = call.integers("split");
  const count = given?.length ?? call.outputs;
  const each = Math.ceil(size / count);
  const parts = given ?? Array.from({ length: count }, (_, at) => Math.min(each, size - at * each));
  if (
    parts.length === call.outputs && parts.every((part) => part >= 0) &&
    parts.reduce((sum, part) => sum + part, 0) === size
  ) return parts;
  throw new ShapeError(`it splits ${size} into ${parts.slice(0, 20).join(", ")}, expected parts that add up to it`);
}

function expanded(call: Call): Shape {
  const target = call.integers("shape");
  if (target === null) throw new Unknown("its shape is computed");
  return broadcast([call.shape(0), target]);
}

function isUnchanged(call: Call, shapeOf: (call: Call) => Shape): boolean {
  const own = (call.input(0) as ReadValue).shape;
  return own !== null && call.has("shape") && shapeOf(call).join() === own.join();
}

function joined(call: Call, shape: Shape, made: TensorData): TensorData {
  call.checkTypes();
  const axis = call.integer("axis", 0);
  const outer = sizeOf(shape.slice(0, axis)), inner = sizeOf(shape.slice(axis + 1));
  let offset = 0;
  for (const index of call.inputs.keys()) {
    const { data } = call.tensor(index), run = call.shape(index)[axis] * inner;
    for (let row = 0; row < outer; row++) {
      const part = data.subarray(row * run, row * run + run);
      (made as Float32Array).set(part as Float32Array, row * shape[axis] * inner + offset);
    }
    offset += run;
  }
  return made;
}

function gathered(call: Call): TensorData[] {
  const { data } = call.tensor(0), shape = call.shape(0), axis = call.integer("axis", 0);
  const inner = sizeOf(shape.slice(axis + 1)), size = shape[axis];
  const indices = call.whole(1).map((index) => index < 0 ? index + size : index);
  const beyond = indices.findIndex((index) => !(Number.isInteger(index) && index >= 0 && index < size));
  if (beyond >= 0) {
    throw new ShapeError(
      `it takes number ${call.whole(1)[beyond]} of axis ${axis} of ${showShape(shape)}, expected one of ${size}; ` +
        "export the model again",
    );
  }
  const outer = sizeOf(shape.slice(0, axis));
  const places = new Float64Array(outer * indices.length * inner);
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const index of indices) for (let k = 0; k < inner; k++) places[at++] = (row * size + index) * inner + k;
  }
  return [pick(data, places)];
}
