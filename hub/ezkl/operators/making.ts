/**
 * What the lowering of operators is written with: sums, products, shapes and numbers.
 * @module
 */
import type { DataTypeName } from "../../../onnx/enums.ts";
import { broadcast, type LoweredValue, type Lowering } from "../network/lowering.ts";
import type { Meaning, NetworkOp } from "../network/network.ts";
import { type OneOperation, oneOperation } from "../network/one_operation.ts";

/** An operation that its operator's file defines. */
export function own(name: string, meaning: Meaning | OneOperation, spreads = false): NetworkOp {
  return { type: "Own", name, meaning: "write" in meaning ? oneOperation(meaning) : meaning, spreads };
}

/** A list of whole numbers that an operation holds itself. */
export function places(lowering: Lowering, values: readonly number[], like: LoweredValue): LoweredValue {
  return { ...numbers(lowering, values, [values.length], like), type: "Int", elements: "INT64" };
}

/** An operation on one value that keeps its shape. */
export function apply(lowering: Lowering, op: NetworkOp, x: LoweredValue, type?: DataTypeName): LoweredValue {
  return lowering.add(op, [x], x.shape, type);
}

/** An operation on values that broadcast. */
export function spread(
  lowering: Lowering,
  op: NetworkOp,
  operands: readonly LoweredValue[],
  type?: DataTypeName,
): LoweredValue {
  return lowering.add(op, operands, operands.map((x) => x.shape).reduce(broadcast), type);
}

/** The sum. */
export const add = (lowering: Lowering, a: LoweredValue, b: LoweredValue): LoweredValue =>
  spread(lowering, { type: "Add" }, [a, b]);

/** The difference. */
export const sub = (lowering: Lowering, a: LoweredValue, b: LoweredValue): LoweredValue =>
  spread(lowering, { type: "Sub" }, [a, b]);

/** The product. */
export const mul = (lowering: Lowering, a: LoweredValue, b: LoweredValue): LoweredValue =>
  spread(lowering, { type: "Mul" }, [a, b]);

/** A single number, of the type of `like`. */
export function number(lowering: Lowering, value: number, like: LoweredValue): LoweredValue {
  return lowering.constant(Float32Array.of(value), [1], like);
}

/** A tensor of numbers, of the type of `like`. */
export function numbers(
  lowering: Lowering,
  values: readonly number[],
  shape: readonly number[],
  like: LoweredValue,
): LoweredValue {
  return lowering.constant(Float32Array.from(values), shape, like);
}

/** The same elements in another shape; a scalar is `[1]`. */
export function reshape(lowering: Lowering, x: LoweredValue, to: readonly number[]): LoweredValue {
  const shape = to.length === 0 ? [1] : [...to];
  if (shape.join() === x.shape.join()) return x;
  if (x.constant !== null) return { ...x, node: null, shape };
  return lowering.add({ type: "Reshape" }, [x], shape);
}

/** The value without axes of 1, the last one first, as EZKL's reader takes them out. */
export function squeezed(lowering: Lowering, x: LoweredValue, axes: readonly number[]): LoweredValue {
  return axes.toSorted((a, b) => b - a).reduce(
    (left, axis) => reshape(lowering, left, left.shape.toSpliced(axis, 1)),
    x,
  );
}

/** The elements of a constant as floats. */
export function floatsOf(x: LoweredValue): number[] {
  return Array.from<number | bigint, number>(x.constant!.data, Number);
}
