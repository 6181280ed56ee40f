/**
 * `y = x - log(sum(exp(x)))` along an axis; `dx = dy - exp(y) sum(dy)`.
 * @module
 */
import { checkArguments, whole } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { along, type DimAttributes, normalization } from "./softmax_lines.ts";

/** The operation; shapes: any, kept. */
export const LogSoftmaxOp: OpDefinition<DimAttributes> = normalization({
  name: "LogSoftmax",
  called: "logSoftmax()",
  factor: "log(sum)",
  kept: "x",
  finish: "- factor",
  writeLine: (to, below, sum) => to.node("Sub", [below, to.node("Log", [sum(to.node("Exp", [below]))])]),
  gathered: "dy",
  backward: "dy - exp_in_line(y) * sum",
});

/** `x - log(sum(exp(x)))` along the axis `dim`, counted from the end below 0. Any shape, kept. */
export function logSoftmax(x: Value, dim: number): Value {
  checkArguments("logSoftmax()", arguments, 2);
  return along(LogSoftmaxOp, "logSoftmax()", x, dim);
}

/**
 * LogSoftmax as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, LogSoftmax, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new LogSoftmax(1));
 * ```
 */
export class LogSoftmax extends Module {
  /** The axis. */
  readonly dim: number;

  /** Takes the axis, counted from the end below 0. */
  constructor(dim: number) {
    super();
    checkArguments("LogSoftmax", arguments, 1);
    this.dim = whole("LogSoftmax: dim", dim, -Infinity);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
}
