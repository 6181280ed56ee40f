/**
 * Batch normalisation by the statistics of the batch, as in training: mean and variance of each channel over the samples
 * that count and all places,
 * `dx = weight / sqrt(variance + eps) (dy - mean(dy) - xhat mean(dy xhat))`, xhat being what was normalised.
 *
 * The statistics are those of each sample's plane, put together: two passes over a plane that is near, none over the
 * batch, and no loss of digits where the mean is large.
 * @module
 */
import { sizeOf } from "../core/base/shape.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { lanesFor } from "../core/graph/lanes.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { float } from "../core/graph/wgsl.ts";
import { STEP_WGSL } from "../core/run/step.ts";
import {
  type BatchNormAttributes,
  BatchNormSumsOp,
  normalizedShape,
  normalizeKernel,
  overPlane,
  strideOf,
} from "./batch_norm_kernels.ts";

/** x, weight, bias and the batch's own mean and variance, whose part in the gradient goes to x. */
const BatchNormTrainingOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNormTraining",
  shapes: ([x, ...rest]) => [normalizedShape(x, rest)],
  carries: ["map"],
  kernel: normalizeKernel,
  gradient(node, [dy]) {
    const { inputs: [x, weight, , mean, variance], attributes } = node;
    const sums = x.graph.apply(BatchNormSumsOp, [x, dy!, mean, variance], attributes);
    const [dx] = x.graph.apply(BatchNormBackwardOp, [x, dy!, weight, mean, variance, ...sums], attributes);
    return [dx, ...sums, null, null];
  },
};

/** The gradient of x; samples that do not count have none. */
const BatchNormBackwardOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNormBackward",
  shapes: ([x]) => [x],
  stepwise: true,
  kernel(call) {
    const { inputs: [x], attributes: { eps }, profile } = call;
    const { items, run } = strideOf(x, profile.kind);
    const names = ["weight", "mean", "variance", "dweight", "dbias"];
    return perSample({
      name: "BatchNormBackward",
      step: STEP_WGSL,
      inputs: [
        { name: "x", type: "f32" },
        { name: "dy", type: "f32" },
        ...names.map((name) => ({ name, type: "f32", whole: true }) as const),
      ],
      outputs: [{ name: "dx" }],
      items,
      body: overPlane(
        x,
        run,
        `  let m = mean(c);
  let r = 1.0 / sqrt(variance(c) + ${float(eps)});
  let part = select(0.0, 1.0 / (f32(step.count) * ${float(sizeOf(x.slice(2)))}), real);
  let a = weight(c) * r;
  let s = dbias(c) * part;
  let p = dweight(c) * part * r;`,
        "set_dx(at, a * (dy(at) - s - (x(at) - m) * p));",
      ),
    }, call);
  },
};

/** Mean, and sum of squared distances from it, of each sample's planes: `[N, C]` both. */
const PlaneMomentsOp: OpDefinition<null> = {
  name: "PlaneMoments",
  shapes: ([x]) => [x.slice(0, 2), x.slice(0, 2)],
  kernel(call) {
    const [x] = call.inputs;
    const plane = sizeOf(x.slice(2));
    const lanes = lanesFor(call.profile.kind, plane);
    return perSample({
      name: "PlaneMoments",
      inputs: [{ name: "x", type: "f32" }],
      outputs: [{ name: "mean" }, { name: "squares" }],
      items: x[1],
      lanes,
      body: `  let first = item * ${plane}u;
  var sum = 0.0;
${lanes.each("sum += x(first + k);", plane)}${lanes.sum("sum")}  let m = sum / ${float(plane)};
  var squares = 0.0;
${lanes.each("let d = x(first + k) - m; squares += d * d;", plane)}${lanes.sum("squares")}${
        lanes.once("set_mean(item, m);")
      }${lanes.once("set_squares(item, squares);")}`,
    }, call);
  },
};

