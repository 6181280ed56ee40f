/**
 * Conv: one dot product for every position of a window and every output channel.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import type { Side } from "../cells/sheet.ts";
import type { Steps } from "../cells/steps.ts";
import { joined, pick, type Tensor } from "../cells/tensor.ts";
import type { ConvOp, Padding } from "../format/circuit.ts";
import { Contraction } from "../numbers/contraction.ts";
import { convolutionPlan } from "../numbers/conv.ts";
import { MoveStep, padPlaces } from "../numbers/moves.ts";
import { placesOf } from "../numbers/places.ts";
import type { Step } from "../numbers/values.ts";
import type { CircuitOperation, Computing } from "./operation.ts";

/** A convolution. */
export const conv: CircuitOperation<ConvOp> = {
  lay: (op, { steps, inputs }) => layConvolution(steps, op, inputs),
  step(op, { operands: [image, kernel, bias], where }: Computing) {
    if (kernel === undefined) throw new ArgumentError(`${where}: Conv has no kernel`);
    const { plan, windows } = convolutionPlan(op, image.shape, kernel.shape, where);
    const isConstant = kernel.constant && (bias?.constant ?? true);
    const outputs = op.group * plan.outRow.length;
    const contraction = new Contraction(plan, isConstant, where);
    const step = bias !== undefined && sizeOf(bias.shape) === 1 ? spreadBias(contraction, outputs) : contraction;
    return { size: step.size, run: padded(step, image.shape, windows.padding) };
  },
};

/** Lays the dot products of `[image, kernel]` or `[image, kernel, bias]`. */
export function layConvolution(
  steps: Steps,
  { padding, stride, group }: Pick<ConvOp, "padding" | "stride" | "group">,
  [given, weights, bias]: readonly Tensor[],
): Tensor {
  const { grid } = steps, again = (x: Tensor) => steps.isLaid(x) ? 0 : sizeOf(x.dims);
  const advance = Math.max(again(weights), again(given));
  const placed = (x: Tensor, side: Side) => steps.isLaid(x) ? x : grid.put(side, x);
  const kernel = steps.noted(placed(weights, 0));
  const image = steps.noted(around(placed(given, 1), padding));
  const added = bias && steps.noted(bias);
  grid.copy(advance);
  grid.flush();
  const [outputs, channels, ...sizes] = kernel.dims, length = channels * sizeOf(sizes);
  const windows = windowsIn(image.dims.slice(2), sizes, stride), planes = image.dims[1];
  const positions = (sample: number, first: number, window: number) => () =>
    Array.from({ length: channels }, (_, channel) => windows.of(sample * planes + first + channel, window)).flat();
  const results: Tensor[] = [];
  for (let sample = 0; sample < image.dims[0]; sample++) {
    for (let output = 0; output < outputs; output++) {
      const first = channels * Math.floor(output / (outputs / group));
      const own = pick(kernel, () => Array.from({ length }, (_, at) => output * length + at), [length]);
      for (let window = 0; window < windows.count; window++) {
        grid.flush();
        let result = steps.dot(pick(image, positions(sample, first, window), [length]), own);
        if (added) {
          result = steps.pair("Add", result, pick(added, () => [sizeOf(added.dims) === 1 ? 0 : output], [1]));
          grid.flush();
        }
        results.push(result);
      }
    }
  }
  return joined(results);
}

/** Zeros around the last axes. */
export function around(x: Tensor, padding: readonly Padding[]): Tensor {
  if (!padding.some(isPadded)) return x;
  const all = x.dims.map((_, axis): Padding => padding[axis - (x.dims.length - padding.length)] ?? [0, 0]);
  const dims = x.dims.map((size, axis) => all[axis][0] + size + all[axis][1]);
  return pick(x, padPlaces(x.dims, all), dims);
}

/** Windows over a plane. */
interface PlaneWindows {
  /** How many. */
  readonly count: number;
  /** Positions of the elements of one, row-major. */
  of(plane: number, window: number): number[];
}

/** The windows of shape `kernel` over planes of the shape `sizes`, row-major. */
export function windowsIn(
  sizes: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
): PlaneWindows {
  const strides = stridesOf(sizes), area = sizeOf(sizes);
  const counts = sizes.map((size, axis) => Math.floor((size - kernel[axis]) / stride[axis]) + 1);
  const starts = placesOf(counts, strides.map((step, axis) => step * stride[axis])), inside = placesOf(kernel, strides);
  return {
    count: starts.length,
    of: (plane, window) => Array.from(inside, (at) => plane * area + starts[window] + at),
  };
}

/** Whether there is something around. */
export function isPadded([before, after]: Padding): boolean {
  return before > 0 || after > 0;
}

/** Gives every output the only number of the bias, which is how EZKL writes a convolution without one. */
export function spreadBias(step: Step, outputs: number): Step {
  const run: Step["run"] = ([x, w, bias], lanes) => {
    const data = new Float64Array(outputs * bias.lanes);
    for (let at = 0; at < data.length; at++) data[at] = bias.data[at % bias.lanes];
    return step.run([x, w, { ...bias, data }], lanes);
  };
  return { size: step.size, run };
}

/** Puts zeros around the first operand. */
export function padded(step: Step, shape: readonly number[], padding: readonly Padding[]): Step["run"] {
  if (!padding.some(isPadded)) return step.run.bind(step);
  const pad = new MoveStep({ from: padPlaces(shape, padding) });
  return ([x, ...rest], lanes) => {
    const data = pad.run([x], x.lanes);
    return step.run([{ data, lanes: x.lanes, low: Math.min(0, x.low), high: Math.max(0, x.high) }, ...rest], lanes);
  };
}
