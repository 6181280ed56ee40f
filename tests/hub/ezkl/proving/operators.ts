/** A random model for every operator that a circuit expresses. */
import { DataType } from "../../../../onnx/enums.ts";
import { OnnxWriter } from "./onnx_writer.ts";
import type { Subject } from "./prove_model.ts";

/** Attributes of a convolution; what is left out is drawn. */
export interface ConvCase {
  kernel?: [number, number];
  strides?: [number, number];
  pads?: [number, number, number, number];
  group?: number;
  bias?: boolean;
}

/** The model that `write` writes with random numbers of `seed`, and a random sample. */
export function subject(
  seed: number,
  write: (writer: OnnxWriter) => [name: string, rank: number][],
  rest: Omit<Subject, "onnx" | "inputs" | "shapes"> = {},
): Subject {
  const writer = new OnnxWriter(seed);
  const onnx = writer.finish(...write(writer));
  const inputs = [...writer.inputs.values()].map((shape) =>
    Float32Array.from(writer.floats(shape.reduce((size, length) => size * length, 1)))
  );
  return { onnx, inputs, shapes: writer.inputs, ...rest };
}

/** A convolution of `x`, which has `channels`. */
export function conv(w: OnnxWriter, x: string, channels: number, outputs: number, given: ConvCase = {}): string {
  const kernel = given.kernel ?? [w.pick(1, 3), w.pick(2, 3)];
  const strides = given.strides ?? [w.pick(1, 2), w.pick(1, 2)];
  const pads = given.pads ?? [w.pick(0, 1), w.pick(0, 1), w.pick(0, 1), w.pick(0, 1)];
  const group = given.group ?? 1;
  const operands = [x, w.weight([outputs, channels / group, ...kernel])];
  if (given.bias ?? w.next() < 0.5) operands.push(w.weight([outputs]));
  return w.node("Conv", operands, { kernel_shape: kernel, strides, pads, group });
}

/** A pooling with a window of `kernel`. */
export function pool(
  w: OnnxWriter,
  type: "AveragePool" | "MaxPool",
  x: string,
  kernel: [number, number],
  strides: [number, number],
  pads: [number, number, number, number] = [0, 0, 0, 0],
): string {
  const counted = type === "AveragePool" ? { count_include_pad: 1 } : {};
  return w.node(type, [x], { kernel_shape: kernel, strides, pads, ...counted });
}

/** A matrix product with a bias or without. */
export function gemm(w: OnnxWriter, x: string, inputs: number, outputs: number, bias = true): string {
  const operands = [x, w.weight([outputs, inputs])];
  if (bias) operands.push(w.weight([outputs]));
  return w.node("Gemm", operands, { transB: 1 });
}

/** Weights that a Constant node holds. */
export function constant(w: OnnxWriter, ...dims: number[]): string {
  const floatData = w.floats(dims.reduce((size, length) => size * length, 1));
  return w.node("Constant", [], { value: { tensor: { dims, dataType: DataType.FLOAT, floatData } } });
}
