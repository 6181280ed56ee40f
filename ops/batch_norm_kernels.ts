/**
 * What batch normalisation by given statistics and by the batch's own share: the shapes, the kernel, and the gradients of
 * weight and bias.
 * @module
 */
import { ShapeError } from "../core/base/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { overBatch } from "../core/graph/over_batch.ts";
import { perSample } from "../core/graph/per_sample.ts";
import { float } from "../core/graph/wgsl.ts";

/** What is added to the variance. */
export interface BatchNormAttributes {
  /** So that nothing is divided by 0. */
  readonly eps: number;
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
  let a = weight(c) / sqrt(variance(c) + ${float(eps)});`,
      "set_y(at, (x(at) - m) * a + b);",
    ),
    carries: true,
  }, call);
}

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
      ofItem: [2, 3],
      body: {
        size: plane,
        before: "  let m = mean(item);\n  var products = 0.0;\n  var sum = 0.0;",
        each: `    let d = dy(item * ${plane}u + k);
    products += d * (x(item * ${plane}u + k) - m);
    sum += d;`,
        after: `  dweight += products / sqrt(variance(item) + ${float(eps)});
  dbias += sum;`,
      },
    }, call);
  },
};
