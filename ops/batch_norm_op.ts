/**
 * Batch normalisation by statistics that are given, as in evaluation:
 * `y = (x - mean) / sqrt(variance + eps) * weight + bias`, each channel by its own numbers, with x `[N, C, ...]` and the
 * four `[C]`. ONNX writes it as BatchNormalization, or into the weights of what is in front of it.
 * @module
 */
import { ArgumentError, ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { literal } from "./norm.ts";

/** What is added to the variance. */
export interface BatchNormAttributes {
  /** So that nothing is divided by 0. */
  readonly eps: number;
}

/** The operation: x, weight, bias, mean, variance. */
export const BatchNormOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNorm",
  shapes: ([x, ...rest]) => [normalizedShape(x, rest)],
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
      if (node.number("training_mode", 0) !== 0) {
        throw new ArgumentError("its training_mode is 1, expected 0; export the model in evaluation mode");
      }
      const eps = node.number("epsilon", 1e-5);
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

/** The shape of x; throws a `ShapeError` where it has no channels, or another number of them than the rest. */
export function normalizedShape(x: Shape, rest: readonly Shape[]): Shape {
  if (x.length < 2) {
    throw new ShapeError(`batch normalisation takes [N, C, ...] and was given ${showShape(x)}; give it channels`);
  }
  const odd = rest.find((shape) => shape.length !== 1 || shape[0] !== x[1]);
  if (odd === undefined) return x;
  throw new ShapeError(
    `batch normalisation got x ${showShape(x)} with ${x[1]} channels, but numbers for ${showShape(odd)}; make the ` +
      `layer with ${x[1]} features`,
  );
}

/** How a kernel goes over a plane: on the CPU all of it at a time, on a GPU an element a lane. */
export function strideOf(x: Shape, kind: "cpu" | "gpu"): { readonly items: number; readonly run: number } {
  const plane = sizeOf(x.slice(2));
  const run = kind === "cpu" ? plane : 1;
  return { items: x[1] * plane / run, run };
}

/** WGSL: sets `c`, and runs `body` for each place `at` of the item. */
export function overPlane(x: Shape, run: number, before: string, body: string): string {
  const plane = sizeOf(x.slice(2));
  return `  let c = item / ${plane / run}u;
${before}
  for (var k = 0u; k < ${run}u; k++) {
    let at = item * ${run}u + k;
    ${body}
  }`;
}

/** The kernel that normalises: x, weight, bias, mean, variance. */
export function normalizeKernel(call: KernelCall<BatchNormAttributes>): KernelText {
  const { inputs: [x], attributes: { eps }, profile } = call;
  const { items, run } = strideOf(x, profile.kind);
  return perSample({
    name: "BatchNorm",
    inputs: [
      { name: "x", type: "f32" },
      ...["weight", "bias", "mean", "variance"].map((name) => ({ name, type: "f32", whole: true }) as const),
    ],
    outputs: [{ name: "y" }],
    items,
    body: overPlane(
      x,
      run,
      `  let m = mean(c);
  let b = bias(c);
  let a = weight(c) / sqrt(variance(c) + ${literal(eps)});`,
      "set_y(at, (x(at) - m) * a + b);",
    ),
    carries: true,
  }, call);
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
      body: overPlane(x, run, `  let a = weight(c) / sqrt(variance(c) + ${literal(eps)});`, "set_dx(at, dy(at) * a);"),
      carries: true,
    }, call);
  },
};

/** The gradients of weight and bias: the sums of `dy` times what was normalised, and of `dy`; from x, dy, mean, variance. */
export const BatchNormSumsOp: OpDefinition<BatchNormAttributes> = {
  name: "BatchNormSums",
  shapes: ([, , mean]) => [mean, mean],
  kernel(call) {
    const { inputs: [x], attributes: { eps } } = call;
    const plane = sizeOf(x.slice(2));
    return overBatch({
      name: "BatchNormSums",
      inputs: [
        { name: "x", type: "f32" },
        { name: "dy", type: "f32" },
        { name: "mean", type: "f32", whole: true },
        { name: "variance", type: "f32", whole: true },
      ],
      outputs: ["dweight", "dbias"],
      items: x[1],
      batch: x[0],
      body: `  let m = mean(item);
  var products = 0.0;
  var sum = 0.0;
  for (var k = 0u; k < ${plane}u; k++) {
    let d = dy(item * ${plane}u + k);
    products += d * (x(item * ${plane}u + k) - m);
    sum += d;
  }
  dweight += products / sqrt(variance(item) + ${literal(eps)});
  dbias += sum;`,
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
      body: `  let v = variance(item) + ${literal(call.attributes.eps)};
  set_dmean(item, -weight(item) / sqrt(v) * dbias(item));
  set_dvariance(item, -0.5 * weight(item) / v * dweight(item));`,
    }, call),
};
