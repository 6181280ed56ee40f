/**
 * What operations that make one element of many along some axes have in common: a loop over those axes, within a
 * sample, or over the batch too.
 * @module
 */
import { checkArguments, flag } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { type Shape, sizeOf, stridesOf } from "../core/base/shape.ts";
import { graphOf, type Node, type Value } from "../core/graph/graph.ts";
import type { OpCase, OpDefinition } from "../core/graph/op.ts";
import { ALONE, lanesFor } from "../core/graph/lanes.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { placeOf } from "../core/graph/places.ts";
import { dimsOf } from "./dims.ts";
import { reshape } from "./reshape.ts";

/** Which axes, counted from the front, and whether they stay with one element. */
export interface ReduceAttributes {
  /** The axes, in order. */
  readonly axes: readonly number[];
  /** Whether they stay. */
  readonly keepdim: boolean;
}

/** Options of reductions. */
export interface ReduceOptions {
  /** Whether the axes stay, with one element each; default false. */
  readonly keepdim?: boolean;
}

const OPTIONS = namesOf<ReduceOptions>({ keepdim: true });

/** What makes a reduction. */
export interface Reduction {
  /** ONNX's and this engine's name: `ReduceSum`. */
  readonly name: string;
  /** WGSL of what the variable `sum` begins with; null: the first element. */
  readonly start: string | null;
  /** WGSL that takes an element `v` into `sum`, for `count` elements in all. */
  take(count: number): string;
  /** Whether what `take` adds may be added up in any groups, so that the batch is shared by many lanes. */
  readonly adds?: boolean;
  /** The gradient of the input from those of the output and itself, both in the shape with the axes kept. */
  gradient(node: Node<ReduceAttributes>, dy: Value, y: Value): Value;
  /** Whether the gradient jumps where values meet. */
  readonly apart?: boolean;
}

/** One dimension, several, or all where none is given, from the front and in order. */
function axesOf(called: string, axes: unknown, shape: Shape): readonly number[] {
  if (axes === undefined || axes === null) return shape.map((_, axis) => axis);
  return [...dimsOf(called, axes, shape.length, "dim")].sort((a, b) => a - b);
}

/** A shape whose reduced axes have one element. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((size, axis) => axes.includes(axis) ? 1 : size);
}

/** Loops over axes of a tensor of these distances: the text that opens them, and the sum to add to a place. */
export function loopsOver(
  shape: Shape,
  axes: readonly number[],
  strides: readonly number[],
): { readonly open: string; readonly place: string; readonly close: string } {
  const runs: { size: number; stride: number }[] = [];
  for (const [at, axis] of axes.entries()) {
    const last = runs.at(-1);
    // Neighbours along which elements lie one behind the other are one loop.
    if (last && axes[at - 1] === axis - 1 && strides[axis] * shape[axis] === last.stride) {
      last.size *= shape[axis];
      last.stride = strides[axis];
    } else runs.push({ size: shape[axis], stride: strides[axis] });
  }
  return {
    open: runs.map(({ size }, k) => `for (var a${k} = 0u; a${k} < ${size}u; a${k}++) {`).join(" "),
    place: ["first", ...runs.map(({ stride }, k) => `a${k} * ${stride}u`)].join(" + "),
    close: "}".repeat(runs.length),
  };
}

/** Makes the definition. */
export function reduction({ name, start, take, adds = false, gradient, apart = false }: Reduction): OpDefinition<
  ReduceAttributes
> {
  const reduced = (
    what: string,
    inputs: Shape,
    axes: readonly number[],
    keepdim: boolean,
  ): OpCase<ReduceAttributes> => ({
    name: what,
    inputs: [inputs],
    attributes: { axes, keepdim },
    ...apart && { apart },
  });
  return {
    name,
    shapes: ([x], { axes, keepdim }) => [
      keepdim ? keptShape(x, axes) : x.filter((_, axis) => !axes.includes(axis)),
    ],
    kernel(call) {
      const [[x], { axes }] = [call.inputs, call.attributes];
      const [inputs, outputs] = [[{ name: "x", type: "f32" }] as const, [{ name: "y" }]];
      const across = axes.includes(0);
      const whole = across && !adds;
      // What the body counts in: the whole tensor, or a sample of it.
      const own = whole ? x : x.slice(1);
      const inner = (across && !whole ? axes.filter((axis) => axis > 0) : axes).map((axis) => whole ? axis : axis - 1);
      const strides = stridesOf(own);
      const kept = keptShape(own, inner);
      const first = placeOf("item", kept, strides.map((by, axis) => inner.includes(axis) ? 0 : by));
      const loops = loopsOver(own, inner, strides);
      const items = sizeOf(kept);
      const taken = take(axes.reduce((count, axis) => count * x[axis], 1));
      const terms = `  let first = ${first};
  ${loops.open} let v = x(${loops.place}); ${taken} ${loops.close}`;
      if (across && adds) return overBatch({ name, inputs, outputs: ["sum"], items, batch: x[0], body: terms }, call);
      const [size, last] = [inner.reduce((count, axis) => count * own[axis], 1), own.length - inner.length];
      // The last axes' elements lie side by side, for lanes to read together.
      const lanes = adds && inner.every((axis, k) => axis === last + k) ? lanesFor(call.profile.kind, size) : ALONE;
      const all = lanes.count === 1
        ? `${terms}\n`
        : `  let first = ${first};\n${lanes.each(`let v = x(first + k); ${taken}`, size)}${lanes.sum("sum")}`;
      const body = `  var sum = ${start ?? `x(${first})`};\n${all}  ${lanes.once("set_y(item, sum);").trim()}`;
      return perSample({ name, inputs, outputs, items, whole, lanes, body }, call);
    },
    gradient(node, [dy]) {
      const shape = keptShape(node.inputs[0].shape, node.attributes.axes);
      return [gradient(node, reshape(dy!, shape), reshape(node.outputs[0], shape))];
    },
    onnx: {
      opType: name,
      write: ({ attributes: { axes, keepdim } }) => ({ axes, keepdims: Number(keepdim) }),
      read: ({ axes, keepdims = 1 }, [x]) => ({ axes: axesOf("its attributes", axes, x), keepdim: keepdims !== 0 }),
    },
    cases: [
      reduced("the image", [2, 3, 5, 4], [2, 3], false),
      reduced("an axis in the middle, kept", [11, 4, 3], [1], true),
      reduced("all but one axis of a sample", [1, 3, 2, 5], [1, 3], false),
    ],
  };
}

/** Applies a reduction; one axis or several, and unless given all. */
export function reduce(
  op: OpDefinition<ReduceAttributes>,
  called: string,
  given: IArguments,
  x: Value,
  axes: number | readonly number[] | undefined,
  options: ReduceOptions | undefined,
): Value {
  checkArguments(called, given, 2, OPTIONS, ["keepdim"]);
  const graph = graphOf(called, x);
  const keepdim = flag(`${called}: keepdim`, options?.keepdim === undefined ? false : options.keepdim);
  return graph.apply(op, [x], { axes: axesOf(called, axes, x.shape), keepdim })[0];
}
