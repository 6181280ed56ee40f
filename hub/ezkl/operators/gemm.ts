/**
 * Gemm: alpha A B + beta C for matrices, either of them transposed.
 * @module
 */
import { ArgumentError, ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, arithmetic, broadcast, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import { add, mul, number } from "./making.ts";
import { constant, input, type Operator } from "./operator.ts";

/** The operator. */
export const gemm: Operator = {
  name: "Gemm",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["alpha", "beta", "transA", "transB"]);
    const [a, b] = [operand(lowering, 0), operand(lowering, 1)];
    if (a.constant !== null && b.constant !== null) activation(lowering, 0);
    arithmetic(a, b);
    const isTurnedA = attributes.integer("transA", 0) !== 0, isTurnedB = attributes.integer("transB", 0) !== 0;
    const [m, depth] = isTurnedA ? [a.shape[1], a.shape[0]] : a.shape;
    const [k, n] = isTurnedB ? [b.shape[1], b.shape[0]] : b.shape;
    if (a.shape.length !== 2 || b.shape.length !== 2 || depth !== k) {
      throw new ShapeError(
        `it cannot multiply ${showShape(a.shape)}${isTurnedA ? " transposed" : ""} by ${showShape(b.shape)}` +
          `${isTurnedB ? " transposed" : ""}, expected matrices that share their inner size`,
      );
    }
    const shape = [m, n], equation = `${isTurnedA ? "km" : "mk"},${isTurnedB ? "nk" : "kn"}->mn`;
    let result = lowering.add({ type: "MatMul", equation }, [a, b], shape);
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
    return add(lowering, result, beta === 1 ? bias : scaled(lowering, bias, beta));
  },
  cases: [
    { inputs: [input(1, 4), constant([3, 4]), constant([3])], attributes: { transB: 1 } },
    {
      name: "with alpha and beta",
      inputs: [input(2, 4), constant([4, 3]), constant([3])],
      attributes: { alpha: { float: 0.75 }, beta: { float: 1.5 } },
    },
    { name: "of a transposed input", inputs: [input(4, 2), constant([4, 3])], attributes: { transA: 1 } },
    { name: "of two inputs", inputs: [input(2, 4), input(3, 4)], attributes: { transB: 1 } },
  ],
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
  return mul(lowering, value, number(lowering, factor, value));
}
