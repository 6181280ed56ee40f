/**
 * `y = exp(x) / sum(exp(x))` along an axis; `dx = y (dy - sum(dy y))`.
 * @module
 */
import { checkArguments, whole } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { along, type DimAttributes, normalization } from "./softmax_lines.ts";

/** The operation; shapes: any, kept. */
export const SoftmaxOp: OpDefinition<DimAttributes> = normalization({
  name: "Softmax",
  called: "softmax()",
  factor: "1.0 / sum",
  kept: "raised",
  finish: "* factor",
  writeLine(to, below, sum) {
    const raised = to.node("Exp", [below]);
    return to.node("Div", [raised, sum(raised)]);
  },
  gathered: "dy * y",
  backward: "y * (dy - sum)",
});

/** `exp(x) / sum(exp(x))` along the axis `dim`, counted from the end below 0. Any shape, kept. */
export function softmax(x: Value, dim: number): Value {
  checkArguments("softmax()", arguments, 2);
  return along(SoftmaxOp, "softmax()", x, dim);
}

/**
 * Softmax as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, Softmax } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Softmax(1));
 * ```
 */
export class Softmax extends Module {
  /** The axis. */
  readonly dim: number;

  /** Takes the axis, counted from the end below 0. */
  constructor(dim: number) {
    super();
    checkArguments("Softmax", arguments, 1);
    this.dim = whole("Softmax: dim", dim, -Infinity);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
}
