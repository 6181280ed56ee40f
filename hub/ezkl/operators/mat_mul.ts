/**
 * MatMul: the product of the last two axes, whatever stands before them.
 * @module
 */
import { ShapeError } from "../../../core/base/errors.ts";
import { showShape } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import { contracted } from "../network/floats.ts";
import { activation, arithmetic, broadcast, type LoweredValue, type Lowering, operand } from "../network/lowering.ts";
import { type Meaning, reach } from "../network/network.ts";
import { scaleAt } from "../network/scheme.ts";
import { expanded } from "./expand.ts";
import { reshape } from "./making.ts";
import { constant, input, type Operator } from "./operator.ts";

/** The product that an equation names, such as `mk,nk->mn`. */
export const matMulMeaning = ({ equation }: { equation: string }): Meaning => ({
  native: (given) =>
    given.push(
      { kind: "Linear", op: { name: "Einsum", equation } },
      given.operands.reduce((total, { outScale }) => total + outScale, 0),
    ),
  frugal(given) {
    if (given.isConstant(0) || given.isConstant(1)) return given.layer();
    const raw = scaleAt(given.scheme.scales, given.place);
    let [x, y] = [0, 1].map((side) => raw === null ? given.capped(given.operand(side)) : given.operand(side));
    if (raw !== null && x.scale + y.scale > raw) {
      // Both lose as many bits, so that a table takes what comes out.
      const bits = x.scale + y.scale - raw, half = Math.max(0, Math.min(x.scale, Math.ceil(bits / 2)));
      [x, y] = [given.coarser(x, half), given.coarser(y, Math.min(y.scale, bits - half))];
    }
    return given.builder.add(
      { kind: "Linear", op: { name: "Einsum", equation } },
      [x, y],
      given.node.shape,
      x.scale + y.scale,
    );
  },
  float: contracted(equation),
  scaling: () => ({ raw: true, looked: ([x, y]) => Math.max(reach(x), reach(y)) }),
});

/** The operator. */
export const matMul: Operator = {
  name: "MatMul",
  lower(lowering) {
    new Attributes(lowering.node, []);
    const [left, right] = [operand(lowering, 0), operand(lowering, 1)];
    if (left.constant !== null && right.constant !== null) activation(lowering, 0);
    arithmetic(left, right);
    return product(lowering, left, right);
  },
  cases: [
    { inputs: [input(2, 4), constant([4, 3])] },
    { name: "of two inputs", inputs: [input(2, 4), input(4, 3)] },
    { name: "of batches", inputs: [input(2, 3, 4), input(2, 4, 2)] },
    {
      name: "with axes to spread",
      inputs: [input(2, 3, 4), constant([1, 4, 2])],
    },
  ],
};

/** The product of two values as ONNX has it. */
export function product(lowering: Lowering, given: LoweredValue, other: LoweredValue): LoweredValue {
  const [left, right] = sameBatch(lowering, given, other);
  // A vector on either side stands for a matrix whose other axis does not appear in the result.
  const rows = left.shape.length === 1 ? "" : "m";
  const columns = right.shape.length === 1 ? "" : "n";
  const [leftBatch, rightBatch] = [left.shape.slice(0, -2), right.shape.slice(0, -2)];
  const rank = Math.max(leftBatch.length, rightBatch.length);
  const letters = "abcdefgh".slice(0, rank);
  const batch = broadcast(leftBatch, rightBatch);
  const inner = right.shape.at(columns === "" ? -1 : -2);
  if (rank > letters.length || left.shape.at(-1) !== inner) {
    throw new ShapeError(
      `it cannot multiply ${showShape(given.shape)} by ${showShape(other.shape)}, expected the same inner size and ` +
        `at most ${letters.length} axes before the last two`,
    );
  }
  const term = (axes: readonly number[]) => letters.slice(rank - axes.length);
  const equation = `${term(leftBatch)}${rows}k,${term(rightBatch)}k${columns}->${letters}${rows}${columns}`;
  const ends = [...rows === "" ? [] : [left.shape.at(-2)!], ...columns === "" ? [] : [right.shape.at(-1)!]];
  return lowering.add({ type: "MatMul", equation }, [left, right], [...batch, ...ends]);
}

/** The operands with equal sizes before the last two axes: an axis of 1 that has to spread is repeated by ones. */
function sameBatch(lowering: Lowering, ...operands: [LoweredValue, LoweredValue]): LoweredValue[] {
  const batches = operands.map(({ shape }) => shape.slice(0, -2));
  const batch = broadcast(batches[0], batches[1]);
  return operands.map((x, side) => {
    const own = batches[side], whole = batch.slice(batch.length - own.length);
    if (own.join() === whole.join()) return x;
    // What the other operand has as an axis alone, an equation spreads by leaving it out.
    const kept = own.map((size, axis) => size === whole[axis]);
    const leading = kept.indexOf(true) < 0 ? own.length : kept.indexOf(true);
    if (kept.slice(leading).every((is) => is)) {
      return reshape(lowering, x, [...own.slice(leading), ...x.shape.slice(-2)]);
    }
    const target = [...whole, ...x.shape.slice(-2)];
    return expanded(lowering, x, target);
  });
}
