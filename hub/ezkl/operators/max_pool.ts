/**
 * MaxPool: the largest of each window. A circuit pads with 0 where ONNX pads with the lowest number; where that makes
 * a difference, and for gaps and windows beyond the image, elements of the window itself stand in for what is outside.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { maxPool as frugalMaxPool } from "../network/frugal_ops.ts";
import type { LoweredValue, Lowering, NetworkMaker } from "../network/lowering.ts";
import type { Meaning, Window } from "../network/network.ts";
import { kernelOf, windowed } from "./average_pool.ts";
import { imageOf } from "./conv.ts";
import { reshape } from "./making.ts";
import { input, type Operator } from "./operator.ts";
import {
  asImage,
  isPadded,
  laidOut,
  overImage,
  overVolume,
  show,
  SLIDING,
  type Sliding,
  slidingOf,
} from "./windows.ts";

/** The largest of each window; what is around the image is below everything. */
export const maxPoolMeaning = (op: { kernel: number[] } & Window): Meaning => {
  const pool = {
    name: "MaxPool",
    padding: op.padding,
    stride: op.stride,
    poolDims: op.kernel,
    dataFormat: "NCHW",
  } as const;
  return {
    native: (given) => given.push({ kind: "Hybrid", op: pool }, given.operands[0].outScale),
    frugal(given) {
      const x = given.operand(0);
      if (given.scheme.scales !== undefined) return frugalMaxPool(given.builder, x, op, given.node.shape);
      return given.builder.add({ kind: "Hybrid", op: pool }, [x], given.node.shape, x.scale);
    },
    float: windowed(op, (values) => Math.max(...values), -Infinity),
    scaling: () => ({ keeps: [0], looked: ([{ low, high }]) => high - low }),
  };
};

/** The operator. */
export const maxPool: Operator = {
  name: "MaxPool",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, [...SLIDING, "ceil_mode", "storage_order"]);
    if (attributes.integer("storage_order", 0) !== 0) {
      throw new ArgumentError("its storage_order is not 0, expected rows first; export it with storage_order 0");
    }
    const x = imageOf(lowering, [3, 4, 5]);
    const sliding = slidingOf(attributes, x.shape.slice(2), kernelOf(attributes, x));
    if (sliding.padding.some((pair, axis) => Math.max(...pair) > (sliding.kernel[axis] - 1) * sliding.dilation[axis])) {
      throw new ArgumentError(
        `it pads by ${show(sliding.padding)}, expected less than its kernel reaches; a window would hold nothing else`,
      );
    }
    if (x.shape.length < 5) return pooled(lowering, x, sliding);
    return overVolume(lowering, x, sliding, (image, own) => pooled(lowering, image, own));
  },
  cases: [
    { inputs: [input(1, 2, 4, 4)], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    {
      name: "with padding",
      inputs: [input(1, 1, 4, 4)],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      differs: "EZKL pads with 0, which is larger than what is negative",
    },
    {
      name: "with gaps",
      inputs: [input(1, 1, 5, 5)],
      attributes: { kernel_shape: [2, 2], strides: [1, 1], dilations: [2, 2], pads: [1, 1, 1, 1] },
      differs: "EZKL passes over the gaps, which is another maximum",
    },
    {
      name: "that reaches beyond the image",
      inputs: [input(1, 1, 5, 5)],
      attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
      differs: "EZKL has no ceil_mode",
    },
    {
      name: "of a signal",
      inputs: [input(1, 2, 6)],
      attributes: { kernel_shape: [2], strides: [2] },
      differs: "a signal is an image of one row here, and EZKL's own is one without rows",
    },
    {
      name: "of a volume",
      inputs: [input(1, 1, 4, 2, 4)],
      attributes: { kernel_shape: [2, 2, 2], strides: [2, 1, 2] },
      differs: "a volume is taken one axis after the other here",
    },
  ],
};

function pooled(lowering: Lowering, x: LoweredValue, given: Sliding): LoweredValue {
  const sliding = overImage(given), image = asImage(lowering, x), { kernel, stride, padding, counts } = sliding;
  const shape = [...image.shape.slice(0, 2), ...counts];
  const back = (made: LoweredValue) =>
    x.shape.length === 3 ? reshape(lowering, made, [...shape.slice(0, 2), shape[3]]) : made;
  const isPlain = sliding.dilation.every((step) => step === 1) && sliding.beyond.every((more) => more === 0);
  if (isPlain && (!isPadded(sliding) || isNeverNegative(lowering.maker(x)))) {
    const window = { padding: padding.map((pair): Padding => [...pair]), stride: [...stride], kernel: [...kernel] };
    return back(lowering.add({ type: "MaxPool", ...window }, [image], shape));
  }
  const inside = (taps: readonly number[], size: number) => {
    const held = taps.find((place) => place >= 0 && place < size);
    if (held === undefined) throw new ArgumentError("one of its windows holds nothing of the image; pad by less");
    return taps.map((place) => place >= 0 && place < size ? place : held);
  };
  const wide = laidOut(lowering, image, sliding, inside);
  const window = { padding: [[0, 0], [0, 0]] as Padding[], stride: [...kernel], kernel: [...kernel] };
  return back(lowering.add({ type: "MaxPool", ...window }, [wide], shape));
}

function isNeverNegative(maker: NetworkMaker | null): boolean {
  if (maker === null) return false;
  if (maker.op.type === "Relu" || maker.op.type === "Sigmoid") return true;
  return ["MaxPool", "AveragePool", "Reshape", "Pad", "Identity"].includes(maker.op.type) &&
    isNeverNegative(maker.first());
}
