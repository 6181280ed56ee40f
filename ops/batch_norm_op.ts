/**
 * Batch normalisation by statistics that are given, as in evaluation:
 * `y = (x - mean) / sqrt(variance + eps) * weight + bias`, each channel by its own numbers, with x `[N, C, ...]` and the
 * four `[C]`. ONNX writes it as BatchNormalization, or into the weights of what is in front of it.
 * @module
 */
import type { Shape } from "../core/base/shape.ts";
import type { OpDefinition, Stage } from "../core/graph/op.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { float } from "../core/graph/wgsl.ts";
import {
  type BatchNormAttributes,
  BatchNormSumsOp,
  normalizedShape,
  normalizeKernel,
  overPlane,
  strideOf,
} from "./batch_norm_kernels.ts";
import { batchStatistics, normalizedByBatch } from "./batch_norm_training.ts";

export type { BatchNormAttributes } from "./batch_norm_kernels.ts";

/** The operation: x, weight, bias, mean, variance. */
export const BatchNormOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNorm",
  shapes: ([x, ...rest]) => [normalizedShape(x, rest)],
  stage: ({ inputs: [, ...operands], attributes: { eps } }): Stage => ({
    kind: "map",
    channels: true,
    operands,
    fn: {
      name: "batch_norm",
      text: `fn batch_norm(x: f32, weight: f32, bias: f32, mean: f32, variance: f32) -> f32 {
  return (x - mean) * (weight / sqrt(variance + ${float(eps)})) + bias;
}`,
    },
  }),
  carries: ["map"],
  kernel: normalizeKernel,
  gradient(node, [dy]) {
    const { inputs: [x, weight, , mean, variance], attributes } = node;
    const { graph } = x;
    const [dx] = graph.apply(ScaleOp, [dy!, weight, variance], attributes);
    const [dweight, dbias] = graph.apply(BatchNormSumsOp, [x, dy!, mean, variance], attributes);
    const [dmean, dvariance] = graph.apply(StatisticsBackwardOp, [weight, variance, dweight, dbias], attributes);
    return [dx, dweight, dbias, dmean, dvariance];
  },
  writeOnnx(node, to) {
    const { eps } = node.attributes;
    const folded = to.folded([1, 2, 3, 4], ([weight, bias, mean, variance]) => {
      const factor = Float64Array.from(weight, (w, c) => w / Math.sqrt(variance[c] + eps));
      return { factor, offset: factor.map((f, c) => bias[c] - f * mean[c]) };
    });
    if (folded !== null) return [folded];
    return [to.node("BatchNormalization", to.inputs, { epsilon: { float: eps }, momentum: { float: 0.9 } })];
  },
  readOnnx: {
    BatchNormalization(node) {
      const eps = node.number("epsilon", 1e-5);
      // As ONNX has it, the statistics are then the batch's own.
      if (node.number("training_mode", 0) !== 0) {
        const x = node.input(0);
        return normalizedByBatch(x, node.input(1), node.input(2), batchStatistics(x), eps);
      }
      const inputs = [node.input(0), node.input(1), node.input(2), node.input(3, "buffer"), node.input(4, "buffer")];
      return node.graph.apply(BatchNormOp, inputs, { eps });
    },
  },
  cases: [
    testCase("images", [3, 2, 4, 5]),
    testCase("rows of many samples", [17, 3]),
    testCase("signals, one sample", [1, 4, 7]),
  ],
};

function testCase(name: string, x: Shape) {
  const inputs = [x, ...Array.from({ length: 4 }, () => [x[1]])];
  const around = [-1, 1] as const;
  return { name, inputs, attributes: { eps: 0.001 }, ranges: [[-2, 2], around, around, around, [0.25, 2]] as const };
}

/** The gradient of x where the statistics are given: `dy weight / sqrt(variance + eps)`. */
const ScaleOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNormScale",
  shapes: ([dy]) => [dy],
  carries: ["map"],
  kernel(call) {
    const { inputs: [x], attributes: { eps }, profile } = call;
    const { items, run } = strideOf(x, profile.kind);
    return perSample({
      name: "BatchNormScale",
      inputs: [
        { name: "dy", type: "f32" },
        { name: "weight", type: "f32", whole: true },
        { name: "variance", type: "f32", whole: true },
      ],
      outputs: [{ name: "dx" }],
      items,
      body: overPlane(x, run, `  let a = weight(c) / sqrt(variance(c) + ${float(eps)});`, "set_dx(at, dy(at) * a);"),
      carries: true,
    }, call);
  },
};

/** The gradients of mean and variance, from those of weight and bias. */
const StatisticsBackwardOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNormStatisticsBackward",
  shapes: ([weight]) => [weight, weight],
  kernel: (call) =>
    perSample({
      name: "BatchNormStatisticsBackward",
      inputs: ["weight", "variance", "dweight", "dbias"].map((name) => ({ name, type: "f32" }) as const),
      outputs: [{ name: "dmean" }, { name: "dvariance" }],
      items: call.outputs[0][0],
      whole: true,
      body: `  let v = variance(item) + ${float(call.attributes.eps)};
  set_dmean(item, -weight(item) / sqrt(v) * dbias(item));
  set_dvariance(item, -0.5 * weight(item) / v * dweight(item));`,
    }, call),
};
