/**
 * Operators with a window that moves over an image, a signal or a volume.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { Shape } from "../../../core/base/shape.ts";
import type { ReadAttribute } from "../graph.ts";
import { type Call, type Rule, Unknown } from "../call.ts";

/** How a window lies on the axes behind the channels. */
interface Sliding {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before every axis, then behind every axis. */
  readonly pads: readonly number[];
}

/** The rules of these operators. */
export const WINDOWS: Readonly<Record<string, Rule>> = {
  AveragePool: { form: (call) => padded(call, kernelOf(call)), shapes: (call) => [pooled(call)] },
  Conv: {
    form: (call) => padded(call, call.shape(1).slice(2)),
    shapes(call) {
      const [batch, , ...sizes] = call.shape(0), [channels, , ...kernel] = call.shape(1);
      return [[batch, channels, ...slid(sizes, slidingOf(call, kernel), false)]];
    },
  },
  ConvTranspose: {
    shapes(call) {
      const [batch, , ...sizes] = call.shape(0), [, channels, ...kernel] = call.shape(1);
      const outputs = call.integers("output_shape")?.slice(-sizes.length) ?? spreadOut(call, sizes, kernel);
      return [[batch, channels * call.integer("group", 1), ...outputs]];
    },
  },
  GlobalAveragePool: { shapes: global },
  GlobalLpPool: { shapes: global },
  GlobalMaxPool: { shapes: global },
  LpPool: { form: (call) => padded(call, kernelOf(call)), shapes: (call) => [pooled(call)] },
  MaxPool: {
    form: (call) => padded(call, kernelOf(call)),
    shapes: (call) => Array.from({ length: call.outputs }, () => pooled(call)),
    types: (call) => [call.type(0), "INT64"],
  },
  Pad: {
    settings: { 1: ["pads", "ints"], 2: ["value", "float"], 3: ["axes", "ints"] },
    form(call) {
      const { axes: _, ...attributes } = call.attributes;
      const pads = call.inputs.length > 1 ? null : padsOf(call);
      if (pads === null) return call;
      return pads.every((pad) => pad === 0) ? call.input(0) : call.with({ ...attributes, pads });
    },
    shapes(call) {
      const shape = call.shape(0), pads = call.inputs.length > 1 ? null : call.integers("pads");
      if (pads === null) throw new Unknown("its pads are computed");
      return [shape.map((size, axis) => size + pads[axis] + pads[axis + shape.length])];
    },
  },
};

function kernelOf(call: Call): readonly number[] {
  const kernel = call.integers("kernel_shape");
  if (kernel === null) throw new ArgumentError("its kernel_shape is missing, expected one size an axis");
  return kernel;
}

function global(call: Call): readonly Shape[] {
  return [call.shape(0).map((size, axis) => axis < 2 ? size : 1)];
}

function pooled(call: Call): Shape {
  const [batch, channels, ...sizes] = call.shape(0);
  const ceil = call.integer("ceil_mode", 0) !== 0;
  return [batch, channels, ...slid(sizes, slidingOf(call, kernelOf(call)), ceil)];
}

/** Where a window of this kernel lies, according to the attributes. */
function slidingOf(call: Call, kernel: readonly number[]): Sliding {
  const list = (name: string, other: number, length = kernel.length) => {
    const given = call.integers(name) ?? Array.from({ length }, () => other);
    if (given.length === length && given.every((each) => each >= other)) return given;
    throw new ArgumentError(
      `its ${name} are ${given.slice(0, 20).join(", ")}, expected ${length} numbers from ${other}`,
    );
  };
  return {
    kernel,
    strides: list("strides", 1),
    dilations: list("dilations", 1),
    pads: list("pads", 0, 2 * kernel.length),
  };
}

/** The sizes of what a window makes. */
function slid(sizes: readonly number[], { kernel, strides, dilations, pads }: Sliding, ceil: boolean): number[] {
  return sizes.map((size, axis) => {
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    const room = pads[axis] + size + pads[axis + sizes.length] - reach;
    if (!(room >= 0)) throw new Unknown("the window does not fit");
    const steps = ceil ? Math.ceil(room / strides[axis]) : Math.floor(room / strides[axis]);
    // A window that would begin in the padding behind is left out, whatever the rounding.
    const last = ceil && steps * strides[axis] >= size + pads[axis] ? steps - 1 : steps;
    return last + 1;
  });
}

function spreadOut(call: Call, sizes: readonly number[], kernel: readonly number[]): number[] {
  const { strides, dilations, pads } = slidingOf(call, kernel);
  const extra = call.integers("output_padding") ?? sizes.map(() => 0);
  const mode = call.text("auto_pad", "NOTSET");
  return sizes.map((size, axis) => {
    if (mode.startsWith("SAME")) return size * strides[axis];
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    return strides[axis] * (size - 1) + (extra[axis] ?? 0) + reach - pads[axis] - pads[axis + sizes.length];
  });
}

/** The node with its automatic padding written out. */
function padded(call: Call, kernel: readonly number[]): Call {
  const mode = call.text("auto_pad", "NOTSET");
  const { auto_pad: _, ...attributes } = call.attributes;
  if (mode === "NOTSET") return call.with(attributes);
  const given = call.integers("pads");
  if (given?.some((pad) => pad !== 0)) {
    throw new ArgumentError(`it has both pads and auto_pad ${mode}, expected one of them; export the model again`);
  }
  return call.with({ ...attributes, ...padsFor(call, mode, kernel) });
}

function padsFor(call: Call, mode: string, kernel: readonly number[]): Readonly<Record<string, ReadAttribute>> {
  if (mode === "VALID") return { pads: kernel.flatMap(() => [0, 0]) };
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") {
    throw new ArgumentError(
      `its auto_pad is "${
        mode.slice(0, 100)
      }", expected NOTSET, VALID, SAME_UPPER or SAME_LOWER; export the model again`,
    );
  }
  const { pads: _, ...rest } = call.attributes;
  const { strides, dilations } = slidingOf(call.with(rest), kernel);
  const totals = call.shape(0).slice(2).map((size, axis) => {
    const reach = (Math.ceil(size / strides[axis]) - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
    return Math.max(reach - size, 0);
  });
  const less = totals.map((total) => Math.floor(total / 2));
  const more = totals.map((total, axis) => total - less[axis]);
  return { pads: mode === "SAME_UPPER" ? [...less, ...more] : [...more, ...less] };
}

/** The pads of every axis; null where the node does not say any. */
function padsOf(call: Call): readonly number[] | null {
  const rank = call.shape(0).length, given = call.integers("pads");
  if (given === null) return null;
  const axes = call.integers("axes")?.map((axis) => call.axis(axis, rank)) ??
    Array.from({ length: rank }, (_, axis) => axis);
  if (given.length !== 2 * axes.length) {
    throw new ArgumentError(
      `its pads are ${
        given.slice(0, 20).join(", ")
      }, expected two for each of ${axes.length} axes; export the model again`,
    );
  }
  const pads = Array.from({ length: 2 * rank }, () => 0);
  for (const [place, axis] of axes.entries()) {
    pads[axis] = given[place];
    pads[axis + rank] = given[place + axes.length];
  }
  return pads;
}
