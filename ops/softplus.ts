/**
 * `y = log(1 + exp(beta x)) / beta`, and `x` where `beta x` is above a threshold; `dx = dy sigmoid(beta x)`, or `dy`.
 * @module
 */
import { checkArguments, finite } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { float } from "../core/graph/wgsl.ts";
import type { OnnxValue } from "../core/graph/op.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The numbers that it is made of. */
export interface SoftplusAttributes {
  /** How steep it is. */
  readonly beta: number;
  /** The number of `beta x` above which it is `x`. */
  readonly threshold: number;
}

/** The operation; shapes: any, kept. */
export const SoftplusOp: OpDefinition<SoftplusAttributes> = activation<SoftplusAttributes>({
  name: "Softplus",
  forward: ({ beta, threshold }) =>
    of(
      "softplus",
      `  let z = x * ${float(beta)};
  // log(1 + e) by two terms where e is lost beside 1.
  let e = exp(-abs(z));
  let above = select(log(1.0 + e), e - e * e * 0.5, e < 0.001);
  return select((above + max(z, 0.0)) / ${float(beta)}, x, z > ${float(threshold)} || ${isNan("x")});`,
    ),
  backward: ({ beta, threshold }) =>
    back(
      "softplus_backward",
      "x",
      `  let z = x * ${float(beta)};
  return select(dy / (1.0 + exp(-z)), dy, z > ${float(threshold)});`,
    ),
  from: "input",
  writeOnnx({ attributes: { beta, threshold } }, to) {
    const number = (value: number): OnnxValue => to.floats([], [value]);
    const [x] = to.inputs;
    const z = beta === 1 ? x : to.node("Mul", [x, number(beta)]);
    const soft = to.node("Softplus", [z]);
    const y = beta === 1 ? soft : to.node("Div", [soft, number(beta)]);
    // From 20 on the two are one number.
    return [threshold >= 20 ? y : to.node("Where", [to.node("Greater", [z, number(threshold)]), x, y])];
  },
  readOnnx: { Softplus: (node) => softplus(node.input(0)) },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { beta: 1, threshold: 20 }, ranges: [[-5, 5]] },
    { name: "one sample, steeper", inputs: [[1, 11]], attributes: { beta: 2.5, threshold: 20 } },
  ],
});

/** `log(1 + exp(beta x)) / beta`, and `x` where `beta x` is above `threshold`, element by element. Any shape, kept. */
export function softplus(x: Value, beta: number = 1, threshold: number = 20): Value {
  checkArguments("softplus()", arguments, 3);
  finite("softplus(): beta", beta);
  finite("softplus(): threshold", threshold);
  return unary(SoftplusOp, x, { beta, threshold });
}

/**
 * Softplus as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, Softplus } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Softplus(), new Linear(8, 1));
 * ```
 */
export class Softplus extends Module {
  /** How steep it is. */
  readonly beta: number;
  /** The number of `beta x` above which it is `x`. */
  readonly threshold: number;

  /** Takes `beta`, how steep it is, by default 1; `threshold`, the number of `beta x` above which it is `x`, by default 20. */
  constructor(beta: number = 1, threshold: number = 20) {
    super();
    checkArguments("Softplus", arguments, 2);
    this.beta = finite("Softplus: beta", beta);
    this.threshold = finite("Softplus: threshold", threshold);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }
}
