/**
 * `y = x P(x)`, `P` being the distribution function of the normal distribution, `(1 + erf(x / sqrt(2))) / 2`, or by its
 * approximation `(1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`; `dx = dy (P(x) + x P'(x))` (Hendrycks and Gimpel, 2016).
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { namesOf, oneOf } from "../core/base/known.ts";
import type { Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OnnxValue, OnnxWriter, OpDefinition } from "../core/graph/op.ts";
import { float, polynomial, type WgslFunction } from "../core/graph/wgsl.ts";
import { activation, unary } from "./activation.ts";

/** How it is computed. */
export interface GELUOptions {
  /** `none`, by the error function, which is the default; or `tanh`. */
  readonly approximate?: "none" | "tanh";
}

/** The same, said. */
export type GELUAttributes = Required<GELUOptions>;

const OPTIONS = namesOf<GELUOptions>({ approximate: true });
const ROOT = Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;
/**
 * The logarithm of the normal distribution's share beyond `x >= 0`, coefficients from the highest power down: minimax
 * from 0 to 5.8, where the share is within 1.5e-7 of the exact one, and falling ever steeper beyond.
 */
const BEYOND = [
  -8.849659e-7,
  1.4600427e-5,
  -7.0727772e-5,
  -2.2864433e-4,
  5.0577247e-3,
  -3.6487531e-2,
  -0.31827104,
  -0.7978878,
  -0.6931472,
];

/** A function `(dy, x)` or `(x)` that knows `p`, the distribution function, and its derivative `slope`. */
function formula(name: string, head: string, { approximate }: GELUAttributes, result: string): WgslFunction {
  // Where the approximation is flat its slope is 0, and the square of x might be infinite; some drivers' tanh overflows.
  const tanh = `  let near = clamp(x, -10.0, 10.0);
  let t = tanh(clamp(${float(ROOT)} * (near + ${float(CUBE)} * near * near * near), -20.0, 20.0));
  let p = 0.5 + 0.5 * t;
  let slope = 0.5 * (1.0 - t * t) * ${float(ROOT)} * (1.0 + ${float(3 * CUBE)} * near * near);`;
  const exact = `  let size = min(abs(x), 16.0);
  let beyond = exp(${polynomial("size", BEYOND)});
  let p = select(1.0 - beyond, beyond, x < 0.0);
  let slope = ${float(1 / Math.sqrt(2 * Math.PI))} * exp(-0.5 * x * x);`;
  const text = `fn ${name}(${head}) -> f32 {
${approximate === "tanh" ? tanh : exact}
  return select(${result}, x, ${isNan("x")});
}`;
  return { name, text };
}

/** The operation; shapes: any, kept. */
export const GELUOp: OpDefinition<GELUAttributes> = activation<GELUAttributes>({
  name: "Gelu",
  forward: (own) => formula(`gelu_${own.approximate}`, "x: f32", own, "x * p"),
  backward: (own) => formula(`gelu_${own.approximate}_backward`, "dy: f32, x: f32", own, "dy * (p + x * slope)"),
  from: "input",
  // An operator of its own since opset 20 alone.
  writeOnnx({ attributes: { approximate } }, to) {
    const [x] = to.inputs;
    const number = (value: number): OnnxValue => to.floats([], [value]);
    const curve = approximate === "tanh" ? tanhOf(to, x) : to.node("Erf", [to.node("Mul", [x, number(Math.SQRT1_2)])]);
    const half = to.node("Mul", [x, number(0.5)]);
    return [to.node("Mul", [half, to.node("Add", [curve, number(1)])])];
  },
  readOnnx: { Gelu: (node) => unary(GELUOp, node.input(0), { approximate: wayOf(node.text("approximate", "none")) }) },
  cases: [
    { name: "exact", inputs: [[2, 3, 5, 7]], attributes: { approximate: "none" }, ranges: [[-4, 4]] },
    { name: "by tanh", inputs: [[11, 5]], attributes: { approximate: "tanh" }, ranges: [[-4, 4]] },
    { name: "one sample", inputs: [[1, 11]], attributes: { approximate: "none" } },
  ],
});

function tanhOf(to: OnnxWriter, x: OnnxValue): OnnxValue {
  const cube = to.node("Mul", [to.node("Mul", [to.node("Mul", [x, x]), x]), to.floats([], [CUBE])]);
  return to.node("Tanh", [to.node("Mul", [to.node("Add", [x, cube]), to.floats([], [ROOT])])]);
}

function wayOf(approximate: unknown): "none" | "tanh" {
  return oneOf("gelu(), approximate", approximate, ["none", "tanh"]);
}

/** `x` times the normal distribution's share below it, element by element. Any shape, kept. */
export function gelu(x: Value, options: GELUOptions = {}): Value {
  checkArguments("gelu()", arguments, 1, OPTIONS, ["approximate"]);
  return unary(GELUOp, x, { approximate: wayOf(options.approximate === undefined ? "none" : options.approximate) });
}

/**
 * GELU as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { GELU, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new GELU({ approximate: "tanh" }), new Linear(8, 1));
 * ```
 */
export class GELU extends Module {
  /** How it is computed. */
  readonly approximate: "none" | "tanh";

  /** Takes `approximate`: `none` or `tanh`. */
  constructor(options: GELUOptions = {}) {
    super();
    checkArguments("GELU", arguments, 0, OPTIONS, ["approximate"]);
    this.approximate = wayOf(options.approximate === undefined ? "none" : options.approximate);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate });
  }
}
