/**
 * `y = x` where `x > 0`, else `slope x`; `dx = dy` or `slope dy`.
 * @module
 */
import { checkArguments, finite } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, floatIn, of, unary } from "./activation.ts";

/** The numbers that it is made of. */
export interface LeakyReLUAttributes {
  /** The slope below 0. */
  readonly negativeSlope: number;
}

/** The operation; shapes: any, kept. */
export const LeakyReLUOp: OpDefinition<LeakyReLUAttributes> = activation<LeakyReLUAttributes>({
  name: "LeakyRelu",
  forward: ({ negativeSlope }) => of("leaky_relu", `select(x * ${float(negativeSlope)}, x, x > 0.0)`),
  backward: ({ negativeSlope }) =>
    back("leaky_relu_backward", "x", `select(dy * ${float(negativeSlope)}, dy, x > 0.0)`),
  from: "input",
  onnx: {
    opType: "LeakyRelu",
    write: ({ attributes: { negativeSlope } }) => ({ alpha: { float: negativeSlope } }),
    read: (attributes) => ({ negativeSlope: floatIn(attributes, "alpha", 0.01) }),
  },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { negativeSlope: 0.25 }, apart: true },
    { name: "one sample", inputs: [[1, 11]], attributes: { negativeSlope: -0.5 }, apart: true },
  ],
});

/** `x` above 0 and `negativeSlope x` below, element by element. Any shape, kept. */
export function leakyRelu(x: Value, negativeSlope: number = 0.01): Value {
  checkArguments("leakyRelu()", arguments, 2);
  finite("leakyRelu(): negativeSlope", negativeSlope);
  return unary(LeakyReLUOp, x, { negativeSlope });
}

/**
 * LeakyReLU as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { LeakyReLU, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new LeakyReLU(0.01), new Linear(8, 1));
 * ```
 */
export class LeakyReLU extends Module {
  /** The slope below 0. */
  readonly negativeSlope: number;

  /** Takes `negativeSlope`, the slope below 0, by default 0.01. */
  constructor(negativeSlope: number = 0.01) {
    super();
    checkArguments("LeakyReLU", arguments, 1);
    this.negativeSlope = finite("LeakyReLU: negativeSlope", negativeSlope);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope);
  }
}
