/**
 * Conv: one dot product for every position of a window and every output channel.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { type Operand, placed } from "../cells/operand.ts";
import type { Steps } from "../cells/steps.ts";
import type { ConvOp, Padding } from "../format/circuit.ts";
import { Contraction } from "../numbers/contraction.ts";
import { convolutionPlan } from "../numbers/conv.ts";
import { MoveStep, padPlaces } from "../numbers/moves.ts";
import type { Step } from "../numbers/values.ts";
import type { CircuitOperation, Computing } from "./operation.ts";

/** A convolution. */
export const conv: CircuitOperation<ConvOp> = {
  lay({ padding }, { steps, inputs, dims }) {
    if (padding.some(isPadded)) steps.grid.use(0n);
    return layConvolution(steps, inputs, dims);
  },
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

/** Lays the dot products of `[image, kernel]` or `[image, kernel, bias]` with a result of the shape `dims`. */
export function layConvolution(steps: Steps, inputs: readonly Operand[], dims: number[]): Operand {
  const { grid } = steps, [image, kernel, bias] = inputs;
  for (const operand of inputs) steps.put(operand);
  const again = (x: Operand) => steps.isLaid(x) ? 0 : sizeOf(x.dims);
  grid.copy(Math.max(again(kernel), again(image)));
  grid.flush();
  const length = sizeOf(kernel.dims) / kernel.dims[0];
  for (let output = sizeOf(dims); output > 0; output--) {
    grid.dot(length);
    if (!bias) continue;
    grid.cellwise("Add", 1);
    grid.flush();
  }
  return placed(dims);
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
