/**
 * ConvTranspose: every element of the image times the kernel, added up where they overlap.
 *
 * EZKL's DeConv takes a kernel of other axes than ONNX's and leaves those as they are, and cannot reach past the
 * image's end; so the kernel is turned here, and the image gets a row more where the result needs one.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import type { DeConvOp, Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { arithmetic, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import { linear } from "../network/frugal_ops.ts";
import { type Float, type NetworkOp, reach } from "../network/network.ts";
import { oneOperation } from "../network/one_operation.ts";
import { scaleAt } from "../network/scheme.ts";
import { placesOf } from "../numbers/places.ts";
import { imageOf } from "./conv.ts";
import { add, floatsOf, numbers, own, reshape } from "./making.ts";
import { between, constant, input, type Operator } from "./operator.ts";
import { permuted } from "./moved.ts";
import { asImage } from "./windows.ts";

const KNOWN = ["kernel_shape", "strides", "pads", "dilations", "group", "output_padding", "output_shape", "auto_pad"];

/** The operator. */
export const convTranspose: Operator = {
  name: "ConvTranspose",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, KNOWN), x = imageOf(lowering);
    const kernel = operand(lowering, 1);
    arithmetic(x, kernel);
    const group = attributes.integer("group", 1), [channels, perGroup, ...size] = kernel.shape;
    if (channels !== x.shape[1] || size.length !== x.shape.length - 2) {
      throw new ArgumentError(
        `its kernel of shape [${kernel.shape}] does not fit an image of [${x.shape}]; export the model again`,
      );
    }
    const rank = size.length, ones = size.map(() => 1), none = size.map(() => 0);
    const strides = attributes.integers("strides") ?? ones, dilations = attributes.integers("dilations") ?? ones;
    const extra = attributes.integers("output_padding") ?? none;
    const reach = size.map((length, axis) => (length - 1) * dilations[axis] + 1);
    const full = x.shape.slice(2).map((length, axis) => (length - 1) * strides[axis] + reach[axis]);
    const cut = cutOf(attributes, x.shape.slice(2), full, strides, extra);
    const outputs = perGroup * group;
    const isSignal = rank === 1, front = <T>(list: readonly T[], first: T) => isSignal ? [first, ...list] : [...list];
    const image = asImage(lowering, x);
    const own = asImage(
      lowering,
      kernel.constant === null
        ? exchanged(lowering, kernel, group, dilations)
        : numbers(lowering, turned(kernel, group, dilations, reach), [outputs, channels, ...reach], x),
    );
    const more = cut.map(([, after], axis) => Math.max(0, Math.ceil(-after / strides[axis])));
    const padding = cut.map(([before, after], axis): Padding => [before, after + more[axis] * strides[axis]]);
    const around: Padding[] = [[0, 0], [0, 0], ...front(more, 0).map((rows): Padding => [0, rows])];
    const wide = around.every(([, rows]) => rows === 0) ? image : lowering.add(
      { type: "Pad", padding: around },
      [image],
      image.shape.map((length, axis) => length + around[axis][1]),
    );
    const sizes = full.map((length, axis) => length - cut[axis][0] - cut[axis][1]);
    const op = deconv(front(padding, [0, 0] as Padding), front(strides, 1));
    const made = lowering.add(op, [wide, own], [x.shape[0], outputs, ...front(sizes, 1)]);
    const whole = isSignal ? reshape(lowering, made, [x.shape[0], outputs, ...sizes]) : made;
    const bias = lowering.inputs[2] ?? null;
    return bias === null ? whole : add(lowering, whole, reshape(lowering, bias, [outputs, ...ones]));
  },
  cases: [
    {
      inputs: [input(1, 2, 3, 3), constant([2, 3, 2, 2]), constant([3])],
      attributes: { strides: [2, 1], pads: [0, 0, 0, 0] },
      differs: "EZKL's kernel has its axes the other way round, and its bias is a part of the operation",
    },
    {
      name: "with padding and room at the end",
      inputs: [input(1, 2, 3, 3), constant([2, 2, 3, 3])],
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
      differs: "EZKL mixes up the kernel's channels",
    },
    {
      name: "in groups, dilated",
      inputs: [input(1, 2, 3, 3), constant([2, 1, 2, 2])],
      attributes: { strides: [1, 1], dilations: [2, 1], group: 2 },
      differs: "EZKL has no gaps in kernels and groups only where channels are alike",
    },
    {
      name: "with a computed kernel",
      inputs: [input(1, 2, 3, 3), between(-1, 1, 2, 1, 2, 2)],
      differs: "EZKL's kernel has its axes the other way round",
    },
    {
      name: "of a signal",
      inputs: [input(1, 2, 4), constant([2, 1, 3])],
      attributes: { strides: [2] },
      differs: "a signal is an image of one row here",
    },
  ],
};

