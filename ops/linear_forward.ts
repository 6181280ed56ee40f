/**
 * `y[n, o] = bias[o] + sum over i of x[n, i] * weight[o, i]`: a lane makes one
 * output of several samples.
 * @module
 */
import type { KernelCall, KernelText, Profile } from "../core/op.ts";
import { type Product, productText, splitLanes, sumOf, widthOf } from "./linear_product.ts";

/** The kernel of `Linear`: x `[N, I]`, weight `[O, I]`, perhaps bias `[O]`, to `[N, O]`. */
export function linearForwardKernel(call: KernelCall<unknown>): KernelText {
  const [[samples, inputs], [outputs]] = call.inputs;
  const { profile } = call;
  const { lanes, groups } = splitLanes(outputs, profile);
  const rows = samplesPerGroup(samples, profile);
  const wide = widthOf(inputs) === 4;
  const product: Product = {
    depth: inputs,
    rows,
    width: 1,
    lanes,
    step: 4,
    stageAlongDepth: true,
    profile,
    own: (k, count) => {
      if (count === 4 && wide) {
        return `  let own = weight[(column * ${inputs}u + ${k}) / 4u];\n` +
          [..."xyzw"].map((c, j) => `  let own${j} = own.${c};\n`).join("");
      }
      return Array.from(
        { length: count },
        (_, j) => `  let own${j} = weight[column * ${inputs}u + ${k} + ${j}u];\n`,
      ).join("");
    },
  };
  const bias = call.inputs.length > 2;
  const finish = Array.from({ length: rows }, (_, row) => {
    const value = sumOf(product, row) + (bias ? " + offset" : "");
    const inside = [
      ...(samples % rows === 0 ? [] : [`row + ${row}u < ${samples}u`]),
      ...(lanes * groups === outputs ? [] : [`column < ${outputs}u`]),
    ].join(" && ");
    const call = `finish(row + ${row}u, column, ${value});`;
    return inside === "" ? `  ${call}\n` : `  if (${inside}) { ${call} }\n`;
  }).join("");
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<${wide ? "vec4f" : "f32"}>;
${bias ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;\n" : ""}${call.epilogue.elements()}
fn sample(k: u32, row: u32) -> f32 { return x[min(row, ${samples - 1}u) * ${inputs}u + k]; }
fn staged(k: u32, row: u32) -> vec4f {
  return vec4f(sample(k, row), sample(k, row + 1u), sample(k, row + 2u), sample(k, row + 3u));
}
${productText(product)}@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * ${rows}u;
  let column = group.x * ${lanes}u + lane;
  let own = min(column, ${outputs - 1}u);
  multiply(row, own, lane);
${bias ? "  let offset = bias[own];\n" : ""}${finish}}
`;
  return {
    name: `Linear${call.epilogue.suffix}`,
    wgsl,
    workgroups: [groups, Math.ceil(samples / rows), 1],
  };
}

/** Samples of a workgroup: many where loads cost, few where lanes are plenty. */
export function samplesPerGroup(samples: number, profile: Profile): number {
  return Math.min(profile.kind === "cpu" ? 16 : 4, Math.ceil(samples / 4) * 4);
}
