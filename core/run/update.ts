/**
 * The kernel that applies an optimiser to the flat buffer of all parameters.
 *
 * Parameters start at multiples of {@linkcode BLOCK} floats, so that a workgroup
 * belongs to one parameter; a table tells it where the gradient's partial sums lie,
 * and by which numbers its parameter is updated.
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import type { KernelText } from "../graph/op.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { STEP_WGSL } from "./step.ts";
import { grid } from "../graph/wgsl.ts";

const LANES = 64;

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

/** Which parameters are updated, each by a row of numbers, of which every step brings its own. */
export interface UpdateRows {
  /** The row of each parameter that is trained, by name; all others are left alone. */
  readonly of: ReadonlyMap<string, number>;
  /** How many rows there are. */
  readonly count: number;
}

/** How an update is made. */
export interface UpdateRequest {
  /** The rule. */
  readonly optimizer: Optimizer;
  /** Which parameters. */
  readonly rows: UpdateRows;
  /** The gradient's greatest norm, over all parameters; null: any. */
  readonly clipGradNorm: number | null;
  /** Whether gradients of several steps may be added up. */
  readonly accumulates: boolean;
}

/** How many numbers a step brings. */
export function numbersOf({ optimizer, rows }: UpdateRequest): number {
  return rows.count * optimizer.numbers.length;
}

/** What is said where a loss and a model have no trained parameter in common. */
export function nothingToTrain(): ArgumentError {
  return new ArgumentError("the loss depends on no parameter of the model, so there is nothing to train");
}

/** Rounds a number of floats up to a whole block. */
export function wholeBlocks(floats: number): number {
  return Math.ceil(floats / BLOCK) * BLOCK;
}

/** Numbers of a block in the table: gradient start, size, partials, lanes in use, row. */
const ENTRY = 5;

/** The row of what is assigned. */
const ASSIGNED = 0xffffffff;

/** The table that the kernels read; a block whose parameter is left alone has no lanes in use. */
export function blockTable(
  segments: readonly Segment[],
  gradients: ReadonlyMap<string, GradientSlice>,
  rows: UpdateRows,
): Uint32Array<ArrayBuffer> {
  const last = segments.at(-1);
  const blocks = last === undefined ? 0 : wholeBlocks(last.start + last.size) / BLOCK;
  const table = new Uint32Array(Math.max(1, blocks) * ENTRY);
  for (const { name, start, size, assigned } of segments) {
    const gradient = gradients.get(name);
    const row = assigned ? ASSIGNED : rows.of.get(name);
    if (gradient === undefined || row === undefined) continue;
    for (let at = 0; at < size; at += BLOCK) {
      const entry = [gradient.start + at, size, gradient.partials, Math.min(BLOCK, size - at), row];
      table.set(entry, (start + at) / BLOCK * ENTRY);
    }
  }
  return table;
}

/** Floats that an update needs beside parameters and moments: sums of gradients, squares of blocks, the norm's factor. */
export function scratchFloats(blocks: number, { accumulates, clipGradNorm }: UpdateRequest): number {
  return (accumulates ? blocks * BLOCK : 0) + (clipGradNorm === null ? 0 : blocks + 1);
}

/** What the kernels of an update have in common: bindings 0 to 2 are table, gradients and, where it is needed, scratch. */
function common(blocks: number, request: UpdateRequest): { readonly text: string; readonly bindings: number } {
  const { accumulates } = request;
  const scratch = scratchFloats(blocks, request) > 0;
  const kept = accumulates
    ? `
  if ((step.phase & 1u) == 0u && entry.row != ${ASSIGNED}u) {
    let k = block * ${BLOCK}u + lane * 4u;
    g += vec4f(scratch[k], scratch[k + 1u], scratch[k + 2u], scratch[k + 3u]);
  }`
    : "";
  return {
    text: `struct Block {
  start: u32,
  size: u32,
  partials: u32,
  lanes: u32,
  row: u32,
}
@group(0) @binding(0) var<storage, read> table: array<Block>;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
${scratch ? "@group(0) @binding(2) var<storage, read_write> scratch: array<f32>;\n" : ""}${STEP_WGSL}
// Beyond a parameter's end the gradient is zero, and so the update does nothing there.
fn gradient(entry: Block, block: u32, lane: u32) -> vec4f {
  let first = vec4u(lane * 4u) + vec4u(0u, 1u, 2u, 3u);
  let at = vec4u(entry.start) + min(first, vec4u(max(entry.lanes, 1u) - 1u));
  var g = vec4f();
  for (var k = 0u; k < entry.partials; k++) {
    let term = at + vec4u(k * entry.size);
    g += vec4f(gradients[term.x], gradients[term.y], gradients[term.z], gradients[term.w]);
  }
  g = select(vec4f(), g, first < vec4u(entry.lanes));${kept}
  return g;
}
`,
    bindings: scratch ? 3 : 2,
  };
}

