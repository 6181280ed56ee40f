/**
 * Lowering of Conv, AveragePool and MaxPool: everything with a window that moves over an image.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import type { Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import {
  activation,
  arithmetic,
  constantOperand,
  floats,
  type LoweredValue,
  type Lowering,
  type LoweringRule,
  type NetworkMaker,
} from "../network/lowering.ts";
import type { Window } from "../network/network.ts";

const SHARED = ["kernel_shape", "strides", "pads", "dilations"];

/** Convolution with a constant kernel. */
export const lowerConv: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, [...SHARED, "group"]);
  const x = image(lowering);
  const kernel = constantOperand(lowering, 1, "kernel");
  arithmetic(x, kernel);
  const [channels] = x.shape.slice(1);
  const group = attributes.integer("group", 1);
  const [outputs, perGroup, ...size] = kernel.shape;
  if (kernel.shape.length !== 4 || group < 1 || perGroup * group !== channels || outputs % group !== 0) {
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
  const [window, spatial] = slide(attributes, x.shape.slice(2), size);
  const operands: LoweredValue[] = [x, kernel];
  if (lowering.inputs[2]) {
    const bias = constantOperand(lowering, 2, "bias");
    arithmetic(x, bias);
    if (bias.shape.length !== 1 || bias.shape[0] !== outputs) {
      throw new ShapeError(
        `its bias "${bias.name}" is of shape ${showShape(bias.shape)}, expected [${outputs}]; export the model again`,
      );
    }
    operands.push(bias);
  }
  return lowering.add({ type: "Conv", group, ...window }, operands, [x.shape[0], outputs, ...spatial]);
};

/** Mean of each window. Padding must count as elements, because a circuit divides by the whole kernel. */
export const lowerAveragePool: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, [...SHARED, "ceil_mode", "count_include_pad"]);
  const x = image(lowering);
  const [window, spatial, kernel] = pool(attributes, x);
  if (isPadded(window) && attributes.integer("count_include_pad", 0) !== 1) {
    throw new ArgumentError(
      `it pads by ${
        show(window.padding)
      } and leaves the padding out of the mean (count_include_pad 0), but a circuit ` +
        `divides by the whole kernel; set count_include_pad to 1 or pad by nothing`,
    );
  }
  return lowering.add({ type: "AveragePool", kernel, ...window }, [x], [x.shape[0], x.shape[1], ...spatial]);
};

/** Maximum of each window. A circuit pads with 0 where ONNX pads with the lowest number. */
export const lowerMaxPool: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, [...SHARED, "ceil_mode", "storage_order"]);
  if (attributes.integer("storage_order", 0) !== 0) {
    throw new ArgumentError("its storage_order is not 0, expected rows first; export it with storage_order 0");
  }
  const x = image(lowering);
  const [window, spatial, kernel] = pool(attributes, x);
  if (isPadded(window) && !isNeverNegative(lowering.maker(x))) {
    throw new ArgumentError(
      `it pads by ${
        show(window.padding)
      }, where a circuit takes 0 for the padding and ONNX the lowest number, and its ` +
        `input may be negative; pad by nothing, or put a Relu or Sigmoid in front of it`,
    );
  }
  return lowering.add({ type: "MaxPool", kernel, ...window }, [x], [x.shape[0], x.shape[1], ...spatial]);
};

function isNeverNegative(maker: NetworkMaker | null): boolean {
  if (maker === null) return false;
  if (maker.op.type === "Relu" || maker.op.type === "Sigmoid") return true;
  return ["MaxPool", "AveragePool", "Reshape", "Pad", "Identity"].includes(maker.op.type) &&
    isNeverNegative(maker.first());
}

function image(lowering: Lowering): LoweredValue {
  const x = floats(activation(lowering, 0));
  if (x.shape.length === 4) return x;
  throw new ShapeError(
    `its input "${x.name}" is of shape ${showShape(x.shape)}, expected [batch, channels, height, width]; ` +
      `give a signal the height 1`,
  );
}

function pool(attributes: Attributes, x: LoweredValue): [Window, number[], number[]] {
  const kernel = attributes.integers("kernel_shape");
  if (kernel === null || kernel.length !== 2 || kernel.some((size) => size < 1)) {
    throw new ArgumentError(`its kernel_shape is ${kernel?.join(", ") ?? "missing"}, expected a height and a width`);
  }
  const [window, spatial] = slide(attributes, x.shape.slice(2), kernel);
  if (window.padding.some((pair, axis) => Math.max(...pair) >= kernel[axis])) {
    throw new ArgumentError(
      `it pads by ${show(window.padding)}, expected less than its kernel ${showShape(kernel)}; a window would hold ` +
        `nothing else`,
    );
  }
  return [window, spatial, [...kernel]];
}

/** The window, and the sizes of what it makes. */
function slide(
  attributes: Attributes,
  sizes: readonly number[],
  kernel: readonly number[],
): [Window, number[]] {
  const stride = twoOf(attributes, "strides", 1);
  const dilations = twoOf(attributes, "dilations", 1);
  if (dilations.some((step) => step !== 1)) {
    throw new ArgumentError(
      `its dilations are ${dilations.join(", ")}, expected 1; a circuit's windows have no gaps, so write the kernel ` +
        `out with zeros in between`,
    );
  }
  const padding = paddingOf(attributes);
  const spatial = sizes.map((size, axis) => {
    const room = padding[axis][0] + size + padding[axis][1] - kernel[axis];
    if (room < 0) {
      throw new ShapeError(
        `its kernel ${showShape(kernel)} is larger than its image ${showShape(sizes)} with padding ${show(padding)}; ` +
          `take a smaller kernel`,
      );
    }
    if (room % stride[axis] !== 0 && attributes.integer("ceil_mode", 0) !== 0) {
      throw new ArgumentError(
        `its ceil_mode lets the last window of axis ${axis + 2} reach beyond the image, which a circuit does not; ` +
          `export it with ceil_mode 0`,
      );
    }
    return Math.floor(room / stride[axis]) + 1;
  });
  return [{ padding, stride }, spatial];
}

function paddingOf(attributes: Attributes): Padding[] {
  const pads = attributes.integers("pads") ?? [0, 0, 0, 0];
  if (pads.length !== 4 || pads.some((pad) => pad < 0)) {
    throw new ArgumentError(`its pads are ${pads.join(", ")}, expected four numbers from 0: top, left, bottom, right`);
  }
  const [top, left, bottom, right] = pads;
  return [[top, bottom], [left, right]];
}

function twoOf(attributes: Attributes, name: string, other: number): number[] {
  const values = attributes.integers(name) ?? [other, other];
  if (values.length === 2 && values.every((value) => value >= 1)) return [...values];
  throw new ArgumentError(`its ${name} are ${values.join(", ")}, expected two numbers from 1; export the model again`);
}

function isPadded({ padding }: Window): boolean {
  return padding.flat().some((pad) => pad !== 0);
}

function show(padding: readonly Padding[]): string {
  return padding.map(([before, after]) => `(${before}, ${after})`).join(" and ");
}
