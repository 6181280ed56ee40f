/**
 * AveragePool: the mean of each window. EZKL divides by the whole kernel, padding or not; where ONNX divides by what
 * the window really holds, sums are multiplied by one over that.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import type { HybridOp, Padding } from "../format/circuit.ts";
import { Attributes } from "../network/attributes.ts";
import { averagePool as frugalAverage } from "../network/frugal_ops.ts";
import type { LoweredValue, Lowering } from "../network/lowering.ts";
import { type Float, type Meaning, type NetworkOp, reach, type Window } from "../network/network.ts";
import { placesOf } from "../numbers/places.ts";
import { imageOf } from "./conv.ts";
import { mul, numbers, own, reshape } from "./making.ts";
import { input, type Operator } from "./operator.ts";
import {
  asImage,
  isPadded,
  laidOut,
  overImage,
  overVolume,
  SLIDING,
  type Sliding,
  slidingOf,
  tapsOf,
} from "./windows.ts";

/** The mean over the whole kernel. */
export const averagePoolMeaning = (op: { kernel: number[] } & Window): Meaning => ({
  native: (given) => given.push({ kind: "Hybrid", op: sumPool(op, true) }, given.operands[0].outScale),
  frugal: (given) => frugalAverage(given.builder, given.operand(0), op, given.node.shape),
  float: windowed(op, (values) => values.reduce((a, b) => a + b, 0) / values.length, 0),
  scaling() {
    const size = sizeOf(op.kernel), bits = Math.log2(size);
    return Number.isInteger(bits) ? { keeps: [0], finer: bits } : { keeps: [0], looked: (_, y) => reach(y) * size };
  },
});

function sumPool({ padding, stride, kernel }: { kernel: number[] } & Window, normalized: boolean): HybridOp {
  return { name: "SumPool", padding, stride, kernelShape: kernel, normalized, dataFormat: "NCHW" };
}

/** Each window's elements together; `outside` stands around the image. */
export function windowed(
  { kernel, stride, padding }: { kernel: number[] } & Window,
  f: (values: readonly number[]) => number,
  outside: number,
): Float {
  return ({ shapes: [image], shape }) => {
    const strides = stridesOf(image), outer = stridesOf(shape), inner = stridesOf(kernel);
    const planes = placesOf(image.slice(0, 2), strides), size = sizeOf(kernel), count = sizeOf(shape);
    const places = new Int32Array(count * size);
    for (let index = 0; index < places.length; index++) {
      const i = Math.floor(index / size), k = index % size;
      let at = planes[Math.floor(i / outer[1])];
      for (const [axis, step] of stride.entries()) {
        const tap = Math.floor(k / inner[axis]) % kernel[axis];
        const place = Math.floor(i / outer[axis + 2]) % shape[axis + 2] * step + tap - padding[axis][0];
        if (place < 0 || place >= image[axis + 2]) {
          at = -1;
          break;
        }
        at += place * strides[axis + 2];
      }
      places[index] = at;
    }
    const values = Array.from({ length: size }, () => 0);
    return ([x], out) => {
      for (let i = 0, at = 0; i < count; i++) {
        for (let k = 0; k < size; k++, at++) values[k] = places[at] < 0 ? outside : x[places[at]];
        out[i] = f(values);
      }
    };
  };
}

const sums = (op: { kernel: number[] } & Window): NetworkOp =>
  own("SumPool", {
    write: ({ scales }) => ({ op: { kind: "Hybrid", op: sumPool(op, false) }, scale: scales[0] }),
    float: windowed(op, (values) => values.reduce((a, b) => a + b, 0), 0),
  });

