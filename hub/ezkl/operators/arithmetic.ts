/**
 * Add, Sub, Mul: element by element, with ONNX's broadcasting. A product by a half, a quarter and so on is a change of
 * scale, and one of a value with itself a power.
 * @module
 */
import { Attributes } from "../network/attributes.ts";
import { together } from "../network/floats.ts";
import { add as sum, dividedBy, linear, ofRank, quarterSquares, sameScale } from "../network/frugal_ops.ts";
import type { Value } from "../network/circuit_builder.ts";
import { scaleAt } from "../network/scheme.ts";
import { activation, arithmetic, type LoweringRule, operand } from "../network/lowering.ts";
import {
  type Extent,
  type FrugalNode,
  type Meaning,
  type NativeNode,
  type NetworkNode,
  reach,
} from "../network/network.ts";
import { aligned } from "../network/scales.ts";
import { spread } from "./making.ts";
import { between, constant, input, type Operator } from "./operator.ts";

type Name = "Add" | "Sub" | "Mul";

function lower(type: Name): LoweringRule {
  return (lowering) => {
    new Attributes(lowering.node, []);
    const [left, right] = [operand(lowering, 0), operand(lowering, 1)];
    if (left.constant !== null && right.constant !== null) activation(lowering, 0);
    arithmetic(left, right);
    return spread(lowering, { type }, [left, right]);
  };
}

/** Sums and differences: operands come to the larger scale of both. */
function additive(name: "Add" | "Sub", f: (a: number, b: number) => number): Meaning {
  return {
    native(given) {
      given.requantize();
      return given.push(...aligned({ kind: "Linear", op: { name } }, given.operands));
    },
    frugal(given) {
      const [left, right] = sameScale(given);
      return sum(given.builder, name, left, right, given.node.shape);
    },
    float: together(f),
    scaling: () => ({ keeps: [0, 1] }),
  };
}

/** The sum. */
export const addition: Meaning = additive("Add", (a, b) => a + b);

/** The difference. */
export const subtraction: Meaning = additive("Sub", (a, b) => a - b);

/** The product. */
export const multiplication: Meaning = {
  native(given) {
    const { node, operands } = given, scale = operands.reduce((total, { outScale }) => total + outScale, 0);
    const shifted = shift(given);
    if (shifted !== null) return shifted;
    if (node.inputs[0] === node.inputs[1]) {
      return given.push({ kind: "Linear", op: { name: "Pow", exponent: 2 } }, scale, [operands[0]]);
    }
    return given.push({ kind: "Linear", op: { name: "Mult" } }, scale);
  },
  frugal(given: FrugalNode) {
    const { node, builder, scheme } = given;
    if (scheme.scales !== undefined) return scaledProduct(given);
    const [x, y] = node.inputs.map((_, side) => ofRank(builder, given.operand(side), node.shape.length));
    return linear(builder, { name: "Mult" }, [x, y], node.shape, x.scale + y.scale);
  },
  float: together((a, b) => a * b),
  scaling({ node, operands, fixed }) {
    const side = operands.findIndex(({ op }) => op.type === "Constant");
    if (side < 0) {
      const isSquare = node.inputs[0] === node.inputs[1];
      return { atTable: true, looked: ([a, b]) => isSquare ? reach(a) : reach(a) + reach(b) };
    }
    const looked = (operands: readonly Extent[]) => reach(operands[1 - side]);
    const factor = fixed ? factorOf(operands[side], operands[1 - side]) : null;
    if (factor === null) return { free: true, looked };
    return "finer" in factor ? { keeps: [1 - side], finer: factor.finer } : { keeps: [1 - side], looked };
  },
};

/**
 * How a product by a constant needs no weights: by a power of two it is a change of scale, by another number above 1 a
 * whole number besides, by any other single number a division; so is a mean, whose scale is that of what it is the mean
 * of. Null where it needs them.
 */
function factorOf(
  { op }: NetworkNode,
  { op: maker }: NetworkNode,
): { finer: number; times: number } | { divisor: number } | null {
  if (op.type !== "Constant" || op.values.length !== 1) return null;
  const [value] = op.values, divisor = Math.fround(1 / value), bits = -Math.log2(value);
  if (value === 0 || !Number.isFinite(divisor)) return null;
  const isMean = maker.type === "Own" && maker.name === "Sum";
  if (Number.isInteger(bits) && !isMean) return { finer: bits, times: 1 };
  // A table would have to be larger by as much as this makes numbers larger.
  return Math.abs(value) > 1 ? wholeFactor(value) : { divisor };
}

