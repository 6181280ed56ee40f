/**
 * `dx[n, i] = sum over o of dy[n, o] * weight[o, i]`: a lane makes up to four
 * neighbouring inputs of several samples.
 * @module
 */
import { ONE_TAP } from "../core/graph/cpu_form.ts";
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { ShapeError } from "../core/base/errors.ts";
import { showShape } from "../core/base/shape.ts";
import { samplesPerGroup } from "./linear_forward.ts";
import { vectorType } from "../core/graph/wgsl.ts";
import {
  byRowsOf,
  finishRow,
  type Product,
  productText,
  rowsOf,
  rowsOfSample,
  splitLanes,
  stagedRowText,
  widthOf,
} from "./linear_product.ts";
import { linearBackwardInputTiles } from "./linear_tiles.ts";

/** The gradient of the input of `Linear`: dy `[N, ..., O]`, weight `[O, I]`, to `[N, ..., I]`. */
export const LinearBackwardInputOp: OpDefinition<null> = {
  name: "LinearBackwardInput",
  shapes([gradient, weight]) {
    if (gradient.length < 2 || weight.length !== 2 || gradient.at(-1) !== weight[0]) {
      throw new ShapeError(
        `LinearBackwardInput: dy is ${showShape(gradient)} and weight is ${showShape(weight)}, ` +
          `expected dy of shape [N, ..., O] and weight of shape [O, I]; pass the gradient of the output of this layer`,
      );
    }
    return [[...gradient.slice(0, -1), weight[1]]];
  },
  kernel: linearBackwardInputKernel,
  cpu: ({ inputs: [dy, [channels, results]] }) => ({
    kind: "products",
    axes: [ONE_TAP, ONE_TAP],
    turned: true,
    results,
    channels,
    resultStride: 1,
    channelStride: results,
    rows: rowsOfSample(dy),
  }),
  carries: ["map", "spread"],
  cases: [
    { name: "odd sizes", inputs: [[5, 7], [7, 13]], attributes: null },
    { name: "one sample, rows of fours", inputs: [[1, 3], [3, 8]], attributes: null },
    { name: "rows of a sample", inputs: [[3, 4, 7], [7, 13]], attributes: null },
  ],
};

/** The kernel, which is also that of `x W` with W `[I, O]`. */
export function linearBackwardInputKernel(call: KernelCall<unknown>): KernelText {
  const tiles = linearBackwardInputTiles(call);
  if (tiles !== null) return tiles;
  const [dy, [outputs, inputs]] = call.inputs;
  const samples = rowsOf(dy);
  const { profile } = call;
  const width = widthOf(inputs, outputs, profile);
  const columns = inputs / width;
  const { lanes, groups } = splitLanes(columns, profile);
  const rows = samplesPerGroup(samples, profile);
  const product: Product = {
    depth: outputs,
    rows,
    width,
    lanes,
    stageAlongDepth: true,
    profile,
    term: (k) => `weight[(${k}) * ${columns}u + column]`,
  };
  const finish = Array.from({ length: width }, (_, j) => {
    const value = width === 1 ? "results[r]" : `results[r].${"xyzw"[j]}`;
    return `      ${finishRow(dy, inputs)}column * ${width}u + ${j}u, ${value});\n`;
  }).join("");
  const wgsl = `@group(0) @binding(0) var<storage, read> dy: array<${outputs % 4 === 0 ? "vec4f" : "f32"}>;
@group(0) @binding(1) var<storage, read> weight: array<${vectorType(width)}>;
${call.epilogue.elements()}
${stagedRowText("dy", samples, outputs)}${productText(product)}@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * ${rows}u;
  let column = group.x * ${lanes}u + lane;
  multiply(row, min(column, ${columns - 1}u), lane);
  let end = min(${rows}u, ${samples}u - row);
  for (var r = 0u; r < end; r++) {
    if (column < ${columns}u) {
${finish}    }
  }
}
`;
  return {
    name: "LinearBackwardInput",
    wgsl,
    workgroups: [groups, Math.ceil(samples / rows), 1],
    ...byRowsOf(dy, rows, groups),
  };
}
