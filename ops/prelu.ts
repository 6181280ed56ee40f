/**
 * `y = x` where `x > 0`, else `w x` with a slope `w` that is learnt, one for all or one a channel;
 * `dx = dy` or `w dy`, `dw` the sum of `x dy` where `x <= 0` (He et al., 2015).
 * @module
 */
import { checkArguments, finite, whole } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, Parameter, type Tensor } from "../core/graph/module.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { reshape } from "./reshape.ts";

/** The operation: a tensor and slopes that broadcast to it. */
export const PReLUOp: OpDefinition<null> = binaryOp({
  name: "PRelu",
  called: "prelu()",
  fn: { name: "prelu", text: "fn prelu(x: f32, w: f32) -> f32 { return select(x * w, x, x > 0.0); }" },
  gradient: (dy, { inputs: [x, w] }) => {
    const { graph } = dy;
    return [graph.apply(InputOp, [dy, x, w], null)[0], graph.apply(SlopeOp, [dy, x], null)[0]];
  },
  cases: [
    { name: "a slope a channel", inputs: [[3, 4, 2, 3], [4, 1, 1]], attributes: null, apart: true },
    { name: "one slope", inputs: [[11, 5], [1]], attributes: null, apart: true },
    { name: "one sample", inputs: [[1, 3], [3]], attributes: null, apart: true },
  ],
  only: true,
});

const InputOp = binaryOp({
  name: "PReluBackward",
  called: "prelu()",
  fn: {
    name: "prelu_backward",
    text: "fn prelu_backward(dy: f32, x: f32, w: f32) -> f32 { return select(dy * w, dy, x > 0.0); }",
  },
  gradient: () => null,
});

const SlopeOp = binaryOp({
  name: "PReluBackwardSlope",
  called: "prelu()",
  fn: {
    name: "prelu_backward_slope",
    text: "fn prelu_backward_slope(dy: f32, x: f32) -> f32 { return select(dy * x, 0.0, x > 0.0); }",
  },
  gradient: () => null,
});

/** `x` above 0 and `weight x` below; `weight` `[1]`, or `[C]` for `x` `[N, C, ...]`. Any shape, kept. */
export function prelu(x: Value, weight: Value): Value {
  checkArguments("prelu()", arguments, 2);
  [x, weight].forEach((value) => graphOf("prelu()", value));
  const [slopes = 0, ...others] = weight.shape;
  if (others.length > 0 || slopes !== 1 && slopes !== x.shape[1]) {
    throw new ShapeError(
      `prelu() got a weight of shape ${showShape(weight.shape)} for ${showShape(x.shape)}, expected [1]` +
        (x.shape.length < 2 ? "" : ` or [${x.shape[1]}], one a channel`),
    );
  }
  const own = slopes === 1 ? weight : reshape(weight, [slopes, ...x.shape.slice(2).map(() => 1)]);
  return applyBinary(PReLUOp, "prelu()", x, own);
}

/**
 * PReLU as a layer.
 *
 * @example
 * ```ts
 * import { Conv2d, PReLU, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Conv2d(1, 8, 3), new PReLU(8));
 * ```
 */
export class PReLU extends Module {
  /** The slopes below 0, `[numParameters]`. */
  readonly weight: Parameter;

  /** Takes the number of slopes, 1 or that of the channels, and what they begin with. */
  constructor(numParameters: number = 1, init: number = 0.25) {
    super();
    checkArguments("PReLU", arguments, 2);
    whole("PReLU: numParameters", numParameters);
    finite("PReLU: init", init);
    this.weight = Parameter.from([numParameters], new Float32Array(numParameters).fill(init));
  }

  /** Any shape `[N, C, ...]`, kept. */
  override forward(x: Tensor): Tensor {
    return prelu(x, this.weight.in(graphOf("PReLU", x)));
  }
}
