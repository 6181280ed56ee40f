/**
 * `y = scale x` where `x > 0`, else `scale alpha (exp(x) - 1)`, with numbers by which what is normal stays so;
 * `dx = scale dy` or `scale alpha exp(x) dy` (Klambauer et al., 2017).
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, floatIn, of, unary } from "./activation.ts";

/** The numbers that it is made of. */
export interface SELUAttributes {
  /** Minus what it comes to far below 0, before it is scaled. */
  readonly alpha: number;
  /** The slope above 0. */
  readonly scale: number;
}

const NORMAL: SELUAttributes = {
  alpha: 1.6732632423543772848170429916717,
  scale: 1.0507009873554804934193349852946,
};

/** The operation; shapes: any, kept. */
export const SELUOp: OpDefinition<SELUAttributes> = activation<SELUAttributes>({
  name: "Selu",
  forward: ({ alpha, scale }) =>
    of("selu", `select(${float(scale * alpha)} * (exp(x) - 1.0), ${float(scale)} * x, x > 0.0 || ${isNan("x")})`),
  backward: ({ alpha, scale }) =>
    back("selu_backward", "x", `dy * select(${float(scale * alpha)} * exp(x), ${float(scale)}, x > 0.0)`),
  from: "input",
  onnx: {
    opType: "Selu",
    write: ({ attributes: { alpha, scale } }) => ({ alpha: { float: alpha }, gamma: { float: scale } }),
    read: (attributes) => ({
      alpha: floatIn(attributes, "alpha", NORMAL.alpha),
      scale: floatIn(attributes, "gamma", NORMAL.scale),
    }),
  },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { alpha: 1.5, scale: 1.25 }, apart: true },
    { name: "one sample", inputs: [[1, 11]], attributes: { alpha: 2, scale: 0.5 }, apart: true },
  ],
});

/** SELU, element by element: linear above 0, exponential below. Any shape, kept. */
export function selu(x: Value): Value {
  checkArguments("selu()", arguments, 1);
  return unary(SELUOp, x, NORMAL);
}

/**
 * SELU as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, SELU, Sequential } from "@zkgrad/zkgrad";
 *
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
