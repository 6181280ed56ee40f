/**
 * `y = x sigmoid(x)`; `dx = dy s (1 + x (1 - s))` with `s = sigmoid(x)`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { mul } from "./mul.ts";
import { sigmoid } from "./sigmoid.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The operation; shapes: any, kept. */
export const SiLUOp: OpDefinition<null> = activation({
  name: "SiLU",
  forward: of("silu", `select(x / (1.0 + exp(-x)), x, ${isNan("x")})`),
  backward: back(
    "silu_backward",
    "x",
    `  let s = select(1.0 / (1.0 + exp(-x)), x, ${isNan("x")});
  return dy * s * (1.0 + x * (1.0 - s));`,
  ),
  from: "input",
  writeOnnx: (_, to) => [to.node("Mul", [to.inputs[0], to.node("Sigmoid", to.inputs)])],
  readOnnx: {
    Swish: (node) => {
      const [x, alpha] = [node.input(0), node.number("alpha", 1)];
      return alpha === 1 ? silu(x) : mul(x, sigmoid(mul(x, alpha)));
    },
  },
});

/** `x sigmoid(x)`, element by element. Any shape, kept. */
export function silu(x: Value): Value {
  checkArguments("silu()", arguments, 1);
  return unary(SiLUOp, x, null);
}

/**
 * SiLU as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, Sequential, SiLU } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new SiLU(), new Linear(8, 1));
 * ```
 */
export class SiLU extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("SiLU", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}
