/**
 * Norms and sums of exponentials over axes, made of other operations, and what ONNX has of that kind.
 * @module
 */
import { checkArguments, expect } from "../core/base/arguments.ts";
import { namesOf } from "../core/base/known.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OnnxNode, OnnxReader } from "../core/graph/op.ts";
import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { exp } from "./exp.ts";
import { amax } from "./extremes.ts";
import { log } from "./log.ts";
import { mul } from "./mul.ts";
import type { ReduceOptions } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { sqrt } from "./sqrt.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";

const OPTIONS = namesOf<ReduceOptions>({ keepdim: true });
type Axes = number | readonly number[] | undefined;

/** The sum of the sizes of all elements (`p` 1), or the root of the sum of their squares (`p` 2), over `dim`, as for `sum`. */
export function norm(x: Value, p: 1 | 2 = 2, dim?: number | readonly number[], options?: ReduceOptions): Value {
  checkArguments("norm()", arguments, 3, OPTIONS, ["keepdim"]);
  expect(p === 1 || p === 2, "norm(): p", p, "1 or 2");
  graphOf("norm()", x);
  return p === 1 ? sum(abs(x), dim, options) : sqrt(sum(mul(x, x), dim, options));
}

/** `log(sum(exp(x)))` over `dim`, as for `sum`, away from the greatest element so that nothing overflows. */
export function logsumexp(x: Value, dim?: number | readonly number[], options?: ReduceOptions): Value {
  checkArguments("logsumexp()", arguments, 2, OPTIONS, ["keepdim"]);
  const top = amax(x, dim, { keepdim: true });
  const total = log(sum(exp(sub(x, top)), dim, options));
  return add(total, reshape(top, total.shape));
}

/** A reader of a reduction by what it makes of a tensor, axes and options. */
function reader(make: (x: Value, axes: Axes, options: ReduceOptions) => Value): OnnxReader {
  return (node: OnnxNode) => {
    const x = node.input(0);
    const axes = node.list("axes");
    // No axes at all: every element is alone, though what is done to it is done.
    if (axes?.length === 0) return reshape(make(reshape(x, [...x.shape, 1]), x.shape.length, {}), x.shape);
    return make(x, axes ?? undefined, { keepdim: node.number("keepdims", 1) !== 0 });
  };
}

/** Reductions of ONNX that are made of others. */
export const OTHER_REDUCTIONS: Readonly<Record<string, OnnxReader>> = {
  ReduceL1: reader((x, axes, options) => norm(x, 1, axes, options)),
  ReduceL2: reader((x, axes, options) => norm(x, 2, axes, options)),
  ReduceLogSum: reader((x, axes, options) => log(sum(x, axes, options))),
  ReduceLogSumExp: reader(logsumexp),
  ReduceSumSquare: reader((x, axes, options) => sum(mul(x, x), axes, options)),
};
