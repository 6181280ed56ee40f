/**
 * SumPool, MaxPool: one number for every window of an image.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { sorted } from "../cells/order.ts";
import { filled, joined, pick } from "../cells/tensor.ts";
import type { ConvOp } from "../format/circuit.ts";
import { poolPlaces, windowsOf } from "../numbers/conv.ts";
import { ChainStep } from "../numbers/elementwise.ts";
import { inWindows, ReduceStep, type Reduction } from "../numbers/reduce.ts";
import { measured, type Step } from "../numbers/values.ts";
import { around, layConvolution, padded, windowsIn } from "./conv.ts";
import { divided, dividing } from "./division.ts";
import { type CircuitOperation, type Computing, type Named, one } from "./operation.ts";
import { endOf } from "./reductions.ts";

/** Sums of windows, divided by the window's size where it says so. */
export const sumPool: CircuitOperation<Named<"SumPool">> = {
  lay({ kernelShape, padding, stride, normalized }, { steps, inputs: [image], dims }) {
    const { grid } = steps, length = sizeOf(kernelShape);
    const kernel = grid.put(1, filled(1, [1, 1, ...kernelShape]));
    grid.copy(length);
    const sizes = image.dims.slice(image.dims.length - kernelShape.length), area = sizeOf(sizes);
    const sums = joined(
      Array.from({ length: sizeOf(image.dims) / area }, (_, plane) => {
        const own = pick(image, () => Array.from({ length: area }, (_, at) => plane * area + at), [1, 1, ...sizes]);
        return layConvolution(steps, { padding, stride, group: 1 }, [own, kernel]);
      }),
      dims,
    );
    return normalized ? divided(steps, sums, length) : sums;
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
  lay({ poolDims, padding, stride }, { steps, inputs: [image], dims }) {
    const length = sizeOf(poolDims), wide = around(image, padding), from = wide.dims.length - poolDims.length;
    const windows = windowsIn(wide.dims.slice(from), poolDims, stride);
    const whole = length === 1 ? wide : steps.noted(wide);
    const lines = steps.loop(sizeOf(wide.dims.slice(0, from)) * windows.count, (at) => {
      const plane = Math.floor(at / windows.count);
      const [values] = sorted(steps, pick(whole, () => windows.of(plane, at % windows.count), [length]));
      return endOf(values, "last");
    });
    return joined(lines, dims);
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