/** The operator. */
export const averagePool: Operator = {
  name: "AveragePool",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, [...SLIDING, "ceil_mode", "count_include_pad"]);
    const x = imageOf(lowering, [3, 4, 5]);
    const sliding = slidingOf(attributes, x.shape.slice(2), kernelOf(attributes, x));
    const isCounted = attributes.integer("count_include_pad", 0) !== 0;
    if (x.shape.length === 5) {
      return overVolume(lowering, x, sliding, (image, own) => pooled(lowering, image, own, isCounted));
    }
    return pooled(lowering, x, sliding, isCounted);
  },
  cases: [
    { inputs: [input(1, 2, 4, 4)], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    {
      name: "with padding that counts",
      inputs: [input(1, 1, 4, 4)],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 },
    },
    {
      name: "with padding that does not count",
      inputs: [input(1, 1, 4, 4)],
      attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      differs: "EZKL divides by the whole kernel there too, which is another number",
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
      differs: "a volume is averaged one axis after the other here",
    },
  ],
};

/** The kernel of a pooling, one size for each axis. */
export function kernelOf(attributes: Attributes, x: LoweredValue): readonly number[] {
  const kernel = attributes.integers("kernel_shape"), rank = x.shape.length - 2;
  if (kernel !== null && kernel.length === rank && kernel.every((size) => size >= 1)) return kernel;
  throw new ArgumentError(`its kernel_shape is ${kernel?.join(", ") ?? "missing"}, expected ${rank} sizes from 1`);
}

function pooled(lowering: Lowering, x: LoweredValue, given: Sliding, isCounted: boolean): LoweredValue {
  const sliding = overImage(given), image = asImage(lowering, x), { kernel, stride, padding, counts } = sliding;
  const shape = [...image.shape.slice(0, 2), ...counts];
  const back = (made: LoweredValue) =>
    x.shape.length === 3 ? reshape(lowering, made, [...shape.slice(0, 2), shape[3]]) : made;
  const isPlain = sliding.dilation.every((step) => step === 1) && sliding.beyond.every((more) => more === 0);
  const window = { padding: padding.map((pair): Padding => [...pair]), stride: [...stride], kernel: [...kernel] };
  if (isPlain && (isCounted || !isPadded(sliding))) {
    return back(lowering.add({ type: "AveragePool", ...window }, [image], shape));
  }
  // What a window holds, by axis: with padding that counts up to the padding's end.
  const held = kernel.map((_, axis) =>
    tapsOf(sliding, axis).map((taps) => {
      const size = image.shape[axis + 2], [before, after] = isCounted ? padding[axis] : [0, 0];
      return taps.filter((place) => place >= -before && place < size + after).length;
    })
  );
  const shares = held[0].flatMap((rows) => held[1].map((columns) => 1 / (rows * columns)));
  const wide = sliding.dilation.every((step) => step === 1) ? image : dilated(lowering, image, sliding);
  const own = wide === image
    ? {
      ...window,
      padding: padding.map(([before, after], axis): Padding => [before, after + sliding.beyond[axis]]),
    }
    : { kernel: [...kernel], stride: [...kernel], padding: [[0, 0], [0, 0]] as Padding[] };
  const total = lowering.add(sums(own), [wide], shape);
  const isEven = shares.every((share) => share === shares[0]);
  const weights = isEven
    ? numbers(lowering, [shares[0]], [1], total)
    : numbers(lowering, shares, [1, 1, ...counts], total);
  return back(mul(lowering, total, weights));
}

/** The windows of a dilated kernel side by side, of an image with its zeros around. */
function dilated(lowering: Lowering, image: LoweredValue, sliding: Sliding): LoweredValue {
  const around = sliding.padding.map(([before, after], axis): Padding => [before, after + sliding.beyond[axis]]);
  const padding: Padding[] = [[0, 0], [0, 0], ...around];
  const shape = image.shape.map((size, axis) => size + padding[axis][0] + padding[axis][1]);
  const wide = around.flat().every((pad) => pad === 0) ? image : lowering.add({ type: "Pad", padding }, [image], shape);
  return laidOut(lowering, wide, { ...sliding, padding: around.map(() => [0, 0]) }, (taps) => taps);
}
