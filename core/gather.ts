/**
 * The first kernel of a step: it picks the batch's samples out of the data set,
 * which lies on the GPU as it came (bytes with a table of their values, or floats).
 * @module
 */
import type { KernelText } from "./op.ts";
import { STEP_WGSL } from "./step.ts";

/** How one field of a data set lies on the GPU. */
export interface FieldLayout {
  /** Elements of one sample. */
  readonly size: number;
  /** Bytes looked up in a table of 256 values, floats, or whole numbers. */
  readonly kind: "bytes" | "f32" | "u32";
}

const LANES = 64;

/** 32-bit words from one sample to the next. */
export function sampleWords(layout: FieldLayout): number {
  return layout.kind === "bytes" ? Math.ceil(layout.size / 4) : layout.size;
}

/**
 * The kernel; bindings: order, then data and (for bytes) table and result of the
 * inputs, then data and (for bytes) table and result of the targets.
 */
export function gatherKernel(batch: number, inputs: FieldLayout, targets: FieldLayout): KernelText {
  const first = field("input", 1, inputs);
  const second = field("target", 1 + bindingsOf(inputs), targets);
  const groups = Math.ceil(batch * sampleWords(inputs) / LANES);
  const total = groups + Math.ceil(batch * sampleWords(targets) / LANES);
  const columns = Math.min(total, 65535);
  return {
    name: "Batch",
    wgsl: `@group(0) @binding(0) var<storage, read> order: array<u32>;
${STEP_WGSL}${first}${second}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.y * ${columns}u + group.x;
  let word = block * ${LANES}u + lane;
  if (block < ${groups}u) {
    copy_input(min(word, ${batch * sampleWords(inputs) - 1}u));
  } else {
    copy_target(min(word - ${groups * LANES}u, ${batch * sampleWords(targets) - 1}u));
  }
}
`,
    workgroups: [columns, Math.ceil(total / columns), 1],
  };
}

/** How many bindings a field takes. */
export function bindingsOf(layout: FieldLayout): number {
  return layout.kind === "bytes" ? 3 : 2;
}

/** `fn copy_<name>(word)`: one 32-bit word of one sample of the batch. */
function field(name: string, binding: number, layout: FieldLayout): string {
  const words = sampleWords(layout);
  const source = `  let n = word / ${words}u;
  let k = word % ${words}u;
  let sample = order[min(step.start + n, arrayLength(&order) - 1u)];
  let value = ${name}_data[sample * ${words}u + k];
`;
  const declare = (offset: number, access: string, label: string, type: string) =>
    `@group(0) @binding(${binding + offset}) var<storage, ${access}> ${name}_${label}: array<${type}>;\n`;
  if (layout.kind !== "bytes") {
    return declare(0, "read", "data", layout.kind) + declare(1, "read_write", "result", layout.kind) +
      `fn copy_${name}(word: u32) {\n${source}  ${name}_result[word] = value;\n}\n`;
  }
  const whole = layout.size % 4 === 0;
  const looked = [0, 8, 16, 24].map((shift) => `${name}_table[(value >> ${shift}u) & 255u]`);
  const store = whole
    ? `  ${name}_result[word] = vec4f(${looked.join(", ")});\n`
    : looked.map((value, j) =>
      `  if (k * 4u + ${j}u < ${layout.size}u) { ${name}_result[n * ${layout.size}u + k * 4u + ${j}u] = ${value}; }\n`
    ).join("");
  return declare(0, "read", "data", "u32") + declare(1, "read", "table", "f32") +
    declare(2, "read_write", "result", whole ? "vec4f" : "f32") + `fn copy_${name}(word: u32) {\n${source}${store}}\n`;
}
