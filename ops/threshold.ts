/**
 * `y = x` where `x > threshold`, else `value`; `dx = dy` or 0.
 * @module
 */
import { checkArguments, finite } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The numbers that it is made of. */
export interface ThresholdAttributes {
  /** Above it `x` stays. */
  readonly threshold: number;
  /** What comes out where it does not. */
  readonly value: number;
}

/** The operation; shapes: any, kept. */
export const ThresholdOp: OpDefinition<ThresholdAttributes> = activation<ThresholdAttributes>({
  name: "Threshold",
  forward: ({ threshold, value }) => of("threshold", `select(x, ${float(value)}, x <= ${float(threshold)})`),
  backward: ({ threshold }) => back("threshold_backward", "x", `select(dy, 0.0, x <= ${float(threshold)})`),
  from: "input",
  writeOnnx({ attributes: { threshold, value } }, to) {
    const [x] = to.inputs;
    if (value === 0) return [to.node("ThresholdedRelu", [x], { alpha: { float: threshold } })];
    return [to.node("Where", [to.node("LessOrEqual", [x, to.floats([], [threshold])]), to.floats([], [value]), x])];
  },
  readOnnx: { ThresholdedRelu: (node) => threshold(node.input(0), node.number("alpha", 1), 0) },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { threshold: 0.5, value: -2 }, apart: true },
    { name: "one sample, nothing below", inputs: [[1, 11]], attributes: { threshold: -0.1, value: 0 }, apart: true },
  ],
});

/** `x` where it is above `threshold`, and `value` where it is not, element by element. Any shape, kept. */
export function threshold(x: Value, threshold: number, value: number): Value {
  checkArguments("threshold()", arguments, 3);
  finite("threshold(): threshold", threshold);
  finite("threshold(): value", value);
  return unary(ThresholdOp, x, { threshold, value });
}

/**
 * Threshold as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, Threshold } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Threshold(0.1, 0), new Linear(8, 1));
 * ```
 */
export class Threshold extends Module {
  /** Above it `x` stays. */
  readonly threshold: number;
  /** What comes out where it does not. */
  readonly value: number;

  /** Takes the threshold and the value below it. */
  constructor(threshold: number, value: number) {
    super();
    checkArguments("Threshold", arguments, 2);
    this.threshold = finite("Threshold: threshold", threshold);
    this.value = finite("Threshold: value", value);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value);
  }
}
