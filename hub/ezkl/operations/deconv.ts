/**
 * DeConv: a transposed convolution is a convolution with the kernel turned over an image with zeros in between.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import type { ConvOp, DeConvOp, Padding } from "../format/circuit.ts";
import { Contraction } from "../numbers/contraction.ts";
import { convolutionPlan } from "../numbers/conv.ts";
import { type Move, MoveStep } from "../numbers/moves.ts";
import { layConvolution, spreadBias } from "./conv.ts";
import type { CircuitOperation } from "./operation.ts";
import { byIndex, moved } from "./moving.ts";

/** A transposed convolution of an image `[N, C, ...]` with a kernel `[O, C, ...]`, one group. */
export const deconv: CircuitOperation<DeConvOp> = {
  lay(op, { steps, inputs: [image, kernel, ...bias], refuse }) {
    if (op.group !== 1) throw refuse(`a DeConv of ${op.group} groups`);
    const { shape, move } = spread(op, image.dims, kernel.dims);
    const own = isSwapped(image.dims, kernel.dims)
      ? [kernel.dims[1], kernel.dims[0], ...kernel.dims.slice(2)]
      : kernel.dims;
    const weights = moved([kernel], turned(kernel.dims), own), flat = op.stride.length;
    const plain = { padding: new Array<Padding>(flat).fill([0, 0]), stride: new Array<number>(flat).fill(1), group: 1 };
    return layConvolution(steps, plain, [moved([image], move, shape), weights, ...bias]);
  },
  step(op, { operands: [image, kernel, bias], where }) {
    if (op.group !== 1) throw new ArgumentError(`${where}: a DeConv of ${op.group} groups is not simulated`);
    const { shape, move } = spread(op, image.shape, kernel.shape);
    const turn = new MoveStep(turned(kernel.shape)), spreading = new MoveStep(move);
    const own = isSwapped(image.shape, kernel.shape)
      ? [kernel.shape[1], kernel.shape[0], ...kernel.shape.slice(2)]
      : [...kernel.shape];
    const plain: ConvOp = {
      ...op,
      name: "Conv",
      padding: op.padding.map(() => [0, 0]),
      stride: op.stride.map(() => 1),
      dataFormat: "NCHW",
      kernelFormat: "OIHW",
    };
    const { plan } = convolutionPlan(plain, shape, own, where);
    const contraction = new Contraction(plan, kernel.constant && (bias?.constant ?? true), where);
    const step = bias !== undefined && sizeOf(bias.shape) === 1 ? spreadBias(contraction, own[0]) : contraction;
    return {
      size: step.size,
      run([x, w, ...rest], lanes) {
        const wide = { ...x, data: spreading.run([x], x.lanes), low: Math.min(0, x.low), high: Math.max(0, x.high) };
        return step.run([wide, { ...w, data: turn.run([w], w.lanes) }, ...rest], lanes);
      },
    };
  },
};

/** EZKL takes the kernel's first two axes the other way round where the first has the image's channels. */
function isSwapped(image: readonly number[], kernel: readonly number[]): boolean {
  return kernel[0] === image[1];
}

/** Every plane of the kernel from its end. */
function turned(kernel: readonly number[]): Move {
  const plane = sizeOf(kernel.slice(2));
  return {
    from: Int32Array.from(
      { length: sizeOf(kernel) },
      (_, at) => Math.floor(at / plane) * plane + plane - 1 - at % plane,
    ),
  };
}

/** The image with zeros between its elements and around it. */
function spread(op: DeConvOp, image: readonly number[], kernel: readonly number[]): { shape: number[]; move: Move } {
  const size = (axis: number) => (image[axis] - 1) * op.stride[axis - 2] + 1;
  const before = (axis: number) => kernel[axis] - 1 - op.padding[axis - 2][0];
  const shape = image.map((length, axis) => {
    if (axis < 2) return length;
    const [start, end] = op.padding[axis - 2];
    return size(axis) + 2 * (kernel[axis] - 1) - start - end + op.outputPadding[axis - 2];
  });
  const strides = stridesOf(image);
  const move = byIndex(shape, (index) =>
    index.reduce((at, i, axis) => {
      if (at < 0) return at;
      if (axis < 2) return at + i * strides[axis];
      const own = i - before(axis), step = op.stride[axis - 2];
      return own < 0 || own % step !== 0 || own / step >= image[axis] ? -1 : at + own / step * strides[axis];
    }, 0));
  return { shape, move };
}
