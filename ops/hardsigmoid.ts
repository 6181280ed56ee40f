/**
 * `y = min(max(alpha x + beta, 0), 1)`; `dx = alpha dy` between the two, else 0.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, floatIn, of, unary } from "./activation.ts";

/** The line between 0 and 1. */
export interface HardsigmoidAttributes {
  /** Its slope. */
  readonly alpha: number;
  /** Its value at 0. */
  readonly beta: number;
}

const line = ({ alpha, beta }: HardsigmoidAttributes): string => `x * ${float(alpha)} + ${float(beta)}`;

/** The operation; shapes: any, kept. */
export const HardsigmoidOp: OpDefinition<HardsigmoidAttributes> = activation<HardsigmoidAttributes>({
  name: "HardSigmoid",
  forward: (own) =>
    of("hardsigmoid", `  let z = ${line(own)};\n  return select(select(z, 0.0, z < 0.0), 1.0, z > 1.0);`),
  backward: (own) =>
    back(
      "hardsigmoid_backward",
      "x",
      `  let z = ${line(own)};\n  return select(dy * ${float(own.alpha)}, 0.0, z <= 0.0 || z >= 1.0);`,
    ),
  from: "input",
  onnx: {
    opType: "HardSigmoid",
    write: ({ attributes: { alpha, beta } }) => ({ alpha: { float: alpha }, beta: { float: beta } }),
    read: (attributes) => ({ alpha: floatIn(attributes, "alpha", 0.2), beta: floatIn(attributes, "beta", 0.5) }),
  },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { alpha: 0.25, beta: 0.5 }, apart: true },
    { name: "one sample", inputs: [[1, 11]], attributes: { alpha: 1, beta: 0.5 }, apart: true },
  ],
});

/** A straight line from 0 at -3 to 1 at 3, and flat beyond, element by element. Any shape, kept. */
export function hardsigmoid(x: Value): Value {
  checkArguments("hardsigmoid()", arguments, 1);
  return unary(HardsigmoidOp, x, { alpha: 1 / 6, beta: 0.5 });
}

/**
 * Hardsigmoid as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Hardsigmoid, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Hardsigmoid(), new Linear(8, 1));
 * ```
 */
export class Hardsigmoid extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("Hardsigmoid", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}
