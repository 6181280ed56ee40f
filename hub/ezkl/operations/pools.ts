/**
 * SumPool, MaxPool: one number for every window of an image.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { isPlaced, placed } from "../cells/operand.ts";
import { sorted } from "../cells/order.ts";
import type { ConvOp } from "../format/circuit.ts";
import { poolPlaces, windowsOf } from "../numbers/conv.ts";
import { ChainStep } from "../numbers/elementwise.ts";
import { inWindows, ReduceStep, type Reduction } from "../numbers/reduce.ts";
import { measured, type Step } from "../numbers/values.ts";
import { isPadded, padded } from "./conv.ts";
import { divided, dividing } from "./division.ts";
import { type CircuitOperation, type Computing, type Named, one } from "./operation.ts";

/** Sums of windows, divided by the window's size where it says so. */
export const sumPool: CircuitOperation<Named<"SumPool">> = {
  lay({ kernelShape, padding, normalized }, { steps, inputs: [image], dims }) {
    const { grid } = steps, length = sizeOf(kernelShape), outputs = sizeOf(dims);
    const spatial = image.dims.length - kernelShape.length;
    const channels = sizeOf(image.dims.slice(0, spatial)), size = sizeOf(image.dims.slice(spatial));
    grid.use(1n);
    if (padding.some(isPadded)) grid.use(0n);
    steps.put(image);
    grid.copy(length);
    for (let channel = 0; channel < channels; channel++) {
      const codes = image.codes?.subarray(channel * size, (channel + 1) * size) ?? null;
      const again = grid.mode === "dummy" || !isPlaced({ dims: [size], codes }) ? size : 0;
      grid.copy(Math.max(grid.mode === "dummy" ? length : 0, again));
      grid.flush();
      steps.dots(outputs / channels, length);
    }
    return normalized ? divided(steps, placed(dims), length) : placed(dims);
  },
  step(op, about) {
    const shape = one(about);
    if (op.dataFormat !== "NCHW") {
      throw new ArgumentError(
        `${about.where}: SumPool over the format ${op.dataFormat} fails in the engine; take NCHW`,
      );
    }
    const sums = pooling(shape, op.kernelShape, op, "sum", about);
    if (!op.normalized) return sums;
    return new ChainStep(sums, dividing(sums.size, sizeOf(op.kernelShape), about.recorder), measured);
  },
};

/** The largest of every window, with zeros around the image. */
export const maxPool: CircuitOperation<Named<"MaxPool">> = {
  lay({ poolDims, padding }, { steps, inputs: [image], dims }) {
    steps.put(image);
    if (padding.some(isPadded)) steps.grid.use(0n);
    const length = sizeOf(poolDims);
    if (length === 1) return { ...image, dims };
    steps.loop(sizeOf(dims), () => sorted(steps, placed([length])));
    return placed(dims);
  },
  step: (op, about) => pooling(one(about), op.poolDims, op, "max", about),
};

function pooling(
  shape: readonly number[],
  kernel: readonly number[],
  { padding, stride, dataFormat }: Pick<ConvOp, "padding" | "stride" | "dataFormat">,
  reduction: Reduction,
  { recorder, where }: Computing,
): Step {
  const windows = windowsOf(shape, kernel, stride, padding, dataFormat, where);
  const { planes, positions, elements } = windows;
  const gatherings = inWindows(planes, positions, elements, poolPlaces(windows, shape));
  const reduce = new ReduceStep(gatherings, reduction, recorder, where);
  return { size: reduce.size, run: padded(reduce, shape, windows.padding) };
}
