/**
 * Where the greatest or the least element is along a dimension: its number, a whole number carried as a float, the
 * first of several. NaN is greater and less than all. No gradient flows.
 * @module
 */
import { checkArguments, flag } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { sizeOf } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { unary } from "./activation.ts";
import { dimOf } from "./dims.ts";
import { linesAlong } from "./lines.ts";
import { asNumbers } from "./logic.ts";
import type { ReduceOptions } from "./reduce.ts";
import { reshape } from "./reshape.ts";

/** Along which dimension, and how. */
export interface ArgAttributes {
  /** The dimension, from the front. */
  readonly dim: number;
  /** Whether it stays, with one element. */
  readonly keepdim: boolean;
  /** Whether the last of several equal ones counts. */
  readonly last: boolean;
}

function arg(name: "ArgMax" | "ArgMin", operator: ">" | "<"): OpDefinition<ArgAttributes> {
  const op: OpDefinition<ArgAttributes> = {
    name,
    shapes: ([x], { dim, keepdim }) => [x.flatMap((size, axis) => axis !== dim ? [size] : keepdim ? [1] : [])],
    kernel(call) {
      const { dim, last } = call.attributes;
      const { whole, items, size, stride, first } = linesAlong(call.inputs[0], dim);
      const better = last ? `v ${operator}= best` : `v ${operator} best`;
      const body = `  let first = ${first};
  var best = x(first);
  var at = 0.0;
  for (var k = 1u; k < ${size}u; k++) {
    let v = x(first + k * ${stride}u);
    let is_better = (${better} || ${isNan("v")}) && !(${isNan("best")});
    at = select(at, f32(k), is_better);
    best = select(best, v, is_better);
  }
  set_y(item, at);`;
      const inputs = [{ name: "x", type: "f32" }] as const;
      return perSample({ name, inputs, outputs: [{ name: "y" }], items, whole, body }, call);
    },
    gradient: () => [null],
    writeOnnx({ attributes: { dim, keepdim, last } }, to) {
      const attributes = { axis: dim, keepdims: Number(keepdim), select_last_index: Number(last) };
      return [asNumbers(to, to.node(name, to.inputs, attributes))];
    },
    readOnnx: {
      [name]: (node) => {
        const x = node.input(0);
        const dim = dimOf("its axis", node.number("axis", 0), x.shape.length);
        const [keepdim, last] = [node.number("keepdims", 1) !== 0, node.number("select_last_index", 0) !== 0];
        return unary(op, x, { dim, keepdim, last });
      },
    },
    cases: [
      { name: "rows", inputs: [[11, 7]], attributes: { dim: 1, keepdim: false, last: false }, flat: [0] },
      { name: "channels, kept", inputs: [[2, 3, 4]], attributes: { dim: 1, keepdim: true, last: false }, flat: [0] },
      { name: "one sample", inputs: [[1, 3, 5]], attributes: { dim: 2, keepdim: false, last: false }, flat: [0] },
    ],
  };
  return op;
}

/** The operation. */
export const ArgMaxOp: OpDefinition<ArgAttributes> = arg("ArgMax", ">");
/** The operation. */
export const ArgMinOp: OpDefinition<ArgAttributes> = arg("ArgMin", "<");

const OPTIONS = namesOf<ReduceOptions>({ keepdim: true });

function place(
  op: OpDefinition<ArgAttributes>,
  called: string,
  given: IArguments,
  x: Value,
  dim: number | undefined,
  options: ReduceOptions | undefined,
): Value {
  checkArguments(called, given, 2, OPTIONS, ["keepdim"]);
  graphOf(called, x);
  const keepdim = flag(`${called}: keepdim`, options?.keepdim === undefined ? false : options.keepdim);
  if (dim !== undefined) {
    return unary(op, x, { dim: dimOf(called, dim, x.shape.length), keepdim, last: false });
  }
  const all = unary(op, reshape(x, [sizeOf(x.shape)]), { dim: 0, keepdim: false, last: false });
  return keepdim ? reshape(all, x.shape.map(() => 1)) : all;
}

/** The number of the greatest element along the dimension `dim`, or of all, row-major, unless given. */
export function argmax(x: Value, dim?: number, options?: ReduceOptions): Value {
  return place(ArgMaxOp, "argmax()", arguments, x, dim, options);
}

/** The number of the least element; dimension and options as for {@linkcode argmax}. */
export function argmin(x: Value, dim?: number, options?: ReduceOptions): Value {
  return place(ArgMinOp, "argmin()", arguments, x, dim, options);
}
