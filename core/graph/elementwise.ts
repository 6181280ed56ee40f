/**
 * The kernel of every operation that works element by element.
 * @module
 */
import type { KernelCall, KernelText } from "./op.ts";
import { sizeOf } from "../base/shape.ts";
import { declareInputs, grid, type WgslFunction } from "./wgsl.ts";

const LANES = 64;

/**
 * `output[i] = fn(input0[i], input1[i], ...)` for inputs of one shape; carries stages.
 */
export function elementwise(name: string, call: KernelCall<unknown>, fn: WgslFunction): KernelText {
  const size = sizeOf(call.outputs[0]);
  const features = sizeOf(call.outputs[0].slice(1));
  const [columns, rows] = grid(Math.ceil(size / LANES));
  return {
    name,
    wgsl: `${declareInputs(call.inputs.length)}
${call.epilogue.elements(fn)}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * ${columns}u + group.x) * ${LANES}u + lane;
  let i = min(index, ${size - 1}u);
  let v = ${fn.name}(${call.inputs.map((_, k) => `input${k}[i]`).join(", ")});
  if (index < ${size}u) {
    finish(i / ${features}u, i % ${features}u, v);
  }
}
`,
    workgroups: [columns, rows, 1],
    cpu: { kind: "map", fn },
  };
}
