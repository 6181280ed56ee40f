/**
 * Lowering of Gemm and MatMul.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import {
  activation,
  arithmetic,
  broadcast,
  type LoweredValue,
  type Lowering,
  type LoweringRule,
  operand,
} from "../network/lowering.ts";

/** alpha * A * B + beta * C for matrices. */
export const lowerGemm: LoweringRule = (lowering): LoweredValue => {
  const attributes = new Attributes(lowering.node, ["alpha", "beta", "transA", "transB"]);
  if (attributes.integer("transA", 0) !== 0) {
    throw new ArgumentError("its transA is set, expected rows of samples; give it the matrix transposed and transA 0");
  }
  const a = activation(lowering, 0);
  const b = operand(lowering, 1);
  arithmetic(a, b);
  const transposed = attributes.integer("transB", 0) !== 0;
  const [k, n] = transposed ? [b.shape[1], b.shape[0]] : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[1] !== k) {
    throw new ShapeError(
      `it cannot multiply ${showShape(a.shape)} by ${showShape(b.shape)}${transposed ? " transposed" : ""}, ` +
        `expected matrices that share their inner size`,
    );
  }
  const shape = [a.shape[0], n];
  let result = lowering.add({ type: "MatMul", equation: transposed ? "mk,nk->mn" : "mk,kn->mn" }, [a, b], shape);
  const alpha = attributes.float("alpha", 1);
  if (alpha !== 1) result = scaled(lowering, result, alpha);
  const beta = attributes.float("beta", 1);
  const bias = lowering.inputs[2] ?? null;
  if (bias === null || beta === 0) return result;
  arithmetic(a, bias);
  if (broadcast(bias.shape, shape).join() !== shape.join()) {
    throw new ShapeError(
      `its bias "${bias.name}" of shape ${showShape(bias.shape)} does not fit its result of ${showShape(shape)}; ` +
        `export the model again`,
    );
  }
  return lowering.add({ type: "Add" }, [result, beta === 1 ? bias : scaled(lowering, bias, beta)], shape);
};

/** The product of the last two axes, for equal axes in front of them. */
export const lowerMatMul: LoweringRule = (lowering): LoweredValue => {
  new Attributes(lowering.node, []);
  const [left, right] = [operand(lowering, 0), operand(lowering, 1)];
  if (left.constant !== null && right.constant !== null) activation(lowering, 0);
  arithmetic(left, right);
  // A vector on either side stands for a matrix whose other axis does not appear in the result.
  const rows = left.shape.length === 1 ? "" : "m";
  const columns = right.shape.length === 1 ? "" : "n";
  const [leftBatch, rightBatch] = [left.shape.slice(0, -2), right.shape.slice(0, -2)];
  const rank = Math.max(leftBatch.length, rightBatch.length);
  const letters = "abcdefgh".slice(0, rank);
  const batch = broadcast(leftBatch, rightBatch);
  const fits = [leftBatch, rightBatch].every((axes) => axes.every((size, i) => size === batch[i - axes.length + rank]));
  const inner = right.shape.at(columns === "" ? -1 : -2);
  if (!fits || rank > letters.length || left.shape.at(-1) !== inner) {
    throw new ShapeError(
      `it cannot multiply ${showShape(left.shape)} by ${showShape(right.shape)}, expected the same inner size and ` +
        `the same axes before the last two; spread them before the product`,
    );
  }
  const term = (axes: readonly number[]) => letters.slice(rank - axes.length);
  const equation = `${term(leftBatch)}${rows}k,${term(rightBatch)}k${columns}->${letters}${rows}${columns}`;
  const ends = [...rows === "" ? [] : [left.shape.at(-2)!], ...columns === "" ? [] : [right.shape.at(-1)!]];
  return lowering.add({ type: "MatMul", equation }, [left, right], [...batch, ...ends]);
};

/** A value times a number; a constant at once, as 32-bit floats. */
function scaled(lowering: Lowering, value: LoweredValue, factor: number): LoweredValue {
  if (value.type === "Int") {
    throw new ArgumentError(`its alpha or beta is ${factor}, expected 1 for integers; export a float model`);
  }
  if (value.constant !== null) {
    const values = Float32Array.from(value.constant.data as Iterable<number>, (element) => element * factor);
    return lowering.constant(values, value.shape, value);
  }
  const times = lowering.constant(Float32Array.of(factor), [1], value);
  return lowering.add({ type: "Mul" }, [value, times], value.shape);
}
