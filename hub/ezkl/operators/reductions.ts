/**
 * ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd, ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum,
 * ReduceLogSumExp, GlobalAveragePool, GlobalMaxPool: one number for the elements along some axes.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import type { SupportedOp } from "../format/circuit.ts";
import type { Value } from "../network/circuit_builder.ts";
import { reduced } from "../network/floats.ts";
import { activation, type LoweredValue, type Lowering, madeShape } from "../network/lowering.ts";
import { type Meaning, reach } from "../network/network.ts";
import { oneOperation } from "../network/one_operation.ts";
import { absolute } from "./elementwise.ts";
import { exponential } from "./exp.ts";
import { logarithm } from "./log.ts";
import { mul, number, own, squeezed } from "./making.ts";
import { between, input, type Operator, type OperatorCase, wholes } from "./operator.ts";
import { squareRoot } from "./roots.ts";

const kept = (x: LoweredValue, axes: readonly number[]) => x.shape.map((size, axis) => axes.includes(axis) ? 1 : size);

/** The sum along axes, which stay as axes of 1. */
export function summed(lowering: Lowering, x: LoweredValue, axes: readonly number[]): LoweredValue {
  const op = own("Sum", {
    write: ({ scales: [scale] }) => ({ op: { kind: "Linear", op: { name: "Sum", axes: [...axes] } }, scale }),
    float: reduced(axes, (values) => values.reduce((a, b) => a + b, 0)),
  });
  return lowering.add(op, [x], kept(x, axes));
}

/** The mean along axes: the sum times one over the number of elements. */
export function averaged(lowering: Lowering, x: LoweredValue, axes: readonly number[]): LoweredValue {
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  const total = summed(lowering, x, axes);
  return count === 1 ? total : mul(lowering, total, number(lowering, Math.fround(1 / count), x));
}

/**
 * The mean of the squares along axes. EZKL divides their sum with a remainder, at 58 cells a mean and with two
 * answers; frugally squares and the division are tables, at one cell each and with one.
 */
export function meanOfSquares(lowering: Lowering, x: LoweredValue, axes: readonly number[]): LoweredValue {
  const native = oneOperation({
    write: ({ scales: [scale] }) => ({
      op: { kind: "Linear", op: { name: "MeanOfSquares", axes: [...axes] } },
      scale: 2 * scale,
    }),
    float: reduced(axes, (values) => values.reduce((sum, value) => sum + value * value, 0) / values.length),
  });
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  const frugal: Meaning["frugal"] = ({ node, builder, operand, atTableScale, scheme }) => {
    const whole = atTableScale(operand(0)), { scale } = whole;
    const sum = (values: Value) =>
      builder.add({ kind: "Linear", op: { name: "Sum", axes: [...axes] } }, [values], node.shape, scale);
    if (scheme.scales !== undefined) {
      // Shares of the squares: their sum would take a table as many times as wide.
      const share: SupportedOp = { kind: "Nonlinear", op: { name: "Pow", scale: count * 2 ** scale, a: 2 } };
      return sum(builder.add(share, [whole], x.shape, scale));
    }
    const square: SupportedOp = { kind: "Nonlinear", op: { name: "Pow", scale: 2 ** scale, a: 2 } };
    const squares = builder.add(square, [whole], x.shape, scale);
    const share: SupportedOp = { kind: "Nonlinear", op: { name: "Div", denom: count } };
    return builder.add(share, [sum(squares)], node.shape, scale);
  };
  const scaling: Meaning["scaling"] = () => ({ atTable: true, looked: ([of]) => reach(of) });
  return lowering.add(own("MeanOfSquares", { ...native, frugal, scaling }), [x], kept(x, axes));
}

/** The largest or the smallest along axes. */
export function extreme(lowering: Lowering, x: LoweredValue, axes: readonly number[], name: "ReduceMax" | "ReduceMin") {
  const better = name === "ReduceMax" ? Math.max : Math.min;
  const op = own(name, {
    write: ({ scales: [scale] }) => ({ op: { kind: "Hybrid", op: { name, axes: [...axes] } }, scale }),
    float: reduced(axes, (values) => values.reduce((a, b) => better(a, b))),
  });
  return lowering.add(op, [x], kept(x, axes));
}

function multiplied(lowering: Lowering, x: LoweredValue, axes: readonly number[]): LoweredValue {
  const lenProd = sizeOf(axes.map((axis) => x.shape[axis]));
  const op = own("Prod", {
    write: ({ scales: [scale] }) => ({
      op: { kind: "Linear", op: { name: "Prod", axes: [...axes], lenProd } },
      scale: scale * lenProd,
    }),
    float: reduced(axes, (values) => values.reduce((a, b) => a * b, 1)),
  });
  return lowering.add(op, [x], kept(x, axes));
}

type Reduction = (lowering: Lowering, x: LoweredValue, axes: readonly number[]) => LoweredValue;

const squares: Reduction = (lowering, x, axes) => summed(lowering, mul(lowering, x, x), axes);

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  ReduceSum: summed,
  ReduceMean: averaged,
  ReduceMax: (lowering, x, axes) => extreme(lowering, x, axes, "ReduceMax"),
  ReduceMin: (lowering, x, axes) => extreme(lowering, x, axes, "ReduceMin"),
  ReduceProd: multiplied,
  ReduceL1: (lowering, x, axes) => summed(lowering, absolute(lowering, x), axes),
  ReduceL2: (lowering, x, axes) => squareRoot(lowering, squares(lowering, x, axes)),
  ReduceSumSquare: squares,
  ReduceLogSum: (lowering, x, axes) => logarithm(lowering, summed(lowering, x, axes)),
  ReduceLogSumExp: (lowering, x, axes) => logarithm(lowering, summed(lowering, exponential(lowering, x), axes)),
};

/** The operators. */
export const reductions: readonly Operator[] = [
  ...Object.entries(REDUCTIONS).map(([name, reduce]): Operator => {
    const x = between(0.25, 1.5, 2, 3, 2), isAxesInput = name === "ReduceSum";
    const along = (...axes: number[]): OperatorCase =>
      isAxesInput ? { inputs: [x, wholes(...axes)], attributes: {} } : { inputs: [x], attributes: { axes } };
    return {
      name,
      lower(lowering) {
        const attributes = new Attributes(lowering.node, ["axes", "keepdims"]);
        madeShape(lowering, "axes");
        const axes = attributes.integers("axes")!, made = reduce(lowering, activation(lowering, 0), axes);
        return attributes.integer("keepdims", 1) !== 0 ? made : squeezed(lowering, made, axes);
      },
      cases: [
        along(1),
        { ...along(0, 2), name: "without the axes", attributes: { ...along(0, 2).attributes, keepdims: 0 } },
      ],
    };
  }),
  {
    name: "GlobalAveragePool",
    lower(lowering) {
      new Attributes(lowering.node, []);
      const x = activation(lowering, 0);
      return averaged(lowering, x, [...x.shape.keys()].slice(2));
    },
    cases: [{ inputs: [input(1, 2, 3, 4)] }],
  },
  {
    name: "GlobalMaxPool",
    lower(lowering) {
      new Attributes(lowering.node, []);
      const x = activation(lowering, 0);
      return extreme(lowering, x, [...x.shape.keys()].slice(2), "ReduceMax");
    },
    cases: [{ inputs: [input(1, 2, 3, 4)] }],
  },
];
