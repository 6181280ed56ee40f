/**
 * `dweight[o, i] = sum over n of dy[n, o] * x[n, i]` and
 * `dbias[o] = sum over n of dy[n, o]`: a lane makes up to four neighbouring
 * inputs of several outputs, for a share of the batch.
 * @module
 */
import type { KernelCall, KernelText, OpDefinition, Profile } from "../core/op.ts";
import { ShapeError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { type Product, productText, splitLanes, sumOf, vectorType, widthOf } from "./linear_product.ts";

/** Attributes of {@linkcode LinearBackwardWeightOp}. */
export interface LinearBackwardWeightAttributes {
  /** Whether the layer has a bias, so that there is a second output. */
  readonly bias: boolean;
}

/** The most floats of partial sums that are worth their traffic. */
const PARTIALS_LIMIT = 131072;

/**
 * The gradients of weight and bias of `Linear`: x `[N, I]`, dy `[N, O]`, to
 * `[O, I]` and, with a bias, `[O]`; as partial sums where the reader takes them.
 */
export const LinearBackwardWeightOp: OpDefinition<LinearBackwardWeightAttributes> = {
  name: "LinearBackwardWeight",
  shapes([input, gradient], { bias }) {
    if (input.length !== 2 || gradient.length !== 2 || input[0] !== gradient[0]) {
      throw new ShapeError(
        `LinearBackwardWeight: x is ${showShape(input)} and dy is ${showShape(gradient)}, ` +
          `expected x of shape [N, I] and dy of shape [N, O]; pass the input and the gradient of the output of one layer`,
      );
    }
    const weight = [gradient[1], input[1]];
    return bias ? [weight, [gradient[1]]] : [weight];
  },
  kernel: linearBackwardWeightKernel,
  cases: [
    { name: "odd sizes", inputs: [[5, 13], [5, 7]], attributes: { bias: true } },
    { name: "one sample, no bias", inputs: [[1, 8], [1, 3]], attributes: { bias: false } },
  ],
};

function linearBackwardWeightKernel(call: KernelCall<LinearBackwardWeightAttributes>): KernelText {
  const [[samples, inputs], [, outputs]] = call.inputs;
  const { profile, used } = call;
  const width = widthOf(inputs);
  const columns = inputs / width;
  const { lanes, groups } = splitLanes(columns, profile);
  const rows = outputsPerGroup(outputs, profile);
  const most = Math.max(1, Math.min(call.maxPartials, 4, Math.floor(PARTIALS_LIMIT / (inputs * outputs))));
  const depth = Math.ceil(samples / most);
  const partials = Math.ceil(samples / depth);
  const even = partials * depth === samples;
  const product: Product = {
    depth,
    rows,
    width,
    lanes,
    step: 4,
    stageAlongDepth: false,
    profile,
    own: (k, count) =>
      Array.from({ length: count }, (_, j) => {
        const sample = `start + ${k} + ${j}u`;
        return `  let own${j} = x[${
          even ? `(${sample})` : `min(${sample}, ${samples - 1}u)`
        } * ${columns}u + column];\n`;
      }).join(""),
  };
  const wide = outputs % 4 === 0;
  const element = (j: number) => `dy[n * ${outputs}u + min(row + ${j}u, ${outputs - 1}u)]`;
  const quad = wide
    ? `dy[(n * ${outputs}u + min(row, ${outputs - 4}u)) / 4u]`
    : `vec4f(${[0, 1, 2, 3].map(element).join(", ")})`;
  const common = even
    ? `  let n = start + k;\n  return ${quad};`
    : `  let n = min(start + k, ${samples - 1}u);\n  return select(vec4f(), ${quad}, start + k < ${samples}u);`;
  const store = Array.from({ length: rows }, (_, row) => {
    const inside = [
      ...(outputs % rows === 0 ? [] : [`row + ${row}u < ${outputs}u`]),
      ...(lanes * groups === columns ? [] : [`column < ${columns}u`]),
    ].join(" && ");
    const text = `dweight[to + ${row * columns}u] = ${sumOf(product, row)};`;
    return inside === "" ? `  ${text}\n` : `  if (${inside}) { ${text} }\n`;
  }).join("");
  const [dweight, dbias = false] = used;
  const output = (i: number, name: string, type: string) =>
    `@group(0) @binding(${i}) var<storage, read_write> ${name}: array<${type}>;\n`;
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<${vectorType(width)}>;
@group(0) @binding(1) var<storage, read> dy: array<${wide ? "vec4f" : "f32"}>;
${dweight ? output(2, "dweight", vectorType(width)) : ""}${dbias ? output(dweight ? 3 : 2, "dbias", "f32") : ""}
var<private> start: u32;
fn staged(k: u32, row: u32) -> vec4f {
${common}
}
${productText(product)}${
    dbias ? biasText(outputs, rows, depth, samples, even, wide) : ""
  }@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  start = group.z * ${depth}u;
  let row = group.y * ${rows}u;
  let column = group.x * ${lanes}u + lane;
${
    dweight
      ? `  multiply(row, min(column, ${columns - 1}u), lane);
  let to = (group.z * ${outputs}u + row) * ${columns}u + column;
${store}`
      : ""
  }${dbias ? `  if (group.x == 0u) { add_bias(group.z, row, lane); }\n` : ""}}
`;
  return {
    name: "LinearBackwardWeight",
    wgsl: wgsl.replaceAll("LANES", `${lanes}`),
    workgroups: [groups, Math.ceil(outputs / rows), partials],
    partials,
  };
}

/** Defines `add_bias`: lanes sum dy over the samples, an output each. */
function biasText(
  outputs: number,
  rows: number,
  depth: number,
  samples: number,
  even: boolean,
  wide: boolean,
): string {
  const at = wide ? `dy[(n * ${outputs}u + o) / 4u][o % 4u]` : `dy[n * ${outputs}u + o]`;
  return `fn add_bias(partial: u32, row: u32, lane: u32) {
  for (var o = row + lane; o < min(row + ${rows}u, ${outputs}u); o += LANESu) {
    var sum = 0.0;
    let end = ${even ? `start + ${depth}u` : `min(start + ${depth}u, ${samples}u)`};
    for (var n = start; n < end; n++) { sum += ${at}; }
    dbias[partial * ${outputs}u + o] = sum;
  }
}
`;
}

/** Outputs of a workgroup: the fewer groups, the fewer reads of x. */
function outputsPerGroup(outputs: number, profile: Profile): number {
  const most = profile.kind === "cpu" ? 24 : 8;
  const groups = Math.ceil(outputs / most);
  return Math.ceil(outputs / groups / 4) * 4;
}
