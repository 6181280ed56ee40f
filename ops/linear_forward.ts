/**
 * `y[n, o] = bias[o] + sum over i of x[n, i] * weight[o, i]`: a lane makes one
 * output of several samples.
 * @module
 */
import type { KernelCall, KernelText, Profile } from "../core/graph/op.ts";
import { byRowsOf, finishRow, type Product, productText, rowsOf, splitLanes, stagedRowText } from "./linear_product.ts";
import { linearForwardDeep } from "./linear_deep.ts";
import { linearForwardTiles } from "./linear_tiles.ts";

/** The kernel of `Linear`: x `[N, ..., I]`, weight `[O, I]`, perhaps bias `[O]`, to `[N, ..., O]`. */
export function linearForwardKernel(call: KernelCall<unknown>): KernelText {
  const special = linearForwardTiles(call) ?? linearForwardDeep(call);
  if (special !== null) return special;
  const [x, [outputs, inputs]] = call.inputs;
  const samples = rowsOf(x);
  const { profile } = call;
  const { lanes, groups } = splitLanes(outputs, profile);
  const rows = samplesPerGroup(samples, profile);
  const wide = inputs % 4 === 0;
  const product: Product = {
    depth: inputs,
    rows,
    width: 1,
    lanes,
    stageAlongDepth: true,
    profile,
    term: (k) => `weight[column * ${inputs}u + ${k}]`,
    ...(wide ? { terms: (k: string) => `weight[(column * ${inputs}u + ${k}) / 4u]` } : {}),
  };
  const bias = call.inputs.length > 2;
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<${wide ? "vec4f" : "f32"}>;
@group(0) @binding(1) var<storage, read> weight: array<${wide ? "vec4f" : "f32"}>;
${bias ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;\n" : ""}${call.epilogue.elements()}
${stagedRowText("x", samples, inputs)}${productText(product)}@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * ${rows}u;
  let column = group.x * ${lanes}u + lane;
  let own = min(column, ${outputs - 1}u);
  multiply(row, own, lane);
${bias ? "  let offset = bias[own];\n" : ""}  let end = min(${rows}u, ${samples}u - row);
  for (var r = 0u; r < end; r++) {
    if (column < ${outputs}u) { ${finishRow(x, outputs)}column, results[r]${bias ? " + offset" : ""}); }
  }
}
`;
  return {
    name: "Linear",
    wgsl,
    workgroups: [groups, Math.ceil(samples / rows), 1],
    ...byRowsOf(x, rows, groups),
  };
}

/** Samples of a workgroup: many where loads cost, few where lanes are plenty. */
export function samplesPerGroup(samples: number, profile: Profile): number {
  return Math.min(profile.kind === "cpu" ? 16 : 4, Math.ceil(samples / 4) * 4);
}