/** The mean over the samples that count of `[N, C]`. */
const BatchMeanOp: OpDefinition<null> = {
  name: "BatchMean",
  shapes: ([x]) => [x.slice(1)],
  stepwise: true,
  kernel: (call) =>
    overBatch({
      name: "BatchMean",
      step: STEP_WGSL,
      inputs: [{ name: "x", type: "f32" }],
      outputs: ["mean"],
      items: call.inputs[0][1],
      batch: call.inputs[0][0],
      body: "  mean += select(0.0, x(item) / f32(step.count), real);",
    }, call),
};

/** The variance, not corrected, over samples and planes of `plane` elements: from planes' means and squares, and the mean. */
const BatchVarianceOp: OpDefinition<{ readonly plane: number }> = {
  name: "BatchVariance",
  shapes: ([, , mean]) => [mean],
  stepwise: true,
  kernel: (call) =>
    overBatch({
      name: "BatchVariance",
      step: STEP_WGSL,
      inputs: [
        { name: "x", type: "f32" },
        { name: "squares", type: "f32" },
        { name: "mean", type: "f32", whole: true },
      ],
      outputs: ["variance"],
      items: call.inputs[0][1],
      batch: call.inputs[0][0],
      ofItem: [2],
      body: `  let d = x(item) - mean(item);
  let own = ${call.attributes.plane === 1 ? "0.0" : `squares(item) / ${float(call.attributes.plane)}`};
  variance += select(0.0, (own + d * d) / f32(step.count), real);`,
    }, call),
};

/** What running mean and variance become, and how many batches there were: `old + momentum (new - old)`. */
const RunningOp: OpDefinition<{ readonly momentum: number; readonly plane: number }> = {
  name: "RunningStatistics",
  shapes: ([mean, variance, batches]) => [mean, variance, batches],
  stepwise: true,
  kernel(call) {
    const { attributes: { momentum, plane }, outputs: [[channels]] } = call;
    const names = ["oldMean", "oldVariance", "oldBatches", "mean", "variance"];
    return perSample({
      name: "RunningStatistics",
      step: STEP_WGSL,
      inputs: names.map((name) => ({ name, type: "f32" }) as const),
      outputs: [{ name: "nextMean" }, { name: "nextVariance" }, { name: "nextBatches" }],
      items: channels,
      whole: true,
      // PyTorch keeps the corrected variance, whatever it normalises by.
      body: `  let n = f32(step.count) * ${float(plane)};
  let corrected = variance(item) * n / max(n - 1.0, 1.0);
  set_nextMean(item, oldMean(item) + ${float(momentum)} * (mean(item) - oldMean(item)));
  set_nextVariance(item, oldVariance(item) + ${float(momentum)} * (corrected - oldVariance(item)));
  if (item == 0u) { set_nextBatches(0u, oldBatches(0u) + 1.0); }`,
    }, call);
  },
};

/** Mean and variance of x `[N, C, ...]` over all but the channels. */
export function batchStatistics(x: Value): readonly [Value, Value] {
  const { graph } = x;
  const plane = sizeOf(x.shape.slice(2));
  const flat = x.shape.length === 2;
  const [means, squares] = flat ? [x, x] : graph.apply(PlaneMomentsOp, [x], null);
  const [mean] = graph.apply(BatchMeanOp, [means], null);
  const [variance] = graph.apply(BatchVarianceOp, [means, squares, mean], { plane });
  return [mean, variance];
}

/** x normalised by the statistics of its own batch. */
export function normalizedByBatch(
  x: Value,
  weight: Value,
  bias: Value,
  [mean, variance]: readonly [Value, Value],
  eps: number,
): Value {
  return x.graph.apply(BatchNormTrainingOp, [x, weight, bias, mean, variance], { eps })[0];
}

/** What the running statistics, and the number of batches, are after this one. */
export function nextStatistics(
  running: readonly [Value, Value, Value],
  statistics: readonly [Value, Value],
  momentum: number,
  plane: number,
): readonly Value[] {
  return running[0].graph.apply(RunningOp, [...running, ...statistics], { momentum, plane });
}
