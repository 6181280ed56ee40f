/**
 * Convolution kernels of plain loops, one output for a lane: for kernels of so
 * many taps that a tiled text would be too long.
 * @module
 */
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import { sizeOf } from "../core/base/shape.ts";
import { declareResults, grid } from "../core/graph/wgsl.ts";
import type { Geometry } from "./conv2d_geometry.ts";

const LANES = 64;

/** The plain form of `Conv2d`. */
export function plainForward(g: Geometry, call: KernelCall<unknown>): KernelText {
  const { windowed } = call.epilogue;
  const step = windowed ? 2 : 1;
  const [rows, columns] = [g.rows / step, g.columns / step];
  const bias = call.inputs.length > 2;
  const store = windowed
    ? `finish_window(plane, row, col, vec4f(at(plane, row, col), at(plane, row, col + 1u), at(plane, row + 1u, col), at(plane, row + 1u, col + 1u)));`
    : "finish_at(plane, row, col, at(plane, row, col));";
  return text(
    "Conv2d",
    g.batch * g.filters * rows * columns,
    `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
${bias ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;\n" : ""}${
      windowed ? call.epilogue.windows() : call.epilogue.elements()
    }
fn at(plane: u32, row: u32, col: u32) -> f32 {
  let n = plane / ${g.filters}u;
  let k = plane % ${g.filters}u;
  var sum = ${bias ? "bias[k]" : "0.0"};
  for (var c = 0u; c < ${g.channels}u; c++) {
    for (var u = 0u; u < ${g.kernelRows}u; u++) {
      let i = row * ${g.stride[0]}u + u - ${g.padding[0]}u;
      for (var v = 0u; v < ${g.kernelColumns}u; v++) {
        let j = col * ${g.stride[1]}u + v - ${g.padding[1]}u;
        if (i < ${g.height}u && j < ${g.width}u) {
          sum += x[((n * ${g.channels}u + c) * ${g.height}u + i) * ${g.width}u + j] *
            weight[((k * ${g.channels}u + c) * ${g.kernelRows}u + u) * ${g.kernelColumns}u + v];
        }
      }
    }
  }
  return sum;
}
fn one(id: u32) {
  let plane = id / ${rows * columns}u;
  let row = id / ${columns}u % ${rows}u * ${step}u;
  let col = id % ${columns}u * ${step}u;
  ${store}
}`,
  );
}

/** The plain form of `Conv2dBackwardInput`. */
export function plainBackwardInput(g: Geometry, call: KernelCall<unknown>): KernelText {
  const [down, right] = g.stride;
  return text(
    "Conv2dBackwardInput",
    g.batch * g.channels * g.height * g.width,
    `@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
${call.epilogue.elements()}
fn one(id: u32) {
  let plane = id / ${g.height * g.width}u;
  let n = plane / ${g.channels}u;
  let c = plane % ${g.channels}u;
  let row = id / ${g.width}u % ${g.height}u;
  let col = id % ${g.width}u;
  var sum = 0.0;
  // The outputs whose kernel covers the element: one stride up before the division, which rounds towards zero.
  let i0 = max(i32(row) + ${g.padding[0] - g.kernelRows + down}, 0) / ${down};
  let j0 = max(i32(col) + ${g.padding[1] - g.kernelColumns + right}, 0) / ${right};
  let i1 = min((i32(row) + ${g.padding[0]}) / ${down}, ${g.rows - 1});
  let j1 = min((i32(col) + ${g.padding[1]}) / ${right}, ${g.columns - 1});
  for (var k = 0u; k < ${g.filters}u; k++) {
    for (var i = i0; i <= i1; i++) {
      let u = row + ${g.padding[0]}u - u32(i) * ${down}u;
      for (var j = j0; j <= j1; j++) {
        let v = col + ${g.padding[1]}u - u32(j) * ${right}u;
        sum += dy[((n * ${g.filters}u + k) * ${g.rows}u + u32(i)) * ${g.columns}u + u32(j)] *
          weight[((k * ${g.channels}u + c) * ${g.kernelRows}u + u) * ${g.kernelColumns}u + v];
      }
    }
  }
  finish_at(plane, row, col, sum);
}`,
  );
}

/** The plain form of `Conv2dBackwardWeight`. */
export function plainBackwardWeight(g: Geometry, call: KernelCall<{ readonly bias: boolean }>): KernelText {
  const weights = sizeOf([g.filters, g.channels, g.taps]);
  const [forWeight, forBias] = [call.used[0] ?? true, call.attributes.bias && (call.used[1] ?? true)];
  const over = (sum: string) =>
    `  for (var n = 0u; n < ${g.batch}u; n++) {
    for (var row = 0u; row < ${g.rows}u; row++) {
      for (var col = 0u; col < ${g.columns}u; col++) { sum += ${sum}; }
    }
  }`;
  const dy = `dy[((n * ${g.filters}u + k) * ${g.rows}u + row) * ${g.columns}u + col]`;
  const weight = `  let k = id / ${g.channels * g.taps}u;
  let c = id / ${g.taps}u % ${g.channels}u;
  let u = id / ${g.kernelColumns}u % ${g.kernelRows}u;
  let v = id % ${g.kernelColumns}u;
${
    over(
      `${dy} * near(n * ${g.channels}u + c, row * ${g.stride[0]}u + u - ${g.padding[0]}u, col * ${g.stride[1]}u + v - ${
        g.padding[1]
      }u)`,
    )
  }
  dweight[id] = sum;`;
  const bias = `  let k = id - ${weights}u;
${over(dy)}
  dbias[k] = sum;`;
  return text(
    "Conv2dBackwardWeight",
    weights + g.filters,
    `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
${declareResults(["dweight", "dbias"], [forWeight, forBias], 2)}
fn near(plane: u32, i: u32, j: u32) -> f32 {
  let inside = i < ${g.height}u && j < ${g.width}u;
  return select(0.0, x[select(0u, (plane * ${g.height}u + i) * ${g.width}u + j, inside)], inside);
}
fn one(id: u32) {
  var sum = 0.0;
  if (id < ${weights}u) {
${forWeight ? weight : ""}
  } else {
${forBias ? bias : ""}
  }
}`,
  );
}

function text(name: string, count: number, functions: string): KernelText {
  const [x, y] = grid(Math.ceil(count / LANES));
  const wgsl = `${functions}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let id = (group.y * ${x}u + group.x) * ${LANES}u + lane;
  if (id < ${count}u) { one(id); }
}
`;
  return { name, wgsl, workgroups: [x, y, 1] };
}
