/**
 * `y = x` where `x > 0`, else `alpha (exp(x / alpha) - 1)`; `dx = dy` or `exp(x / alpha) dy` (Barron, 2017).
 * @module
 */
import { checkArguments, finite } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, floatIn, of, unary } from "./activation.ts";

/** The numbers that it is made of. */
export interface CELUAttributes {
  /** Minus what it comes to far below 0. */
  readonly alpha: number;
}

/** The operation; shapes: any, kept. */
export const CELUOp: OpDefinition<CELUAttributes> = activation<CELUAttributes>({
  name: "Celu",
  forward: ({ alpha }) =>
    of("celu", `select(${float(alpha)} * (exp(x / ${float(alpha)}) - 1.0), x, x > 0.0 || ${isNan("x")})`),
  backward: ({ alpha }) => back("celu_backward", "x", `dy * select(exp(x / ${float(alpha)}), 1.0, x > 0.0)`),
  from: "input",
  onnx: {
    opType: "Celu",
    write: ({ attributes: { alpha } }) => ({ alpha: { float: alpha } }),
    read: (attributes) => ({ alpha: floatIn(attributes, "alpha", 1) }),
  },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { alpha: 1 }, apart: true },
    { name: "one sample, another height", inputs: [[1, 11]], attributes: { alpha: 2.5 }, apart: true },
  ],
});

/** `x` above 0 and `alpha (exp(x / alpha) - 1)` below, element by element. Any shape, kept. */
export function celu(x: Value, alpha: number = 1): Value {
  checkArguments("celu()", arguments, 2);
  finite("celu(): alpha", alpha);
  return unary(CELUOp, x, { alpha });
}

/**
 * CELU as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { CELU, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new CELU(), new Linear(8, 1));
 * ```
 */
export class CELU extends Module {
  /** Minus what it comes to far below 0. */
  readonly alpha: number;

  /** Takes `alpha`, minus what it comes to far below 0, by default 1. */
  constructor(alpha: number = 1) {
    super();
    checkArguments("CELU", arguments, 1);
    this.alpha = finite("CELU: alpha", alpha);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return celu(x, this.alpha);
  }
}
