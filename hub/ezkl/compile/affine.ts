/**
 * Operators that multiply and add a constant a channel: Mul, Add, Sub, Div by constants, and BatchNormalization as it
 * is at inference.
 * @module
 */
import type { ReadNode, ReadValue } from "../../../onnx/read/graph.ts";
import { Attributes } from "../network/attributes.ts";

/** `factors[channel] * x + shifts[channel]`. */
export interface Affine {
  /** What multiplies each channel. */
  readonly factors: Float64Array;
  /** What is added to it. */
  readonly shifts: Float64Array;
  /** Which operand of the node x is. */
  readonly side: number;
}

/** The 32-bit floats of a constant; null for what is computed, and for numbers of another kind. */
export function floatsIn(value: ReadValue | null | undefined): Float32Array | null {
  if (value?.constant == null || value.type !== "FLOAT") return null;
  const { data } = value.constant.read();
  return data instanceof Float32Array && data.every(Number.isFinite) ? data : null;
}

/** What a node does to each channel, where `axis` of its operand has them; null for a node that does anything else. */
export function affineOf(node: ReadNode, axis: number): Affine | null {
  if (node.problem !== null || node.domain !== "") return null;
  const sides = node.opType === "BatchNormalization" ? [0] : [0, 1].filter((at) => node.inputs[at]?.constant === null);
  const [side] = sides, x = node.inputs[side];
  if (sides.length !== 1 || x == null || x.type !== "FLOAT" || x.shape === null || x.shape.length <= axis) return null;
  const channels = x.shape[axis];
  if (node.opType === "BatchNormalization") return axis === 1 ? normalization(node, channels) : null;
  if (Object.keys(node.attributes).length > 0 || node.inputs.length !== 2) return null;
  const constant = perChannel(node.inputs[1 - side], x.shape, axis);
  if (constant === null) return null;
  const all = (value: number) => new Float64Array(channels).fill(value);
  switch (node.opType) {
    case "Mul":
      return { factors: constant, shifts: all(0), side };
    case "Add":
      return { factors: all(1), shifts: constant, side };
    case "Sub":
      return side === 0
        ? { factors: all(1), shifts: constant.map((value) => -value), side }
        : { factors: all(-1), shifts: constant, side };
    case "Div":
      if (side === 1 || constant.includes(0)) return null;
      return { factors: constant.map((value) => 1 / value), shifts: all(0), side };
    default:
      return null;
  }
}

/** A constant as one number a channel; null where it says more, or makes its operand larger. */
function perChannel(value: ReadValue | null, shape: readonly number[], axis: number): Float64Array | null {
  const values = floatsIn(value), own = value?.shape;
  if (values === null || own == null || own.length > shape.length) return null;
  const along = axis - (shape.length - own.length);
  if (own.some((size, at) => size !== 1 && (at !== along || size !== shape[axis]))) return null;
  return Float64Array.from({ length: shape[axis] }, (_, channel) => values[values.length === 1 ? 0 : channel]);
}

function normalization(node: ReadNode, channels: number): Affine | null {
  const attributes = new Attributes(node, Object.keys(node.attributes));
  if (attributes.integer("training_mode", 0) !== 0) return null;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((at) => floatsIn(node.inputs[at]));
  if (scale === null || bias === null || mean === null || variance === null) return null;
  if ([scale, bias, mean, variance].some(({ length }) => length !== channels)) return null;
  const epsilon = attributes.float("epsilon", 1e-5);
  const factors = Float64Array.from(scale, (value, at) => value / Math.sqrt(variance[at] + epsilon));
  if (!factors.every(Number.isFinite)) return null;
  return { factors, shifts: factors.map((factor, at) => bias[at] - mean[at] * factor), side: 0 };
}
