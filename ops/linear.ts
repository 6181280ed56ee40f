/**
 * The fully connected layer: `y = x W^T + b`, with x `[N, ..., I]`, weight `[O, I]`,
 * bias `[O]` and y `[N, ..., O]`. ONNX writes it as Gemm where x has two dimensions, as MatMul and Add where it has more.
 * @module
 */
import { checkArguments, expect, flag } from "../core/base/arguments.ts";
import { ShapeError } from "../core/base/errors.ts";
import { ONE_TAP } from "../core/graph/cpu_form.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { type HostTensor, Module, Parameter, type Tensor } from "../core/graph/module.ts";
import type { OnnxNode, OpDefinition } from "../core/graph/op.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import { add } from "./add.ts";
import { checkCounts, LAYER_OPTIONS, type LayerOptions } from "./layer.ts";
import { LinearBackwardInputOp } from "./linear_backward_input.ts";
import { LinearBackwardWeightOp } from "./linear_backward_weight.ts";
import { linearForwardKernel } from "./linear_forward.ts";
import { rowsOfSample } from "./linear_product.ts";
import { matrixProduct } from "./matmul.ts";
import { mul } from "./mul.ts";

/** `Linear` has no attributes: its shapes say everything. */
export type LinearAttributes = Readonly<Record<string, never>>;

/** The fully connected layer: x `[N, ..., I]`, weight `[O, I]` and perhaps bias `[O]`, to `[N, ..., O]`. */
export const LinearOp: OpDefinition<LinearAttributes> = {
  name: "Linear",
  shapes: linearShapes,
  kernel: linearForwardKernel,
  cpu: ({ inputs: [x, [results, channels]] }) => ({
    kind: "products",
    axes: [ONE_TAP, ONE_TAP],
    turned: false,
    results,
    channels,
    resultStride: channels,
    channelStride: 1,
    rows: rowsOfSample(x),
  }),
  gradient(node, [gradient]) {
    if (gradient === null) return node.inputs.map(() => null);
    const [x, weight, bias] = node.inputs;
    const graph = gradient.graph;
    const [dx] = graph.apply(LinearBackwardInputOp, [gradient, weight], null);
    const dparameters = graph.apply(LinearBackwardWeightOp, [x, gradient], { bias: bias !== undefined });
    return [dx, ...dparameters];
  },
  carries: ["map"],
  channelOf: ({ inputs: [x, { shape: [, channels] }] }, index) =>
    x.shape.length === 2 ? Math.floor(index / channels) : null,
  writeOnnx(node, to) {
    if (node.inputs[0].shape.length === 2) return [to.node("Gemm", to.inputs, PLAIN_GEMM)];
    const [x, weight, bias] = to.inputs;
    const turned = to.changed(1, "T", transposed) ?? to.node("Transpose", [weight], { perm: [1, 0] });
    const product = to.node("MatMul", [x, turned]);
    return [bias === undefined ? product : to.node("Add", [product, bias])];
  },
  readOnnx: { Gemm: readGemm },
  cases: [
    { name: "odd sizes", inputs: [[5, 13], [7, 13], [7]], attributes: {} },
    { name: "one sample", inputs: [[1, 8], [3, 8], [3]], attributes: {} },
    { name: "no bias", inputs: [[3, 6], [10, 6]], attributes: {} },
    { name: "one input, one output", inputs: [[2, 1], [1, 1], [1]], attributes: {} },
    { name: "rows of a sample", inputs: [[11, 3, 10], [7, 10], [7]], attributes: {} },
    { name: "rows of rows, no bias", inputs: [[1, 2, 3, 4], [5, 4]], attributes: {} },
  ],
};

/**
 * `x W^T + bias` for x `[N, ..., I]`, weight `[O, I]` and bias `[O]` or null (default); `[N, ..., O]`.
 * Throws a `ShapeError` where they do not fit.
 */
export function linear(x: Value, weight: Value, bias: Value | null = null): Value {
  checkArguments("linear()", arguments, 3);
  const [y] = graphOf("linear()", x).apply(LinearOp, bias === null ? [x, weight] : [x, weight, bias], {});
  return y;
}

