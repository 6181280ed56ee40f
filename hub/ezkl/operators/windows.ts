/**
 * How a window moves over an image, for convolutions and poolings alike: a signal is an image of one row.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import type { Padding } from "../format/circuit.ts";
import type { Attributes } from "../network/attributes.ts";
import type { LoweredValue, Lowering } from "../network/lowering.ts";
import { reshape } from "./making.ts";
import { picked } from "./moved.ts";

/** Attributes that say how a window moves. */
export const SLIDING = ["kernel_shape", "strides", "pads", "dilations"];

/** A window over the spatial axes. */
export interface Sliding {
  /** Its size. */
  readonly kernel: readonly number[];
  /** Its step. */
  readonly stride: readonly number[];
  /** From one of its elements to the next. */
  readonly dilation: readonly number[];
  /** Elements around the image. */
  readonly padding: readonly Padding[];
  /** How often it fits. */
  readonly counts: readonly number[];
  /** By axis, how many elements the last one reaches beyond the padding. */
  readonly beyond: readonly number[];
}

/** The window of a kernel over an image of `sizes`; what the attributes leave out is ONNX's default. */
export function slidingOf(attributes: Attributes, sizes: readonly number[], kernel: readonly number[]): Sliding {
  const list = (name: string, other: number, length: number) => {
    const values = attributes.integers(name) ?? Array.from({ length }, () => other);
    if (values.length === length && values.every((value) => value >= other)) return values;
    throw new ArgumentError(
      `its ${name} are ${values.join(", ")}, expected ${length} numbers from ${other}; export the model again`,
    );
  };
  const stride = list("strides", 1, sizes.length), dilation = list("dilations", 1, sizes.length);
  const pads = list("pads", 0, 2 * sizes.length);
  const padding = sizes.map((_, axis): Padding => [pads[axis], pads[axis + sizes.length]]);
  const isCeil = attributes.integer("ceil_mode", 0) !== 0;
  const rooms = sizes.map((size, axis) => {
    const room = padding[axis][0] + size + padding[axis][1] - (kernel[axis] - 1) * dilation[axis] - 1;
    if (room >= 0) return room;
    throw new ShapeError(
      `its kernel ${showShape(kernel)} is larger than its image ${showShape(sizes)} with padding ${show(padding)}; ` +
        `take a smaller kernel`,
    );
  });
  const counts = rooms.map((room, axis) => {
    const steps = (isCeil ? Math.ceil : Math.floor)(room / stride[axis]);
    // A window that would begin in the padding behind is left out.
    return steps > 0 && isCeil && steps * stride[axis] >= sizes[axis] + padding[axis][0] ? steps : steps + 1;
  });
  const beyond = counts.map((count, axis) => Math.max(0, (count - 1) * stride[axis] - rooms[axis]));
  return { kernel: [...kernel], stride, dilation, padding, counts, beyond };
}

/** Whether something is around the image. */
export function isPadded({ padding }: Pick<Sliding, "padding">): boolean {
  return padding.flat().some((pad) => pad !== 0);
}

/** For each window along an axis the places that it reads, counted from the image's first element. */
export function tapsOf({ kernel, stride, dilation, padding, counts }: Sliding, axis: number): number[][] {
  return Array.from(
    { length: counts[axis] },
    (_, window) =>
      Array.from({ length: kernel[axis] }, (_, tap) => window * stride[axis] + tap * dilation[axis] - padding[axis][0]),
  );
}

/** The image with every window laid out beside the next, `where` saying which element each place stands for. */
export function laidOut(
  lowering: Lowering,
  x: LoweredValue,
  sliding: Sliding,
  where: (taps: readonly number[], size: number) => readonly number[],
): LoweredValue {
  return sliding.counts.reduce((image, _, axis) => {
    const size = image.shape[axis + 2];
    return picked(lowering, image, axis + 2, tapsOf(sliding, axis).flatMap((taps) => where(taps, size)));
  }, x);
}

/** A pooling over a volume: over its planes first, then along its depth. */
export function overVolume(
  lowering: Lowering,
  x: LoweredValue,
  sliding: Sliding,
  pool: (image: LoweredValue, sliding: Sliding) => LoweredValue,
): LoweredValue {
  const [batch, channels, depth] = x.shape, [deep, high, wide] = sliding.counts;
  const planes = reshape(lowering, x, [batch, channels * depth, ...x.shape.slice(3)]);
  const flat = reshape(lowering, pool(planes, axesOf(sliding, [1, 2])), [batch, channels, depth, high * wide]);
  const along = axesOf(sliding, [0]);
  const columns: Sliding = {
    kernel: [...along.kernel, 1],
    stride: [...along.stride, 1],
    dilation: [...along.dilation, 1],
    padding: [...along.padding, [0, 0]],
    counts: [...along.counts, high * wide],
    beyond: [...along.beyond, 0],
  };
  return reshape(lowering, pool(flat, columns), [batch, channels, deep, high, wide]);
}

function axesOf(sliding: Sliding, axes: readonly number[]): Sliding {
  const of = <T>(list: readonly T[]) => axes.map((axis) => list[axis]);
  return {
    kernel: of(sliding.kernel),
    stride: of(sliding.stride),
    dilation: of(sliding.dilation),
    padding: of(sliding.padding),
    counts: of(sliding.counts),
    beyond: of(sliding.beyond),
  };
}

/** The pads as text. */
export function show(padding: readonly Padding[]): string {
  return padding.map(([before, after]) => `(${before}, ${after})`).join(" and ");
}

/** A signal as an image of one row, and its attributes for two axes. */
export function asImage(lowering: Lowering, x: LoweredValue): LoweredValue {
  return x.shape.length === 3 ? reshape(lowering, x, [x.shape[0], x.shape[1], 1, x.shape[2]]) : x;
}

/** A window over a signal as one over an image of one row. */
export function overImage(sliding: Sliding): Sliding {
  if (sliding.kernel.length !== 1) return sliding;
  return {
    kernel: [1, ...sliding.kernel],
    stride: [1, ...sliding.stride],
    dilation: [1, ...sliding.dilation],
    padding: [[0, 0], ...sliding.padding],
    counts: [1, ...sliding.counts],
    beyond: [0, ...sliding.beyond],
  };
}