/** What goes from both ends of each axis; below 0 where something comes at the end. */
function cutOf(
  attributes: Attributes,
  sizes: readonly number[],
  full: readonly number[],
  strides: readonly number[],
  extra: readonly number[],
): [number, number][] {
  const rank = sizes.length, mode = attributes.text("auto_pad", "NOTSET");
  const asked = attributes.integers("output_shape")?.slice(-rank) ??
    (mode.startsWith("SAME") ? sizes.map((size, axis) => size * strides[axis]) : null);
  if (asked === null) {
    const pads = attributes.integers("pads") ?? sizes.flatMap(() => [0, 0]);
    return sizes.map((_, axis) => [pads[axis], pads[axis + rank] - extra[axis]]);
  }
  return asked.map((size, axis) => {
    const total = full[axis] + extra[axis] - size, half = Math.floor(total / 2);
    const [before, after] = mode === "SAME_UPPER" ? [half, total - half] : [total - half, half];
    return [before, after - extra[axis]];
  });
}

/** A computed kernel with its first two axes the other way round. */
function exchanged(
  lowering: Lowering,
  kernel: LoweredValue,
  group: number,
  dilations: readonly number[],
): LoweredValue {
  if (group === 1 && dilations.every((step) => step === 1)) {
    return permuted(lowering, kernel, [1, 0, ...[...kernel.shape.keys()].slice(2)]);
  }
  throw new ArgumentError(
    `its kernel "${kernel.name}" is computed, in ${group} groups and with dilations ${
      dilations.join(", ")
    }, expected ` +
      "a constant or one group without gaps",
  );
}

/** The kernel `[channels, outputs / group, ...]` as `[outputs, channels, ...]`, with zeros between groups and in gaps. */
function turned(
  kernel: LoweredValue,
  group: number,
  dilations: readonly number[],
  reach: readonly number[],
): number[] {
  const [channels, perGroup, ...size] = kernel.shape, outputs = perGroup * group, values = floatsOf(kernel);
  const shape = [outputs, channels, ...reach], strides = stridesOf(shape), inner = sizeOf(size);
  const made = Array<number>(sizeOf(shape)).fill(0);
  const taps = placesOf(size, strides.slice(2).map((step, axis) => step * dilations[axis]));
  for (let channel = 0; channel < channels; channel++) {
    const first = Math.floor(channel * group / channels) * perGroup;
    for (let output = 0; output < perGroup; output++) {
      taps.forEach((tap, k) => {
        made[(first + output) * strides[0] + channel * strides[1] + tap] =
          values[(channel * perGroup + output) * inner + k];
      });
    }
  }
  return made;
}

function deconv(padding: Padding[], stride: number[]): NetworkOp {
  const op: DeConvOp = {
    name: "DeConv",
    padding,
    outputPadding: stride.map(() => 0),
    stride,
    group: 1,
    dataFormat: "NCHW",
    kernelFormat: "OIHW",
  };
  const float: Float = ({ shapes: [image, kernel], shape }) => {
    const to = stridesOf(shape), from = stridesOf(image), taps = stridesOf(kernel);
    return ([x, w], out) => {
      out.fill(0);
      for (let i = 0; i < sizeOf(image); i++) {
        const at = from.map((step, axis) => Math.floor(i / step) % image[axis]);
        for (let k = 0; k < sizeOf(kernel); k++) {
          const tap = taps.map((step, axis) => Math.floor(k / step) % kernel[axis]);
          if (tap[1] !== at[1]) continue;
          const place = stride.map((step, axis) => at[axis + 2] * step + tap[axis + 2] - padding[axis][0]);
          if (place.some((p, axis) => p < 0 || p >= shape[axis + 2])) continue;
          const target = at[0] * to[0] + tap[0] * to[1] + place.reduce((sum, p, axis) => sum + p * to[axis + 2], 0);
          out[target] += x[i] * w[k];
        }
      }
    };
  };
  const whole = oneOperation({
    write: ({ scales }) => ({ op: { kind: "Linear", op }, scale: scales[0] + scales[1] }),
    float,
  });
  return own("DeConv", {
    ...whole,
    frugal(given) {
      const scale = scaleAt(given.scheme.scales, given.place);
      if (scale === null || !given.isConstant(1)) return whole.frugal(given);
      const x = given.dropped(given.operand(0)), kernel = given.operand(1, Math.max(0, scale - x.scale));
      return linear(given.builder, op, [x, kernel], given.node.shape, x.scale + kernel.scale);
    },
    scaling: ({ operands }) =>
      operands[1].op.type === "Constant" ? { free: true, looked: ([x]) => reach(x) } : { raw: true },
  });
}
