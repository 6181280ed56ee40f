/**
 * Numbers rounded to a grid and clamped, as integers would carry them, and trained through as if they were not (the
 * straight-through estimator of Bengio et al., 2013): `y = (clamp(round(x / scale) + zeroPoint) - zeroPoint) scale`,
 * and `dx = dy` where nothing was clamped, else 0. NaN stays NaN.
 *
 * It is PyTorch's `fake_quantize_per_tensor_affine`, and more where a scale is one over a power of two, as circuits have
 * them: halves may go away from zero, the grid need not end, and a dead zone leaves numbers near zero out.
 * @module
 */
import { checkArguments, expect, finite, whole } from "../core/base/arguments.ts";
import { namesOf, oneOf } from "../core/base/known.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import type { Quantizer } from "../core/graph/quantization.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, of, unary } from "./activation.ts";

/** The grid that numbers are rounded to. */
export interface FakeQuantizeOptions {
  /** The step between two of its points, greater than 0. */
  readonly scale: number;
  /** The whole number that stands for 0; default 0. */
  readonly zeroPoint?: number;
  /** The least whole number that there is; default: none is. */
  readonly quantMin?: number;
  /** The greatest whole number that there is; default: none is. */
  readonly quantMax?: number;
  /** Where what lies halfway between two points goes: to the even one, as in PyTorch (default), or away from zero. */
  readonly ties?: "even" | "away";
  /** The magnitude below which a number becomes 0 in any case; default 0. */
  readonly deadZone?: number;
}

/** The options, all of them; null for an end that the grid does not have. */
export interface FakeQuantizeAttributes {
  /** The step. */
  readonly scale: number;
  /** What stands for 0. */
  readonly zeroPoint: number;
  /** The least. */
  readonly quantMin: number | null;
  /** The greatest. */
  readonly quantMax: number | null;
  /** Where halves go. */
  readonly ties: "even" | "away";
  /** What becomes 0. */
  readonly deadZone: number;
}

const OPTIONS = namesOf<FakeQuantizeOptions>({
  scale: true,
  zeroPoint: true,
  quantMin: true,
  quantMax: true,
  ties: true,
  deadZone: true,
});

/** WGSL for the whole number `q` that `x` becomes, before it is clamped. */
function rounded({ scale, zeroPoint, ties }: FakeQuantizeAttributes): string {
  // A tie is one exactly: what is left of a number without its whole part has all its bits.
  const nearest = ties === "even"
    ? "round(t)"
    : "select(round(t), trunc(t) + select(1.0, -1.0, t < 0.0), abs(t - trunc(t)) == 0.5)";
  return `let t = x * ${float(Math.fround(1 / Math.fround(scale)))};\nlet q = ${nearest} + ${float(zeroPoint)};`;
}

function forward(own: FakeQuantizeAttributes): string {
  const { scale, zeroPoint, quantMin, quantMax, deadZone } = own;
  const low = quantMin === null ? "q" : `max(q, ${float(quantMin)})`;
  const held = quantMax === null ? low : `min(${low}, ${float(quantMax)})`;
  const y = `(${held} - ${float(zeroPoint)}) * ${float(scale)}`;
  const kept = deadZone === 0 ? y : `select(${y}, 0.0, abs(x) < ${float(deadZone)})`;
  return `${rounded(own)}\nreturn select(${kept}, x, ${isNan("x")});`;
}

/** Between the ends of the grid, which the rounded number must not pass. */
function backward(own: FakeQuantizeAttributes): string {
  const { quantMin, quantMax } = own;
  const low = quantMin === null ? "dy" : `select(dy, 0.0, q < ${float(quantMin)})`;
  return `${rounded(own)}\nreturn ${quantMax === null ? low : `select(${low}, 0.0, q > ${float(quantMax)})`};`;
}

const straight = activation<FakeQuantizeAttributes>({
  name: "FakeQuantize",
  forward: (own) => of("fake_quantized", forward(own)),
  backward: (own) => back("fake_quantize_backward", "x", backward(own)),
  from: "input",
});

/** The operation; shapes: any, kept. It has no place in a file: what is exported is the network in floats. */
export const FakeQuantizeOp: OpDefinition<FakeQuantizeAttributes> = {
  name: straight.name,
  shapes: straight.shapes,
  stage: straight.stage!,
  carries: straight.carries!,
  kernel: straight.kernel!,
  gradient: (node, [dy]) => {
    const { quantMin, quantMax } = node.attributes;
    return quantMin === null && quantMax === null ? [dy] : straight.gradient!(node, [dy]);
  },
};

