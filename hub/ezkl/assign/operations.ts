/**
 * The operations of a circuit, each by its steps.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { CircuitNode } from "../format/circuit.ts";
import type { HybridOp, PolyOp, SupportedOp } from "../format/operations.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { reciprocal, squareRoot } from "../operations/roots.ts";
import type { Comparisons } from "./comparisons.ts";
import { layEinsum } from "./einsum.ts";
import { type Felt, feltOf, multiply } from "./felt.ts";
import { moved } from "./moves.ts";
import { constants, filled, fresh, mapped, pick, type Tensor } from "./tensor.ts";
import { layAlong, layConv, layMaxPool, laySumPool } from "./windows.ts";

const ZERO = constants([0]);

/** Lays what a node does to its operands. */
export function layOperation(
  steps: Comparisons,
  op: SupportedOp,
  inputs: readonly Tensor[],
  node: CircuitNode,
): Tensor {
  switch (op.kind) {
    case "Rescaled": {
      const rescaled = [...inputs];
      for (const [input, multiplier] of op.scale) {
        if (multiplier === 1n) continue;
        rescaled[input] = steps.pairwise("Mult", rescaled[input], constants([feltOf(multiplier)]));
      }
      return layOperation(steps, op.inner, rescaled, node);
    }
    case "RebaseScale":
      return layHybrid(steps, op.rebaseOp, [layOperation(steps, op.inner, inputs, node)], node);
    case "Nonlinear":
      return steps.lookup(op.op, inputs[0]);
    case "Linear":
      return moved(steps, op.op, inputs) ?? layLinear(steps, op.op, inputs, node);
    case "Hybrid":
      return moved(steps, op.op, inputs) ?? layHybrid(steps, op.op, inputs, node);
    default:
      throw unsupported(node, op.kind);
  }
}

function layLinear(steps: Comparisons, op: PolyOp, inputs: readonly Tensor[], node: CircuitNode): Tensor {
  const [x, y, z] = inputs;
  switch (op.name) {
    case "Add":
    case "Sub":
    case "Mult":
      return steps.pairwise(op.name, x, y);
    case "Neg":
      return steps.pairwise("Sub", ZERO, x);
    case "Abs":
      return steps.abs(x);
    case "Sign":
      return steps.sign(x);
    case "Not":
      return steps.not(x);
    case "And":
      return steps.and(x, y);
    case "Or":
      return steps.or(x, y);
    case "Xor":
      return steps.xor(x, y);
    case "Iff":
      return steps.iff(x, y, z);
    case "LeakyReLU":
      return layLeakyRelu(steps, op.slope, op.scale, x);
    case "Pow": {
      let power = x;
      for (let times = 1; times < op.exponent; times++) power = steps.pairwise("Mult", power, x);
      return power;
    }
    case "Sum":
      return layAlong(x, op.axes, (slice) => steps.sum(slice));
    case "Prod":
      return layAlong(x, op.axes, (slice) => steps.prod(slice));
    case "Einsum":
      return layEinsum(steps, op.equation, inputs);
    case "Conv":
      return layConv(steps, op, inputs);
    case "Identity":
      return steps.identity(x, false);
    default:
      throw unsupported(node, op.name);
  }
}

function layHybrid(steps: Comparisons, op: HybridOp, inputs: readonly Tensor[], node: CircuitNode): Tensor {
  const [x, y] = inputs;
  switch (op.name) {
    case "Div":
      return layDivision(steps, Math.fround(op.denom), x);
    case "Sqrt":
      return laySqrt(steps, op.scale, x);
    case "Recip":
      return layRecip(steps, op.inputScale, op.outputScale, x);
    case "Rsqrt":
      return layRecip(steps, op.inputScale, op.outputScale, laySqrt(steps, op.inputScale, x));
    case "Greater":
      return steps.greater(x, y);
    case "GreaterEqual":
      return steps.greaterEqual(x, y);
    case "Less":
      return steps.greater(y, x);
    case "LessEqual":
      return steps.greaterEqual(y, x);
    case "Equals":
      return steps.equals(x, y);
    case "Max":
    case "Min": {
      const greater = steps.greater(x, y), other = steps.not(greater);
      const [first, second] = op.name === "Max" ? [greater, other] : [other, greater];
      const a = steps.pairwise("Mult", x, first), b = steps.pairwise("Mult", y, second);
      return steps.pairwise("Add", a, b);
    }
    case "SumPool": {
      const sums = laySumPool(steps, op, x);
      return op.normalized ? layDivision(steps, sizeOf(op.kernelShape), sums) : sums;
    }
    case "MaxPool":
      return layMaxPool(steps, op, x);
    case "ReduceMax":
      return layAlong(x, op.axes, (slice) => pick(steps.sort(slice), [slice.values.length - 1]));
    case "ReduceMin":
      return layAlong(x, op.axes, (slice) => pick(steps.sort(slice), [0]));
    default:
      throw unsupported(node, op.name);
  }
}

