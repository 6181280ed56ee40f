/**
 * `y = 1.0507 x` where `x > 0`, else `1.0507 * 1.67326 (exp(x) - 1)`, by which what is normal stays so (Klambauer et al., 2017).
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { ArgumentError } from "../core/base/errors.ts";
import { isNan } from "../core/graph/nan.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, floatIn, of, unary } from "./activation.ts";

const ALPHA = 1.6732632423543772848170429916717;
const SCALE = 1.0507009873554804934193349852946;

/** The operation; shapes: any, kept. */
export const SELUOp: OpDefinition<null> = activation({
  name: "Selu",
  forward: of(
    "selu",
    `select(${float(SCALE * ALPHA)} * (exp(x) - 1.0), ${float(SCALE)} * x, x > 0.0 || ${isNan("x")})`,
  ),
  backward: back("selu_backward", "y", `dy * select(y + ${float(SCALE * ALPHA)}, ${float(SCALE)}, y > 0.0)`),
  onnx: {
    opType: "Selu",
    write: () => ({ alpha: { float: ALPHA }, gamma: { float: SCALE } }),
    read(attributes) {
      const given = [floatIn(attributes, "alpha", ALPHA), floatIn(attributes, "gamma", SCALE)];
      if (given.every((value, k) => Math.fround(value) === Math.fround([ALPHA, SCALE][k]))) return null;
      throw new ArgumentError(`its alpha and gamma are ${given.join(" and ")}, expected ${ALPHA} and ${SCALE}`);
    },
  },
  apart: true,
});

/** SELU, element by element: linear above 0, exponential below. Any shape, kept. */
export function selu(x: Value): Value {
  checkArguments("selu()", arguments, 1);
  return unary(SELUOp, x, null);
}

/**
 * SELU as a layer, for `Sequential`.
 *
 * @example
 * ```ts ignore
 * const model = new Sequential(new Linear(2, 8), new SELU(), new Linear(8, 1));
 * ```
 */
export class SELU extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("SELU", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return selu(x);
  }
}