/** All attributes; throws an `ArgumentError`, which begins with `where`, for what makes no grid. */
function attributesOf(where: string, options: FakeQuantizeOptions): FakeQuantizeAttributes {
  expect(options !== undefined, `${where}: the grid`, options, "one, such as { scale: 1 / 256 }");
  const { scale, zeroPoint = 0, quantMin, quantMax, ties = "even", deadZone = 0 } = options;
  const isStep = Number.isFinite(scale) && Number.isFinite(1 / Math.fround(scale)) && scale > 0;
  expect(isStep, `${where}: scale`, scale, "a step greater than 0, such as 1 / 256");
  for (const [name, value] of Object.entries({ zeroPoint, quantMin, quantMax })) {
    if (value !== undefined) whole(`${where}: ${name}`, value, -Infinity);
  }
  const isRange = quantMin === undefined || quantMax === undefined || quantMin <= quantMax;
  expect(isRange, `${where}: quantMax`, quantMax, `${quantMin}, which quantMin is, or more`);
  oneOf(`${where}: ties`, ties, ["even", "away"]);
  finite(`${where}: deadZone`, deadZone, 0);
  return { scale, zeroPoint, quantMin: quantMin ?? null, quantMax: quantMax ?? null, ties, deadZone };
}

/**
 * `x` rounded to the grid of `options`, element by element, with the gradient of what was not rounded: 0 where the grid
 * ends before it, else that of the result. Any shape, kept.
 *
 * @example
 * ```ts
 * import { fakeQuantize, nn, Predictor, type Tensor } from "@zkgrad/zkgrad";
 *
 * class Coarse extends nn.Module {
 *   forward(x: Tensor): Tensor {
 *     return fakeQuantize(x, { scale: 1 / 8, quantMin: -128, quantMax: 127 });
 *   }
 * }
 *
 * using predictor = await Predictor.create({ model: new Coarse(), shape: [1], device: "cpu" });
 * const [coarse] = await predictor.predict(Float32Array.of(0.3));
 * if (coarse !== 0.25) throw new Error(`${coarse}`);
 * ```
 */
export function fakeQuantize(x: Value, options: FakeQuantizeOptions): Value {
  checkArguments("fakeQuantize()", arguments, 1, OPTIONS, ["scale"]);
  graphOf("fakeQuantize()", x);
  return unary(FakeQuantizeOp, x, attributesOf("fakeQuantize()", options));
}

/**
 * The same as a layer, and as what a trainer puts in a network's places: PyTorch's `torch.ao.quantization.FakeQuantize`,
 * but that it observes nothing.
 *
 * @example
 * ```ts
 * import { FakeQuantize, Linear, Sequential, Sigmoid } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Sigmoid(), new FakeQuantize({ scale: 1 / 256 }), new Linear(8, 1));
 * ```
 */
export class FakeQuantize extends Module implements Quantizer {
  /** The grid. */
  readonly attributes: FakeQuantizeAttributes;

  /** Takes the grid; throws an `ArgumentError` for what is none. */
  constructor(options: FakeQuantizeOptions) {
    super();
    checkArguments("FakeQuantize", arguments, 0, OPTIONS, ["scale"]);
    this.attributes = attributesOf("FakeQuantize", options);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return unary(FakeQuantizeOp, x, this.attributes);
  }

  /** Numbers on the host, rounded to the same grid: what a network is left with when it has been trained. */
  quantize(data: Float32Array): Float32Array<ArrayBuffer> {
    expect(data instanceof Float32Array, "FakeQuantize.quantize(): the data", data, "a Float32Array");
    const { scale, zeroPoint, quantMin, quantMax, ties, deadZone } = this.attributes;
    const step = Math.fround(scale), inverse = Math.fround(1 / step);
    return data.map((x) => {
      if (Number.isNaN(x)) return x;
      if (Math.abs(x) < Math.fround(deadZone)) return 0;
      const t = Math.fround(x * inverse), whole = Math.trunc(t), rest = Math.abs(t - whole);
      const isUp = rest > 0.5 || rest === 0.5 && (ties === "away" || whole % 2 !== 0);
      const q = whole + (isUp ? (t < 0 ? -1 : 1) : 0) + zeroPoint;
      return (Math.min(Math.max(q, quantMin ?? -Infinity), quantMax ?? Infinity) - zeroPoint) * step;
    }) as Float32Array<ArrayBuffer>;
  }
}