/** Bits of a factor that is no whole number. */
const FACTOR_BITS = 9;

/** A number to so many bits: a whole number, and the bits by which the scale gets finer or, below 0, coarser. */
function wholeFactor(value: number): { finer: number; times: number } {
  let finer = FACTOR_BITS - 1 - Math.floor(Math.log2(Math.abs(value)));
  let times = Math.round(value * 2 ** finer);
  for (; times % 2 === 0; times /= 2) finer--;
  return { finer, times };
}

/**
 * A product where scales follow the numbers: by a power of two a change of scale, by another number of the key a table,
 * by weights at the scale that is asked for, by itself a table, by another value a quarter of two squares.
 */
function scaledProduct(given: FrugalNode): Value {
  const { node, place, builder, scheme, args } = given, rank = node.shape.length;
  const side = node.inputs.findIndex((_, at) => given.isConstant(at));
  if (side < 0) {
    const [x, y] = node.inputs.map((_, at) => ofRank(builder, given.atTableScale(given.operand(at)), rank));
    if (x.key !== y.key) return quarterSquares(builder, x, y, node.shape);
    return builder.add({ kind: "Nonlinear", op: { name: "Pow", scale: 2 ** x.scale, a: 2 } }, [x], node.shape, x.scale);
  }
  const x = given.operand(1 - side);
  const factor = args.paramVisibility === "Fixed" ? factorOf(given.maker(side), given.maker(1 - side)) : null;
  if (factor !== null) {
    const whole = ofRank(builder, x, rank);
    if ("divisor" in factor) return dividedBy(builder, whole, factor.divisor);
    const outScale = x.scale + factor.finer;
    if (factor.times === 1) return linear(builder, { name: "Identity", outScale }, [whole], whole.dims, outScale);
    const times = builder.constant([factor.times], whole.dims.map(() => 1), factor.finer);
    return linear(builder, { name: "Mult" }, [whole, times], whole.dims, outScale);
  }
  const coarse = given.dropped(x), scale = scaleAt(scheme.scales, place) ?? scheme.tableScale;
  const weights = given.operand(side, Math.max(0, scale - coarse.scale));
  const [left, right] = [coarse, weights].map((value) => ofRank(builder, value, rank));
  return linear(builder, { name: "Mult" }, [left, right], node.shape, left.scale + right.scale);
}

/** A product by one over a power of two, which is the other operand at another scale; null for any other. */
function shift(given: NativeNode): number | null {
  for (const side of given.operands.keys()) {
    const values = given.constant(side);
    if (values === null || values.length !== 1 || !(values[0] < 1)) continue;
    const bits = -Math.log2(values[0]);
    if (!Number.isInteger(bits)) continue;
    given.drop(side);
    const other = given.operands[1 - side], outScale = other.outScale + bits;
    return given.push({ kind: "Linear", op: { name: "Identity", outScale } }, outScale, [other]);
  }
  return null;
}

/** The sum of two. */
export const add: Operator = {
  name: "Add",
  lower: lower("Add"),
  cases: [
    { inputs: [input(2, 3), input(2, 3)] },
    { name: "of a row", inputs: [input(2, 3), input(3)] },
    { name: "of a constant", inputs: [input(2, 3), constant([2, 1])] },
  ],
};

/** The difference of two. */
export const subtract: Operator = {
  name: "Sub",
  lower: lower("Sub"),
  cases: [{ inputs: [input(2, 3), input(2, 3)] }, { name: "from a constant", inputs: [constant([3]), input(2, 3)] }],
};

/** The product of two. */
export const multiply: Operator = {
  name: "Mul",
  lower: lower("Mul"),
  cases: [
    { inputs: [input(2, 3), input(2, 3)] },
    { name: "by a constant", inputs: [between(-1, 1, 2, 3), constant([3])] },
    { name: "by a quarter", inputs: [input(2, 3), constant([1], [0.25])] },
    { name: "by a number above 1", inputs: [between(-1, 1, 2, 3), constant([1], [6.5])] },
  ],
};