/** Where the squares of blocks begin in the scratch; the factor is behind them. */
function squaresAt(blocks: number, { accumulates }: UpdateRequest): number {
  return accumulates ? blocks * BLOCK : 0;
}

/** The sum of the lanes' numbers, in a fixed order; all lanes have to come by. */
function laneSum(lanes: number): string {
  return `var<workgroup> sums: array<f32, ${lanes}>;
fn lane_sum(lane: u32, own: f32) -> f32 {
  sums[lane] = own;
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  return sums[0];
}
`;
}

/** The kernel that squares and adds up each block's gradients; bindings: table, gradients, scratch. */
export function squaresKernel(blocks: number, request: UpdateRequest): KernelText {
  const [columns, rows] = grid(blocks);
  return {
    name: "GradSquares",
    wgsl: `${common(blocks, request).text}${laneSum(LANES)}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) place: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = min(place.y * ${columns}u + place.x, ${blocks - 1}u);
  let g = gradient(table[block], block, lane);
  let sum = lane_sum(lane, select(dot(g, g), 0.0, table[block].row == ${ASSIGNED}u));
  if (lane == 0u) { scratch[${squaresAt(blocks, request)}u + block] = sum; }
}
`,
    workgroups: [columns, rows, 1],
  };
}

const MANY = 256;

/**
 * The kernel that makes the factor of `torch.nn.utils.clip_grad_norm_`, `min(1, most / (norm + 1e-6))`, out of the
 * squares; binding: scratch.
 */
export function factorKernel(blocks: number, request: UpdateRequest): KernelText {
  const first = squaresAt(blocks, request);
  return {
    name: "ClipGradNorm",
    wgsl: `@group(0) @binding(0) var<storage, read_write> scratch: array<f32>;
${laneSum(MANY)}
@compute @workgroup_size(${MANY})
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = 0.0;
  for (var block = lane; block < ${blocks}u; block += ${MANY}u) { own += scratch[${first}u + block]; }
  let norm = sqrt(lane_sum(lane, own));
  if (lane == 0u) { scratch[${first + blocks}u] = min(1.0, ${request.clipGradNorm} / (norm + 1e-6)); }
}
`,
    workgroups: [1, 1, 1],
  };
}

/** The kernel; bindings: table, gradients, scratch where it is needed, numbers, parameters, then the optimiser's state. */
export function updateKernel(blocks: number, request: UpdateRequest): KernelText {
  const { optimizer, rows: { count }, clipGradNorm, accumulates } = request;
  const { text, bindings } = common(blocks, request);
  const state = optimizer.state.map((_, k) =>
    `@group(0) @binding(${bindings + 2 + k}) var<storage, read_write> state${k}: array<f32>;\n`
  );
  const { numbers } = optimizer;
  const [columns, rows] = grid(blocks);
  const clip = clipGradNorm === null ? "" : `    g *= scratch[${squaresAt(blocks, request) + blocks}u];\n`;
  const wait = accumulates
    ? `    if ((step.phase & 2u) == 0u) {
      for (var k = 0u; k < 4u; k++) { scratch[i + k] = g[k]; }
      return;
    }
`
    : "";
  return {
    name: optimizer.name,
    wgsl: `${text}@group(0) @binding(${bindings}) var<storage, read> numbers: array<f32>;
@group(0) @binding(${bindings + 1}) var<storage, read_write> parameters: array<f32>;
${state.join("")}struct Group {
${numbers.map((name) => `  ${name}: f32,\n`).join("")}}
var<private> group: Group;
${optimizer.wgsl}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) place: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = min(place.y * ${columns}u + place.x, ${blocks - 1}u);
  let entry = table[block];
  var g = gradient(entry, block, lane);
  if (place.y * ${columns}u + place.x < ${blocks}u && entry.lanes > 0u) {
    let i = block * ${BLOCK}u + lane * 4u;
    if (entry.row == ${ASSIGNED}u) {
      for (var k = 0u; k < 4u; k++) { parameters[i + k] = g[k]; }
      return;
    }
${wait}${clip}    let first = (step.index * ${count}u + entry.row) * ${numbers.length}u;
    group = Group(${numbers.map((_, k) => `numbers[first + ${k}u]`).join(", ")});
    update(i, g.x);
    update(i + 1u, g.y);
    update(i + 2u, g.z);
    update(i + 3u, g.w);
  }
}
`,
    workgroups: [columns, rows, 1],
  };
}
