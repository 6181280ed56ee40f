/**
 * `dweight[o, i] = sum over n of dy[n, o] * x[n, i]` and
 * `dbias[o] = sum over n of dy[n, o]`: a lane makes one or two neighbouring
 * inputs of several outputs, for a share of the batch.
 * @module
 */
import { ONE_TAP } from "../core/graph/cpu_form.ts";
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { ShapeError } from "../core/base/errors.ts";
import { sameShape, showShape } from "../core/base/shape.ts";
import { vectorType } from "../core/graph/wgsl.ts";
import { type Product, productText, rowsOf, rowsOfSample, splitLanes } from "./linear_product.ts";
import { linearBackwardWeightTiles } from "./linear_tiles.ts";

/** Attributes of {@linkcode LinearBackwardWeightOp}. */
export interface LinearBackwardWeightAttributes {
  /** Whether the layer has a bias, so that there is a second output. */
  readonly bias: boolean;
}

/** The most floats of partial sums that are worth their traffic. */
const PARTIALS_LIMIT = 131072;
/** Samples that a share of the batch has, where there may be as many partial sums as that makes. */
const SAMPLES_OF_SHARE = 64;

/**
 * The gradients of weight and bias of `Linear`: x `[N, ..., I]`, dy `[N, ..., O]`, to
 * `[O, I]` and, with a bias, `[O]`; as partial sums where the reader takes them.
 */
export const LinearBackwardWeightOp: OpDefinition<LinearBackwardWeightAttributes> = {
  name: "LinearBackwardWeight",
  shapes([input, gradient], { bias }) {
    if (input.length < 2 || !sameShape(input.slice(0, -1), gradient.slice(0, -1))) {
      throw new ShapeError(
        `LinearBackwardWeight: x is ${showShape(input)} and dy is ${showShape(gradient)}, ` +
          `expected x of shape [N, ..., I] and dy of shape [N, ..., O]; pass the input and the gradient of the output of one layer`,
      );
    }
    const filters = gradient.at(-1)!;
    const weight = [filters, input.at(-1)!];
    return bias ? [weight, [filters]] : [weight];
  },
  kernel: linearBackwardWeightKernel,
  cpu: ({ inputs: [x, dy] }) => ({
    kind: "weights",
    axes: [ONE_TAP, ONE_TAP],
    filters: dy.at(-1)!,
    channels: x.at(-1)!,
    rows: rowsOfSample(x),
  }),
  cases: [
    { name: "odd sizes", inputs: [[5, 13], [5, 7]], attributes: { bias: true } },
    { name: "one sample, no bias", inputs: [[1, 8], [1, 3]], attributes: { bias: false } },
    { name: "rows of a sample", inputs: [[3, 4, 9], [3, 4, 5]], attributes: { bias: true } },
  ],
};

function linearBackwardWeightKernel(call: KernelCall<LinearBackwardWeightAttributes>): KernelText {
  const tiles = linearBackwardWeightTiles(call);
  if (tiles !== null) return tiles;
  const [input, gradient] = call.inputs;
  const [samples, inputs, outputs] = [rowsOf(input), input.at(-1)!, gradient.at(-1)!];
  const { profile, used } = call;
  const width = inputs % 2 === 0 ? 2 : 1;
  const columns = inputs / width;
  const { lanes, groups } = splitLanes(columns, profile);
  const shares = Math.max(4, Math.ceil(samples / SAMPLES_OF_SHARE));
  const most = Math.max(1, Math.min(call.maxPartials, shares, Math.floor(PARTIALS_LIMIT / (inputs * outputs))));
  const depth = Math.ceil(samples / most);
  const partials = Math.ceil(samples / depth);
  const even = partials * depth === samples;
  const rows = outputsPerGroup(outputs, profile.kind === "cpu" ? 20 : 8);
  const product: Product = {
    depth,
    rows,
    width,
    lanes,
    stageAlongDepth: false,
    profile,
    term: (k) => `x[${even ? `(start + ${k})` : `min(start + ${k}, ${samples - 1}u)`} * ${columns}u + column]`,
  };
  const end = even ? `start + ${depth}u` : `min(start + ${depth}u, ${samples}u)`;
  const term = even
    ? `dy[(start + k) * ${outputs}u + o]`
    : `select(0.0, dy[min(start + k, ${samples - 1}u) * ${outputs}u + o], start + k < ${samples}u)`;
  const [dweight, dbias = false] = used;
  const output = (i: number, name: string, type: string) =>
    `@group(0) @binding(${i}) var<storage, read_write> ${name}: array<${type}>;\n`;
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<${vectorType(width)}>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
${dweight ? output(2, "dweight", vectorType(width)) : ""}${dbias ? output(dweight ? 3 : 2, "dbias", "f32") : ""}
var<private> start: u32;
fn gradient(k: u32, o: u32) -> f32 { return ${term}; }
fn staged(k: u32, row: u32) -> vec4f {
  let o = min(row, ${outputs - 1}u);
  return vec4f(gradient(k, o), gradient(k + 1u, o), gradient(k + 2u, o), gradient(k + 3u, o));
}
${productText(product)}${dbias ? biasText(outputs, rows, lanes, end) : ""}@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  start = group.z * ${depth}u;
  let row = group.y * ${rows}u;
  let column = group.x * ${lanes}u + lane;
${
    dweight
      ? `  multiply(row, min(column, ${columns - 1}u), lane);
  let end = min(${rows}u, ${outputs}u - row);
  for (var r = 0u; r < end; r++) {
    if (column < ${columns}u) {
      dweight[(group.z * ${outputs}u + row + r) * ${columns}u + column] = results[r];
    }
  }
`
      : ""
  }${dbias ? `  if (group.x == 0u) { add_bias(group.z, row, lane); }\n` : ""}}
`;
  return {
    name: "LinearBackwardWeight",
    wgsl,
    workgroups: [groups, Math.ceil(outputs / rows), partials],
    partials,
  };
}

/** Defines `add_bias`: lanes sum dy over the share of samples, an output each. */
function biasText(outputs: number, rows: number, lanes: number, end: string): string {
  return `fn add_bias(share: u32, row: u32, lane: u32) {
  for (var o = row + lane; o < min(row + ${rows}u, ${outputs}u); o += ${lanes}u) {
    var sum = 0.0;
    for (var n = start; n < ${end}; n++) { sum += dy[n * ${outputs}u + o]; }
    dbias[share * ${outputs}u + o] = sum;
  }
}
`;
}

/** Outputs of a workgroup, evenly: many save reads of x, but compile slowly where they are written out. */
function outputsPerGroup(outputs: number, most: number): number {
  return Math.ceil(outputs / Math.ceil(outputs / most));
}
