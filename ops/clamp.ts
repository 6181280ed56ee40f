/**
 * `y = min(max(x, low), high)`; `dx = dy` between the two, else 0, as it is at the bounds themselves in PyTorch;
 * NaN stays NaN.
 * @module
 */
import { checkArguments, expect, finite } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import type { OnnxNode, OpDefinition } from "../core/graph/op.ts";
import { float } from "../core/graph/wgsl.ts";
import { activation, back, of, unary } from "./activation.ts";
import { maximum, minimum } from "./maximum.ts";

/** The bounds. */
export interface ClampAttributes {
  /** The least that comes out; null for any. */
  readonly min: number | null;
  /** The most that comes out; null for any. */
  readonly max: number | null;
}

/** What becomes of `v`: `low` where `x` is below the least, `high` where it is above the most. */
function bounded({ min, max }: ClampAttributes, v: string, [below, above]: readonly string[], ends?: string[]): string {
  const low = min === null ? v : `select(${v}, ${ends?.[0] ?? float(min)}, x ${below} ${float(min)})`;
  return max === null ? low : `select(${low}, ${ends?.[1] ?? float(max)}, x ${above} ${float(max)})`;
}

/** The operation; shapes: any, kept. */
export const ClampOp: OpDefinition<ClampAttributes> = activation<ClampAttributes>({
  name: "Clip",
  forward: (own) => of("clamped", bounded(own, "x", ["<", ">"])),
  backward: (own) => back("clamp_backward", "x", bounded(own, "dy", ["<=", ">="], ["0.0", "0.0"])),
  from: "input",
  writeOnnx({ attributes: { min, max } }, to) {
    const bounds = [min, max].map((bound) => bound === null ? null : to.floats([], [bound]));
    return [to.node("Clip", [to.inputs[0], bounds[0], ...max === null ? [] : [bounds[1]]])];
  },
  readOnnx: {
    Clip(node) {
      const x = node.input(0);
      // Bounds are attributes where they are known.
      const low = node.has(1) ? maximum(x, node.input(1)) : x;
      if (node.has(1) || node.has(2)) return node.has(2) ? minimum(low, node.input(2)) : low;
      const [min, max] = [boundIn(node, "min"), boundIn(node, "max")];
      return min === null && max === null ? x : unary(ClampOp, x, { min, max });
    },
  },
  cases: [
    { name: "an image batch", inputs: [[2, 3, 5, 7]], attributes: { min: -0.5, max: 1 }, apart: true },
    { name: "from below", inputs: [[1, 11]], attributes: { min: -0.25, max: null }, apart: true },
    { name: "from above", inputs: [[9, 3]], attributes: { min: null, max: 0.75 }, apart: true },
  ],
});

/** A bound of an ONNX node; the largest numbers that there are bound nothing. */
function boundIn(node: OnnxNode, name: "min" | "max"): number | null {
  const bound = node.number(name, name === "min" ? -Infinity : Infinity);
  return Math.abs(bound) < 3.4e38 ? bound : null;
}

/**
 * `x` with what is below `min` raised to it and what is above `max` lowered to it, element by element; null for no
 * bound on that side. Any shape, kept.
 */
export function clamp(x: Value, min: number | null = null, max: number | null = null): Value {
  checkArguments("clamp()", arguments, 3);
  graphOf("clamp()", x);
  if (min !== null) finite("clamp(): min", min);
  if (max !== null) finite("clamp(): max", max);
  expect(min !== null || max !== null, "clamp(): min and max", null, "a number for at least one of them");
  return unary(ClampOp, x, { min, max });
}

/** `x` between `minVal` and `maxVal`, and these beyond them, element by element. Any shape, kept. */
export function hardtanh(x: Value, minVal: number = -1, maxVal: number = 1): Value {
  checkArguments("hardtanh()", arguments, 3);
  finite("hardtanh(): minVal", minVal);
  finite("hardtanh(): maxVal", maxVal, minVal);
  return unary(ClampOp, x, { min: minVal, max: maxVal });
}

/** `min(max(x, 0), 6)`, element by element. Any shape, kept. */
export function relu6(x: Value): Value {
  checkArguments("relu6()", arguments, 1);
  return hardtanh(x, 0, 6);
}

/**
 * Hardtanh as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Hardtanh, Linear, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new Hardtanh(-2, 2), new Linear(8, 1));
 * ```
 */
export class Hardtanh extends Module {
  /** The least that comes out. */
  readonly minVal: number;
  /** The most that comes out. */
  readonly maxVal: number;

  /** Takes the bounds; -1 and 1 unless given. */
  constructor(minVal: number = -1, maxVal: number = 1) {
    super();
    checkArguments("Hardtanh", arguments, 2);
    this.minVal = finite("Hardtanh: minVal", minVal);
    this.maxVal = finite("Hardtanh: maxVal", maxVal, minVal);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal);
  }
}

/**
 * ReLU6 as a layer, for `Sequential`.
 *
 * @example
 * ```ts
 * import { Linear, ReLU6, Sequential } from "@zkgrad/zkgrad";
 *
 * const model = new Sequential(new Linear(2, 8), new ReLU6(), new Linear(8, 1));
 * ```
 */
export class ReLU6 extends Module {
  /** Takes no arguments. */
  constructor() {
    super();
    checkArguments("ReLU6", arguments, 0);
  }

  /** Any shape, kept. */
  override forward(x: Tensor): Tensor {
    return relu6(x);
  }
}
