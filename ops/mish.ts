/**
 * `y = x t` with `t = tanh(log(1 + exp(x)))`; `dx = dy (t + x (1 - t^2) sigmoid(x))`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { activation, back, of, unary } from "./activation.ts";

// tanh(log(1 + e)) is n / (n + 2) with n = e (e + 2), and 1 from 20 on.
const TANH = `  let e = exp(min(x, 20.0));
  let n = e * (e + 2.0);
  let t = n / (n + 2.0);
`;

/** The operation; shapes: any, kept. */
export const MishOp: OpDefinition<null> = activation({
  name: "Mish",
  forward: of("mish", `${TANH}  return select(x * t, x, ${isNan("x")});`),
  backward: back(
    "mish_backward",
    "x",
    `${TANH}  return select(dy * (t + x * (1.0 - t * t) * (e / (1.0 + e))), x, ${isNan("x")});`,
  ),
  from: "input",
  writeOnnx: (_, to) => [to.node("Mul", [to.inputs[0], to.node("Tanh", [to.node("Softplus", to.inputs)])])],
  readOnnx: { Mish: (node) => mish(node.input(0)) },
});

/** `x tanh(log(1 + exp(x)))`, element by element. Any shape, kept. */
export function mish(x: Value): Value {
  checkArguments("mish()", arguments, 1);
  return unary(MishOp, x, null);
}

/**
 * Mish as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Mish, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Mish(), new Linear(8, 1));
 * ```
 */
export class Mish extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Mish", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return mish(x);
  }
}
