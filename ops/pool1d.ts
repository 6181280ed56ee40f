/**
 * Pooling of signals `[N, C, L]`, as images of one row.
 * @module
 */
import { checkArguments, whole } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { showShape } from "../core/base/shape.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, type Tensor } from "../core/graph/module.ts";
import { unary } from "./activation.ts";
import { AvgPool2dOp } from "./avg_pool2d.ts";
import { MaxPool2dOp } from "./max_pool2d.ts";
import {
  type AvgPool2dOptions,
  type MaxPool2dOptions,
  type Pool2dAttributes,
  POOL_OPTIONS,
  POOL_POSITIONS,
  poolAttributes,
} from "./pool2d.ts";
import { asImage } from "./pool_views.ts";

/** Options of {@linkcode avgPool1d}, as in PyTorch. */
export interface AvgPool1dOptions extends Omit<AvgPool2dOptions, "stride" | "padding"> {
  /** How far the window moves; default the window's size. */
  readonly stride?: number;
  /** Zeros at both ends; default 0. */
  readonly padding?: number;
}

/** Options of {@linkcode maxPool1d}, as in PyTorch. */
export interface MaxPool1dOptions extends Omit<MaxPool2dOptions, "stride" | "padding" | "dilation"> {
  /** How far the window moves; default the window's size. */
  readonly stride?: number;
  /** Elements at both ends that never win; default 0. */
  readonly padding?: number;
  /** Elements from one that the window covers to the next; default 1. */
  readonly dilation?: number;
}

function rowAttributes(
  name: string,
  kernelSize: number,
  options: AvgPool1dOptions & MaxPool1dOptions,
): Pool2dAttributes {
  const { stride = kernelSize, padding = 0, dilation = 1, ...rest } = options;
  return poolAttributes(name, [1, whole(`${name}: kernelSize`, kernelSize)], {
    ...rest,
    stride: [1, whole(`${name}: stride`, stride)],
    padding: [0, whole(`${name}: padding`, padding, 0)],
    dilation: [1, whole(`${name}: dilation`, dilation)],
  });
}

function pooled(name: string, x: Value, op: typeof AvgPool2dOp, attributes: Pool2dAttributes): Value {
  graphOf(name, x);
  if (x.shape.length === 3) return asImage(x, (image) => unary(op, image, attributes));
  throw new ShapeError(`${name} takes [N, C, L] and was given ${showShape(x.shape)}; reshape it`);
}

/** Average pooling of `x` `[N, C, L]` over windows of `kernelSize`. */
export function avgPool1d(x: Value, kernelSize: number, options: AvgPool1dOptions = {}): Value {
  checkArguments("avgPool1d()", arguments, 2, POOL_OPTIONS.average, POOL_POSITIONS.average);
  return pooled("avgPool1d()", x, AvgPool2dOp, rowAttributes("avgPool1d()", kernelSize, options));
}

/** Maximum pooling of `x` `[N, C, L]` over windows of `kernelSize`. */
export function maxPool1d(x: Value, kernelSize: number, options: MaxPool1dOptions = {}): Value {
  checkArguments("maxPool1d()", arguments, 2, POOL_OPTIONS.maximum, POOL_POSITIONS.maximum);
  return pooled("maxPool1d()", x, MaxPool2dOp, rowAttributes("maxPool1d()", kernelSize, options));
}

/** Average pooling of signals as a layer. */
export class AvgPool1d extends Module {
  readonly #attributes: Pool2dAttributes;

  /** Windows of `kernelSize`, which move by their own size unless `stride` says otherwise. */
  constructor(kernelSize: number, options: AvgPool1dOptions = {}) {
    super();
    checkArguments("AvgPool1d", arguments, 1, POOL_OPTIONS.average, POOL_POSITIONS.average);
    this.#attributes = rowAttributes("AvgPool1d", kernelSize, options);
  }

  /** `[N, C, L]` to `[N, C, L']`. */
  override forward(x: Tensor): Tensor {
    return pooled("AvgPool1d", x, AvgPool2dOp, this.#attributes);
  }
}

/** Maximum pooling of signals as a layer. */
export class MaxPool1d extends Module {
  readonly #attributes: Pool2dAttributes;

  /** Windows of `kernelSize`, which move by their own size unless `stride` says otherwise. */
  constructor(kernelSize: number, options: MaxPool1dOptions = {}) {
    super();
    checkArguments("MaxPool1d", arguments, 1, POOL_OPTIONS.maximum, POOL_POSITIONS.maximum);
    this.#attributes = rowAttributes("MaxPool1d", kernelSize, options);
  }

  /** `[N, C, L]` to `[N, C, L']`. */
  override forward(x: Tensor): Tensor {
    return pooled("MaxPool1d", x, MaxPool2dOp, this.#attributes);
  }
}