function layLeakyRelu(steps: Comparisons, slope: number, scale: number, x: Tensor): Tensor {
  const isPositive = steps.equals(steps.sign(x), filled(1, x.dims));
  const kept = steps.pairwise("Mult", x, isPositive);
  if (slope === 0) return kept;
  const one = 2 ** scale;
  const scaled = steps.pairwise("Mult", kept, constants([one]));
  const other = steps.not(isPositive);
  const factor = steps.pairwise("Mult", other, constants([roundAway(Math.fround(slope) * one)]));
  return steps.pairwise("Add", scaled, steps.pairwise("Mult", x, factor));
}

/** The claimed quotient is the nearest: what is left is smaller than the divisor. */
function layDivision(steps: Comparisons, denom: number, x: Tensor): Tensor {
  if (denom === 1) return x;
  if (!Number.isInteger(denom)) return steps.lookup({ name: "Div", denom }, x);
  const claimed = fresh(mapped(x, (value) => quotient(value, denom)), x.dims);
  const result = steps.identity(claimed, true);
  const divisor = constants([denom]);
  const product = steps.pairwise("Mult", result, divisor);
  const rest = steps.abs(steps.pairwise("Sub", x, product));
  const isSmall = steps.greater(divisor, rest);
  steps.equal(isSmall, filled(1, isSmall.dims));
  return result;
}

function laySqrt(steps: Comparisons, scale: number, x: Tensor): Tensor {
  const f = squareRoot(Math.fround(scale));
  const root = steps.abs(fresh(mapped(x, (value) => f(Number(value))), x.dims));
  const target = steps.pairwise("Mult", x, constants([Math.trunc(scale)]));
  const error = (y: Tensor) => steps.abs(steps.pairwise("Sub", steps.pairwise("Mult", y, y), target));
  const isNearest = steps.optimum(root, error);
  steps.equal(isNearest, filled(1, isNearest.dims));
  return root;
}

/** EZKL's stand-in for the inverse of zero, before the output's scale. */
const INVERSE_OF_ZERO = 2 ** 52;

function layRecip(steps: Comparisons, inputScale: number, outputScale: number, x: Tensor): Tensor {
  const f = reciprocal(Math.fround(inputScale), Math.fround(outputScale));
  const result = steps.identity(fresh(mapped(x, (value) => f(Number(value))), x.dims), true);
  const isZero = steps.isZero(x);
  const notZero = steps.not(isZero);
  const standIn = constants([multiply(Math.round(outputScale), BigInt(INVERSE_OF_ZERO))]);
  const isStandIn = steps.equals(result, standIn);
  const target = steps.pairwise("Mult", constants([Math.round(inputScale * outputScale)]), notZero);
  steps.equal(isZero, isStandIn);
  const error = (y: Tensor) => steps.abs(steps.pairwise("Sub", steps.pairwise("Mult", y, x), target));
  const isNearest = steps.pairwise("Add", steps.optimum(result, error), isZero);
  steps.equal(isNearest, filled(1, isNearest.dims));
  return result;
}

function quotient(value: Felt, denom: number): Felt {
  return typeof value === "number" ? roundAway(value / denom) : feltOf(BigInt(roundAway(Number(value) / denom)));
}

/** An operation that is not laid here. */
export function unsupported(node: CircuitNode, what: string): ArgumentError {
  return new ArgumentError(
    `node ${node.idx} is ${what}, which the prover does not lay out; express it with additions, products, comparisons, ` +
      "tables, convolutions and poolings, or prove with the engine",
  );
}
