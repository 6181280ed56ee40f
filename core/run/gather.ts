/**
 * The first kernel of a step: it picks the batch's samples out of the data set,
 * which lies on the GPU as it came (bytes with a table of their values, or floats).
 * @module
 */
import type { Field } from "../data/dataset.ts";
import type { KernelText } from "../graph/op.ts";
import { STEP_WGSL } from "./step.ts";
import { sizeOf } from "../base/shape.ts";
import { grid } from "../graph/wgsl.ts";

/** How one field of a data set lies on the GPU. */
export interface FieldLayout {
  /** Elements of one sample. */
  readonly size: number;
  /** Bytes looked up in a table of 256 values, floats, or whole numbers. */
  readonly kind: "bytes" | "f32" | "u32";
}

/** How a field lies where a device reads it. */
export function layoutOf(field: Field): FieldLayout {
  const kind = field.data instanceof Uint8Array ? "bytes" : field.data instanceof Uint32Array ? "u32" : "f32";
  return { size: sizeOf(field.shape), kind };
}

/** Neighbouring samples of a data set. */
export interface PartRange {
  /** The first of them. */
  readonly first: number;
  /** How many they are. */
  readonly count: number;
}

/** One lane for each entry of a table. */
const LANES = 256;

/** 32-bit words from one sample to the next. */
export function sampleWords(layout: FieldLayout): number {
  return layout.kind === "bytes" ? Math.ceil(layout.size / 4) : layout.size;
}

/** How many bindings a field takes. */
export function bindingsOf(layout: FieldLayout): number {
  return layout.kind === "bytes" ? 3 : 2;
}

/**
 * The kernel; bindings: order, then data and (for bytes) table and result of the
 * inputs, then data and (for bytes) table and result of the targets.
 *
 * @param part The samples that the data holds, where that is not all: the others are left to other kernels.
 */
export function gatherKernel(
  batch: number,
  inputs: FieldLayout,
  targets: FieldLayout,
  part: PartRange | null = null,
): KernelText {
  const first = field("input", 1, inputs, part);
  const second = field("target", 1 + bindingsOf(inputs), targets, part);
  const groups = Math.ceil(batch * first.pieces / LANES);
  const total = groups + Math.ceil(batch * second.pieces / LANES);
  const [columns, rows] = grid(total);
  return {
    name: "Batch",
    wgsl: `@group(0) @binding(0) var<storage, read> order: array<u32>;
${STEP_WGSL}${first.text}${second.text}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
${first.start}${second.start}  let block = group.y * ${columns}u + group.x;
  let piece = block * ${LANES}u + lane;
  if (block < ${groups}u) {
    copy_input(min(piece, ${batch * first.pieces - 1}u));
  } else {
    copy_target(min(piece - ${groups * LANES}u, ${batch * second.pieces - 1}u));
  }
}
`,
    workgroups: [columns, rows, 1],
  };
}

interface FieldText {
  /** How many invocations copy one sample. */
  readonly pieces: number;
  /** Bindings and `fn copy_<name>(piece: u32)`. */
  readonly text: string;
  /** What each workgroup does first: the table is read so often that it pays to stage it. */
  readonly start: string;
}

function field(name: string, binding: number, layout: FieldLayout, part: PartRange | null): FieldText {
  const words = sampleWords(layout);
  // Bytes are copied 16 at a time where samples allow it: it is the table that costs.
  const width = layout.kind === "bytes" && layout.size % 16 === 0 ? 4 : 1;
  const pieces = words / width;
  const source = `  let n = piece / ${pieces}u;
  let k = piece % ${pieces}u;
  let sample = order[min(step.start + n, arrayLength(&order) - 1u)]${part === null ? "" : ` - ${part.first}u`};
${
    part === null
      ? ""
      : `  if (sample >= ${part.count}u) { return; }\n`
  }  let value = ${name}_data[sample * ${pieces}u + k];
`;
  const declare = (offset: number, access: string, label: string, type: string) =>
    `@group(0) @binding(${binding + offset}) var<storage, ${access}> ${name}_${label}: array<${type}>;\n`;
  const copy = (body: string) => `fn copy_${name}(piece: u32) {\n${source}${body}}\n`;
  if (layout.kind !== "bytes") {
    const declarations = declare(0, "read", "data", layout.kind) + declare(1, "read_write", "result", layout.kind);
    return { pieces, text: declarations + copy(`  ${name}_result[piece] = value;\n`), start: "" };
  }
  const looked = (word: string) => [0, 8, 16, 24].map((shift) => `${name}_values[(${word} >> ${shift}u) & 255u]`);
  const whole = layout.size % 4 === 0;
  const declarations = declare(0, "read", "data", width === 4 ? "vec4u" : "u32") + declare(1, "read", "table", "f32") +
    declare(2, "read_write", "result", whole ? "vec4f" : "f32") + `var<workgroup> ${name}_values: array<f32, 256>;\n`;
  const start = `  ${name}_values[lane] = ${name}_table[lane];\n  workgroupBarrier();\n`;
  if (!whole) {
    const stores = looked("value").map((value, j) =>
      `  if (k * 4u + ${j}u < ${layout.size}u) { ${name}_result[n * ${layout.size}u + k * 4u + ${j}u] = ${value}; }\n`
    );
    return { pieces, text: declarations + copy(stores.join("")), start };
  }
  const parts = width === 4 ? [..."xyzw"].map((c) => `value.${c}`) : ["value"];
  const stores = parts.map((word, j) =>
    `  ${name}_result[piece * ${width}u + ${j}u] = vec4f(${looked(word).join(", ")});\n`
  );
  return { pieces, text: declarations + copy(stores.join("")), start };
}
