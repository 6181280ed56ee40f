/**
 * `y = x W^T + b` with few outputs of many inputs, as at a network's end, on a GPU: the lanes of a workgroup share the
 * terms of up to four outputs of a sample, and add up what they have.
 * @module
 */
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import { sumOfLanes } from "../core/graph/lanes.ts";
import { grid, vectorType } from "../core/graph/wgsl.ts";
import { rowsOf } from "./linear_product.ts";
import { finished } from "./linear_tiles.ts";

const LANES = 128;
/** With fewer terms lanes have too little to share. */
const LEAST_TERMS = 512;
/** With more outputs their lanes are enough. */
const MOST_OUTPUTS = 32;

/** The kernel, or null where it is not for this size or adapter. */
export function linearForwardDeep(call: KernelCall<unknown>): KernelText | null {
  const [x, [outputs, inputs]] = call.inputs;
  if (call.profile.kind === "cpu" || outputs >= MOST_OUTPUTS || inputs < LEAST_TERMS) return null;
  const own = Math.min(4, outputs);
  const blocks = Math.ceil(outputs / own);
  const total = rowsOf(x) * blocks;
  const [columns, rows] = grid(total);
  const width = inputs % 4 === 0 ? 4 : 1;
  const terms = inputs / width;
  const type = vectorType(width);
  const bias = call.inputs.length > 2;
  const line = (j: number) => `min(first + ${j}u, ${outputs - 1}u) * ${terms}u + k`;
  const product = (j: number) => width === 4 ? `dot(a, weight[${line(j)}])` : `a * weight[${line(j)}]`;
  const sums = [..."xyzw"].map((c, j) => `    sums.${c} += ${product(j)};\n`).slice(0, own);
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<${type}>;
@group(0) @binding(1) var<storage, read> weight: array<${type}>;
${bias ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;\n" : ""}${call.epilogue.elements()}
${sumOfLanes(LANES, "vec4f")}@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.y * ${columns}u + group.x;
  let row = min(index, ${total - 1}u) / ${blocks}u;
  let first = index % ${blocks}u * ${own}u;
  var sums = vec4f();
  for (var k = lane; k < ${terms}u; k += ${LANES}u) {
    let a = x[row * ${terms}u + k];
${sums.join("")}  }
  let all = sum_of_lanes(sums, lane);
  let column = first + lane;
  if (lane < ${own}u && column < ${outputs}u && index < ${total}u) {
${finished(x, outputs, bias ? "all[lane] + bias[column]" : "all[lane]")}
  }
}
`;
  return { name: "Linear", wgsl, workgroups: [columns, rows, 1] };
}