/**
 * A fully connected layer: `y = x W^T + b`.
 *
 * @example
 * ```ts
 * import { Linear } from "@zkgrad/zkgrad";
 *
 * const layer = new Linear(784, 10);
 * ```
 */
export class Linear extends Module {
  /** `[outFeatures, inFeatures]`. */
  readonly weight: Parameter;
  /** `[outFeatures]`, or null. */
  readonly bias: Parameter | null;

  /** Draws weight and bias from (-1 / sqrt(inFeatures), 1 / sqrt(inFeatures)). */
  constructor(inFeatures: number, outFeatures: number, options: LayerOptions = {}) {
    super();
    checkArguments("Linear", arguments, 2, LAYER_OPTIONS, ["bias"]);
    checkCounts("Linear", { inFeatures, outFeatures });
    const { bias = true } = options;
    flag("Linear: bias", bias);
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], bound);
    this.bias = bias ? new Parameter([outFeatures], bound) : null;
  }

  /** `[N, ..., inFeatures]` to `[N, ..., outFeatures]`. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("Linear", x);
    return linear(x, this.weight.in(graph), this.bias?.in(graph) ?? null);
  }
}

function linearShapes([x, weight, bias]: readonly Shape[]): readonly Shape[] {
  if (x.length < 2) {
    throw new ShapeError(
      `linear() expects x of shape [N, ..., I], but it is ${showShape(x)}; give it the batch as first dimension`,
    );
  }
  if (weight.length !== 2) {
    throw new ShapeError(
      `linear() expects weight of shape [O, I], but it is ${showShape(weight)}; give it two dimensions`,
    );
  }
  const features = x.at(-1);
  if (features !== weight[1]) {
    const flatten = x.length === 4 || x.length === 3 && sizeOf(x.slice(1)) === weight[1];
    throw new ShapeError(
      `linear() got x ${showShape(x)} with ${features} features, but weight ${showShape(weight)} takes ${weight[1]}; ` +
        (flatten ? "flatten each sample to one row first" : `make the layer with ${features} inputs`),
    );
  }
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `linear() expects bias of shape [${weight[0]}], one number per row of weight ${showShape(weight)}, ` +
        `but it is ${showShape(bias)}; give it as many numbers as the layer has outputs`,
    );
  }
  return [[...x.slice(0, -1), weight[0]]];
}

const PLAIN_GEMM = { alpha: { float: 1 }, beta: { float: 1 }, transA: 0, transB: 1 };

/** A matrix with rows as columns. */
export function transposed({ shape: [rows, columns], data }: HostTensor): {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
} {
  const turned = new Float32Array(data.length);
  for (let i = 0; i < turned.length; i++) turned[i] = data[i % rows * columns + Math.floor(i / rows)];
  return { shape: [columns, rows], data: turned };
}

/** A Gemm of any form; with constant weights and bias it comes as the layer that it is. */
function readGemm(node: OnnxNode): Value {
  const [alpha, beta] = [node.number("alpha", 1), node.number("beta", 1)];
  const [transA, transB] = [node.number("transA", 0) !== 0, node.number("transB", 0) !== 0];
  const bias = node.has(2) && beta !== 0 ? node.shape(2) : null;
  const [, rows] = node.shape(1);
  const weight = node.constant(1) === null ? undefined : "parameter";
  if (!transA && transB && alpha === 1 && weight !== undefined) {
    const isBias = bias !== null && beta === 1 && bias.length === 1 && bias[0] === node.shape(1)[0] &&
      node.constant(2) !== null;
    if (bias === null) return linear(node.input(0), node.input(1, weight));
    if (isBias) return linear(node.input(0), node.input(1, weight), node.input(2, "parameter"));
  }
  expect(rows !== undefined, "Gemm: the second input", node.shape(1), "a matrix");
  const product = matrixProduct(node.input(0), node.input(1, weight), { transA, transB });
  const scaled = alpha === 1 ? product : mul(product, alpha);
  if (bias === null) return scaled;
  return add(scaled, beta === 1 ? node.input(2) : mul(node.input(2), beta));
}
