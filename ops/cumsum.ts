/**
 * `y[k] = x[0] + ... + x[k]` along a dimension; the gradient is the same sum from the other end.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { unary } from "./activation.ts";
import { dimOf } from "./dims.ts";
import { linesAlong } from "./lines.ts";

/** Along which dimension, and how. */
export interface CumSumAttributes {
  /** The dimension, from the front. */
  readonly dim: number;
  /** Whether an element is not in its own sum. */
  readonly exclusive: boolean;
  /** Whether sums begin at the end. */
  readonly reverse: boolean;
}

/** The operation; shapes: any, kept. */
export const CumSumOp: OpDefinition<CumSumAttributes> = {
  name: "CumSum",
  shapes: ([x]) => [x],
  carries: ["map"],
  kernel(call) {
    const { dim, exclusive, reverse } = call.attributes;
    const { whole, items, size, stride, first } = linesAlong(call.inputs[0], dim);
    const place = `first + ${reverse ? `(${size - 1}u - k)` : "k"} * ${stride}u`;
    const [take, give] = [`sum += x(${place});`, `set_y(${place}, sum);`];
    const body = `  let first = ${first};
  var sum = 0.0;
  for (var k = 0u; k < ${size}u; k++) { ${exclusive ? `${give} ${take}` : `${take} ${give}`} }`;
    const inputs = [{ name: "x", type: "f32" }] as const;
    const form = { name: "CumSum", inputs, outputs: [{ name: "y" }], items, whole, body, carries: true };
    return perSample(form, call);
  },
  gradient: ({ attributes: { dim, exclusive, reverse } }, [dy]) => [
    unary(CumSumOp, dy!, { dim, exclusive, reverse: !reverse }),
  ],
  writeOnnx({ attributes: { dim, exclusive, reverse } }, to) {
    const attributes = { exclusive: Number(exclusive), reverse: Number(reverse) };
    return [to.node("CumSum", [to.inputs[0], to.integers(dim)], attributes)];
  },
  readOnnx: {
    CumSum(node) {
      const x = node.input(0);
      const [axis] = node.attributes.axis === undefined ? node.numbers(1, "axis") : [node.number("axis", 0)];
      const [exclusive, reverse] = ["exclusive", "reverse"].map((name) => node.number(name, 0) !== 0);
      return unary(CumSumOp, x, { dim: dimOf("its axis", axis, x.shape.length), exclusive, reverse });
    },
  },
  cases: [
    { name: "rows", inputs: [[11, 7]], attributes: { dim: 1, exclusive: false, reverse: false } },
    { name: "channels, from the end", inputs: [[2, 3, 4]], attributes: { dim: 1, exclusive: true, reverse: true } },
    { name: "one sample", inputs: [[1, 3, 5]], attributes: { dim: 2, exclusive: true, reverse: false } },
    { name: "across the samples", inputs: [[9, 2]], attributes: { dim: 0, exclusive: false, reverse: true } },
  ],
};

/** The sum of every element of `x` and those before it along the dimension `dim`. Any shape, kept. */
export function cumsum(x: Value, dim: number): Value {
  checkArguments("cumsum()", arguments, 2);
  graphOf("cumsum()", x);
  return unary(CumSumOp, x, { dim: dimOf("cumsum()", dim, x.shape.length), exclusive: false, reverse: false });
}
