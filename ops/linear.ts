/**
 * The fully connected layer: `y = x W^T + b`, with x `[N, I]`, weight `[O, I]`,
 * bias `[O]` and y `[N, O]`. ONNX writes it as Gemm.
 * @module
 */
import { checkArguments, flag } from "../core/base/arguments.ts";
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { ONE_TAP } from "../core/graph/cpu_form.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import { Module, Parameter, type Tensor } from "../core/graph/module.ts";
import type { OnnxAttribute, OpDefinition } from "../core/graph/op.ts";
import { type Shape, showShape } from "../core/base/shape.ts";
import { checkCounts, LAYER_OPTIONS, type LayerOptions } from "./layer.ts";
import { LinearBackwardInputOp } from "./linear_backward_input.ts";
import { LinearBackwardWeightOp } from "./linear_backward_weight.ts";
import { linearForwardKernel } from "./linear_forward.ts";

/** `Linear` has no attributes: its shapes say everything. */
export type LinearAttributes = Readonly<Record<string, never>>;

/** The fully connected layer: x `[N, I]`, weight `[O, I]` and perhaps bias `[O]`, to `[N, O]`. */
export const LinearOp: OpDefinition<LinearAttributes> = {
  name: "Linear",
  shapes: linearShapes,
  kernel: linearForwardKernel,
  cpu: ({ inputs: [, [results, channels]] }) => ({
    kind: "products",
    axes: [ONE_TAP, ONE_TAP],
    turned: false,
    results,
    channels,
    resultStride: channels,
    channelStride: 1,
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
  onnx: {
    opType: "Gemm",
    write: () => ({ alpha: { float: 1 }, beta: { float: 1 }, transA: 0, transB: 1 }),
    read: readGemm,
  },
  cases: [
    { name: "odd sizes", inputs: [[5, 13], [7, 13], [7]], attributes: {} },
    { name: "one sample", inputs: [[1, 8], [3, 8], [3]], attributes: {} },
    { name: "no bias", inputs: [[3, 6], [10, 6]], attributes: {} },
    { name: "one input, one output", inputs: [[2, 1], [1, 1], [1]], attributes: {} },
  ],
};

/**
 * `x W^T + bias` for x `[N, I]`, weight `[O, I]` and bias `[O]` or null (default); `[N, O]`.
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
 * ```ts ignore
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

  /** `[N, inFeatures]` to `[N, outFeatures]`. */
  override forward(x: Tensor): Tensor {
    const graph = graphOf("Linear", x);
    return linear(x, this.weight.in(graph), this.bias?.in(graph) ?? null);
  }
}

function linearShapes([x, weight, bias]: readonly Shape[]): readonly Shape[] {
  if (x.length !== 2) {
    throw new ShapeError(
      `linear() expects x of shape [N, I], but it is ${showShape(x)}; flatten each sample to one row first`,
    );
  }
  if (weight.length !== 2) {
    throw new ShapeError(
      `linear() expects weight of shape [O, I], but it is ${showShape(weight)}; give it two dimensions`,
    );
  }
  if (x[1] !== weight[1]) {
    throw new ShapeError(
      `linear() got x ${showShape(x)} with ${x[1]} features, but weight ${showShape(weight)} takes ${weight[1]}; ` +
        `make the layer with ${x[1]} inputs`,
    );
  }
  if (bias !== undefined && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `linear() expects bias of shape [${weight[0]}], one number per row of weight ${showShape(weight)}, ` +
        `but it is ${showShape(bias)}; give it as many numbers as the layer has outputs`,
    );
  }
  return [[x[0], weight[0]]];
}

function readGemm(attributes: Readonly<Record<string, OnnxAttribute>>): LinearAttributes {
  const expected: readonly (readonly [string, number, number])[] = [
    ["alpha", 1, 1],
    ["beta", 1, 1],
    ["transA", 0, 0],
    ["transB", 0, 1],
  ];
  for (const [name, standard, wanted] of expected) {
    const given = attributes[name] ?? standard;
    const value = typeof given === "object" && "float" in given ? given.float : given;
    if (value !== wanted) {
      throw new ArgumentError(
        `Gemm has ${name} ${value}, but a fully connected layer is Gemm with ${name} ${wanted}; ` +
          `export the model with alpha 1, beta 1, transA 0 and transB 1`,
      );
    }
  }
  return {};
}
