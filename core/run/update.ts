/**
 * The kernel that applies an optimiser to the flat buffer of all parameters.
 *
 * Parameters start at multiples of {@linkcode BLOCK} floats, so that a workgroup
 * belongs to one parameter; a table tells it where the gradient's partial sums lie.
 * @module
 */
import type { KernelText } from "../graph/op.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { STEP_WGSL } from "./step.ts";
import { grid } from "../graph/wgsl.ts";

const LANES = 64;

/** Set beside the lanes in use where a block is assigned. */
const ASSIGNED = 0x80000000;

/** Floats per workgroup, four a lane, and the alignment of each parameter in the flat buffers. */
export const BLOCK = LANES * 4;

/** A parameter in the flat buffers; counted in floats. */
export interface Segment {
  /** The parameter's name. */
  readonly name: string;
  /** Where it starts. */
  readonly start: number;
  /** How many elements it has. */
  readonly size: number;
  /** Whether it is a buffer, which becomes what is in its gradient's place. */
  readonly assigned: boolean;
}

/** Where a parameter's gradient lies in the flat buffer of gradients; counted in floats. */
export interface GradientSlice {
  /** Where its first partial sum starts. */
  readonly start: number;
  /** How many partial sums follow one another. */
  readonly partials: number;
  /** The elements of each. */
  readonly size: number;
}

/** Rounds a number of floats up to a whole block. */
export function wholeBlocks(floats: number): number {
  return Math.ceil(floats / BLOCK) * BLOCK;
}

/** The table that the kernel reads: per block (gradient start, size, partials, lanes in use and whether it is assigned). */
export function blockTable(
  segments: readonly Segment[],
  gradients: ReadonlyMap<string, GradientSlice>,
): Uint32Array<ArrayBuffer> {
  const last = segments.at(-1);
  const blocks = last === undefined ? 0 : wholeBlocks(last.start + last.size) / BLOCK;
  const table = new Uint32Array(Math.max(1, blocks) * 4);
  for (const { name, start, size, assigned } of segments) {
    const gradient = gradients.get(name);
    if (gradient === undefined) continue;
    for (let at = 0; at < size; at += BLOCK) {
      const lanes = Math.min(BLOCK, size - at) + (assigned ? ASSIGNED : 0);
      const entry = [gradient.start + at, size, gradient.partials, lanes];
      table.set(entry, (start + at) / BLOCK * 4);
    }
  }
  return table;
}

/** The kernel; bindings: table, gradients, parameters, then the optimiser's state. */
export function updateKernel(optimizer: Optimizer, blocks: number): KernelText {
  const state = optimizer.state.map((_, k) =>
    `@group(0) @binding(${3 + k}) var<storage, read_write> state${k}: array<f32>;`
  );
  const [columns, rows] = grid(blocks);
  return {
    name: optimizer.name,
    wgsl: `@group(0) @binding(0) var<storage, read> table: array<vec4u>;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
${state.join("\n")}
${STEP_WGSL}${optimizer.wgsl}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = min(group.y * ${columns}u + group.x, ${blocks - 1}u);
  let entry = table[block];
  let first = vec4u(lane * 4u) + vec4u(0u, 1u, 2u, 3u);
  let lanes = entry.w & ${ASSIGNED - 1}u;
  let at = vec4u(entry.x) + min(first, vec4u(max(lanes, 1u) - 1u));
  var g = vec4f();
  for (var k = 0u; k < entry.z; k++) {
    let term = at + vec4u(k * entry.y);
    g += vec4f(gradients[term.x], gradients[term.y], gradients[term.z], gradients[term.w]);
  }
  // Beyond a parameter's end the gradient is zero, and so the update does nothing there.
  g = select(vec4f(), g, first < vec4u(lanes));
  if (group.y * ${columns}u + group.x < ${blocks}u) {
    let i = block * ${BLOCK}u + lane * 4u;
    if (entry.w > lanes) {
      parameters[i] = g.x;
      parameters[i + 1u] = g.y;
      parameters[i + 2u] = g.z;
      parameters[i + 3u] = g.w;
    } else {
      update(i, g.x);
      update(i + 1u, g.y);
      update(i + 2u, g.z);
      update(i + 3u, g.w);
    }
  }
}
`,
    workgroups: [columns, rows, 1],
  };
}
