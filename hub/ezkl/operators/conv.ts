/**
 * Conv: the sum of the products of a window with a kernel, for every position.
 * @module
 */
import { ShapeError } from "../../../core/base/errors.ts";
import { showShape, sizeOf, stridesOf } from "../../../core/base/shape.ts";
import type { Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, arithmetic, floats, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import type { Meaning, Window } from "../network/network.ts";
import { placesOf } from "../numbers/places.ts";
import { add, floatsOf, numbers, reshape } from "./making.ts";
import { constant, input, type Operator } from "./operator.ts";
import { asImage, overImage, SLIDING, slidingOf } from "./windows.ts";

/** A convolution; EZKL's own has a bias of 0 where there is none. */
export const convMeaning = ({ padding, stride, group }: { group: number } & Window): Meaning => ({
  native(given) {
    const { operands } = given, scale = operands[0].outScale + operands[1].outScale;
    const all = [...operands], bias = operands[2];
    if (bias === undefined) all.push(given.zero(scale));
    else {
      given.rescale(2, scale);
      // EZKL's reader leaves out axes of 1.
      if (bias.opkind.kind === "Constant" && bias.outDims[0] === 1) bias.opkind.quantizedValues.dims = [];
    }
    const conv = { name: "Conv", padding, stride, group, dataFormat: "NCHW", kernelFormat: "OIHW" } as const;
    return given.push({ kind: "Linear", op: conv }, scale, all);
  },
  frugal: (given) => given.layer(),
  float: ({ shapes: [image, kernel], shape }) => {
    const spatial = image.length - 2, strides = stridesOf(image), size = kernel.slice(2), perGroup = kernel[1];
    const taps = placesOf(kernel.slice(1), stridesOf(kernel.slice(1)));
    const own = stridesOf(kernel.slice(1)), outer = stridesOf(shape);
    return ([x, w, b], out) => {
      for (let i = 0; i < out.length; i++) {
        const channel = Math.floor(i / outer[1]) % shape[1], batch = Math.floor(i / outer[0]);
        const first = Math.floor(channel * group / shape[1]) * perGroup;
        let sum = b === undefined ? 0 : b[channel];
        for (let k = 0; k < taps.length; k++) {
          let at = batch * strides[0] + (first + Math.floor(k / own[0])) * strides[1], isInside = true;
          for (let axis = 0; axis < spatial; axis++) {
            const tap = Math.floor(k / own[axis + 1]) % size[axis];
            const place = Math.floor(i / outer[axis + 2]) % shape[axis + 2] * stride[axis] + tap - padding[axis][0];
            if (place < 0 || place >= image[axis + 2]) isInside = false;
            at += place * strides[axis + 2];
          }
          if (isInside) sum += x[at] * w[channel * taps.length + k];
        }
        out[i] = sum;
      }
    };
  },
});

/** The operator. */
export const conv: Operator = {
  name: "Conv",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, [...SLIDING, "group"]);
    const x = imageOf(lowering), kernel = operand(lowering, 1);
    arithmetic(x, kernel);
    const group = attributes.integer("group", 1), [channels, ...sizes] = x.shape.slice(1);
    const [outputs, perGroup, ...size] = kernel.shape;
    if (kernel.shape.length !== x.shape.length || group < 1 || perGroup * group !== channels || outputs % group !== 0) {
      throw new ShapeError(
        `its kernel "${kernel.name}" of shape ${showShape(kernel.shape)} in ${group} groups does not fit an image of ` +
          `shape ${showShape(x.shape)}, expected [outputs, channels / groups, height, width]`,
      );
    }
    const declared = attributes.integers("kernel_shape") ?? size;
    if (declared.join() !== size.join()) {
      throw new ShapeError(
        `its kernel_shape is ${showShape(declared)}, but its kernel "${kernel.name}" is of ${showShape(size)}; ` +
          `export the model again`,
      );
    }
    const bias = lowering.inputs[2] ?? null;
    if (bias !== null) {
      arithmetic(x, bias);
      if (bias.shape.length !== 1 || bias.shape[0] !== outputs) {
        throw new ShapeError(
          `its bias "${bias.name}" is of shape ${showShape(bias.shape)}, expected [${outputs}]; export the model again`,
        );
      }
    }
    const sliding = overImage(slidingOf(attributes, sizes, size));
    const own = widened(lowering, asImage(lowering, kernel), sliding.dilation);
    const operands = [asImage(lowering, x), own, ...bias?.constant ? [bias] : []];
    const window = { padding: sliding.padding.map((pair): Padding => [...pair]), stride: [...sliding.stride] };
    const shape = [x.shape[0], outputs, ...sliding.counts];
    const made = lowering.add({ type: "Conv", group, ...window }, operands, shape);
    const whole = x.shape.length === 3 ? reshape(lowering, made, [shape[0], outputs, shape[3]]) : made;
    if (bias === null || bias.constant !== null) return whole;
    return add(lowering, whole, reshape(lowering, bias, [outputs, ...sizes.map(() => 1)]));
  },
  cases: [
    {
      inputs: [input(1, 2, 4, 4), constant([3, 2, 2, 2]), constant([3])],
      attributes: { strides: [1, 2], pads: [1, 0, 0, 1] },
    },
    {
      name: "in groups",
      inputs: [input(1, 2, 3, 3), constant([4, 1, 2, 2])],
      attributes: { strides: [1, 1], group: 2 },
    },
    {
      name: "of a signal",
      inputs: [input(1, 2, 6), constant([3, 2, 3]), constant([3])],
      attributes: { strides: [1] },
      differs: "a signal is an image of one row here, and EZKL's own is one without rows",
    },
    {
      name: "dilated",
      inputs: [input(1, 1, 5, 5), constant([2, 1, 2, 2])],
      attributes: { strides: [1, 1], dilations: [2, 3] },
      differs: "EZKL has no gaps in kernels, so the kernel is written out with zeros",
    },
    {
      name: "with a computed kernel",
      inputs: [input(1, 1, 4, 4), input(2, 1, 2, 2)],
      attributes: { strides: [1, 1] },
    },
  ],
};

/** A float image, signal or volume that is computed. */
export function imageOf(lowering: Lowering, ranks: readonly number[] = [3, 4]): LoweredValue {
  const x = floats(activation(lowering, 0));
  if (ranks.includes(x.shape.length)) return x;
  throw new ShapeError(
    `its input "${x.name}" is of shape ${showShape(x.shape)}, expected [batch, channels, height, width] or ` +
      `[batch, channels, length]; split or reshape it`,
  );
}

/** The kernel with zeros in its gaps. */
function widened(lowering: Lowering, kernel: LoweredValue, dilation: readonly number[]): LoweredValue {
  if (dilation.every((step) => step === 1)) return kernel;
  const shape = kernel.shape.map((size, axis) => axis < 2 ? size : (size - 1) * dilation[axis - 2] + 1);
  if (kernel.constant === null) {
    throw new ShapeError(
      `its dilations are ${dilation.join(", ")} and its kernel is computed, expected a constant; write it out`,
    );
  }
  const wide = Array<number>(sizeOf(shape)).fill(0), values = floatsOf(kernel), strides = stridesOf(shape);
  placesOf(kernel.shape, strides.map((step, axis) => axis < 2 ? step : step * dilation[axis - 2]))
    .forEach((place, at) => wide[place] = values[at]);
  return numbers(lowering, wide, shape, kernel);
}
