/**
 * The gradient of a convolution's input:
 * `dx[n, c, i, j] = sum over k, u, v of dy[n, k, (i + p - u) / s, (j + p - v) / s] weight[k, c, u, v]`,
 * the quotients being whole. A lane makes a tile of one or a few channels of dx
 * and walks over the filters; which tap meets which element of dy is known when
 * the text is written, so no product with a zero is computed.
 * @module
 */
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { grid, vectorType } from "../core/graph/wgsl.ts";
import type { Shape } from "../core/base/shape.ts";
import {
  axesOf,
  type Conv2dAttributes,
  divisorUpTo,
  generalOf,
  type Geometry,
  geometryOf,
  guarded,
  isTiled,
  part,
  range,
  type TileReader,
  tileReader,
} from "./conv2d_geometry.ts";
import { plainBackwardInput } from "./conv2d_plain.ts";
import { convTurnedTiles } from "./conv_tiles.ts";

/** Attributes of {@linkcode Conv2dBackwardInputOp}. */
export interface Conv2dBackwardInputAttributes extends Conv2dAttributes {
  /** The shape of the convolution's input `[N, C, H, W]`, which stride and padding alone do not tell. */
  readonly inputShape: Shape;
}

/** The gradient of the input: dy `[N, K, rows, columns]`, weight `[K, C, kh, kw]`, to `[N, C, H, W]`. */
export const Conv2dBackwardInputOp: OpDefinition<Conv2dBackwardInputAttributes> = {
  name: "Conv2dBackwardInput",
  shapes: (_inputs, { inputShape }) => [inputShape],
  kernel: backwardInputKernel,
  cpu({ inputs: [, weight], attributes }) {
    const g = geometryOf(attributes.inputShape, weight, attributes);
    const { channels: results, filters: channels, taps } = g;
    const strides = { resultStride: taps, channelStride: results * taps };
    return { kind: "products", axes: axesOf(g), turned: true, results, channels, ...strides };
  },
  carries: ["map", "spread"],
};

/** The elements of dx that one lane makes, and those of dy that reach them. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Channels, as one vector. */
  readonly width: number;
  /** Row and column of dy, relative to the tile's own, of the first element read. */
  readonly from: readonly [number, number];
  /** Rows and columns of dy that are read. */
  readonly reach: readonly [number, number];
  readonly dy: TileReader;
}

function backwardInputKernel(call: KernelCall<Conv2dBackwardInputAttributes>): KernelText {
  const g = geometryOf(call.attributes.inputShape, call.inputs[1], call.attributes);
  // With a stride most products would be with zeros, which the lanes' own tiles leave out.
  const tiled = isTiled(g) && g.taps > 1 && Math.max(...g.stride) > 1
    ? null
    : convTurnedTiles("Conv2dBackwardInput", generalOf(g), call);
  if (tiled !== null) return tiled;
  if (!isTiled(g)) return plainBackwardInput(g, call);
  const cpu = call.profile.kind === "cpu";
  const tile = tileOf(g, cpu);
  const group = cpu ? 32 : 64;
  const bytes = (tile.width === 3 ? 4 : tile.width) * 4;
  const chunk = divisorUpTo(g.filters, call.profile.workgroupMemory / bytes / g.taps);
  const across = Math.ceil(g.width / tile.columns);
  const tiles = across * Math.ceil(g.height / tile.rows);
  const lanes = g.batch * tiles;
  const [x, y] = grid(Math.ceil(lanes / group));
  const type = vectorType(tile.width);
  const plane = g.rows * g.columns;
  const loop = chunk === g.filters
    ? "  let k0 = 0u;\n  {\n"
    : `  for (var k0 = 0u; k0 < ${g.filters}u; k0 += ${chunk}u) {\n    workgroupBarrier();\n`;
  const wgsl = `@group(0) @binding(0) var<storage, read> dy: array<${tile.dy.type}>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
${call.epilogue.elements()}
var<workgroup> weights: array<${type}, ${chunk * g.taps}>;
var<private> taps: array<${type}, ${g.taps}>;
var<private> near: array<vec4f, ${tile.reach[0] * Math.ceil(tile.reach[1] / 4)}>;
var<private> sums: array<${type}, ${tile.rows * tile.columns}>;
${tile.dy.text}${line(g, tile)}
fn multiply(dy_base: u32, at: u32) {
${multiply(g, tile)}}
@compute @workgroup_size(${group})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channel0 = group.z * ${tile.width}u;
  let id = (group.y * ${x}u + group.x) * ${group}u + lane;
  let n = min(id / ${tiles}u, ${g.batch - 1}u);
  let row = (id % ${tiles}u) / ${across}u * ${tile.rows}u;
  let col = id % ${across}u * ${tile.columns}u;
  dy_row = i32(row / ${g.stride[0]}u) + ${tile.from[0]};
  dy_col = i32(col / ${g.stride[1]}u) + ${tile.from[1]};
${loop}    for (var i = lane; i < ${chunk * g.taps * tile.width}u; i += ${group}u) {
      let z = i % ${tile.width}u;
      let t = i / ${tile.width}u;
      let c = min(channel0 + z, ${g.channels - 1}u);
      weights[t]${
    tile.width > 1 ? "[z]" : ""
  } = weight[((k0 + t / ${g.taps}u) * ${g.channels}u + c) * ${g.taps}u + t % ${g.taps}u];
    }
    workgroupBarrier();
    for (var k = 0u; k < ${chunk}u; k++) {
      multiply((n * ${g.filters}u + k0 + k) * ${plane}u, k * ${g.taps}u);
    }
  }
${cpu ? rolledStores(g, tile, lanes, group) : stores(g, tile, lanes, group)}}
`;
  return { name: "Conv2dBackwardInput", wgsl, workgroups: [x, y, Math.ceil(g.channels / tile.width)] };
}

/** Elements of dy that a lane reads in one turn of its loop, at most: llvmpipe takes long to compile each. */
const MOST_READ = 128;

/** Whole planes in several channels where they are small enough, so that dy is read few times; less on a GPU, for more lanes. */
function tileOf(g: Geometry, cpu: boolean): Tile {
  const [longest, usual] = cpu ? [36, 16] : [8, 8];
  const split = g.width > longest;
  // Beyond 7500 multiply-adds in the loop over filters, or with many masked loads, compiling takes seconds.
  const most = !cpu ? 32 : split ? 96 : Math.min(288, Math.floor(7500 / g.taps));
  const fit = (size: number, limit: number, stride: number) =>
    size <= limit ? size : Math.max(1, Math.floor(limit / stride)) * stride;
  const columns = fit(g.width, split ? usual : longest, g.stride[1]);
  const reached = (size: number, axis: 0 | 1, kernel: number, most: number) =>
    Math.min(most, Math.ceil((size + kernel - 1) / g.stride[axis]));
  const readOfRow = Math.ceil(reached(columns, 1, g.kernelColumns, g.columns) / 4) * 4;
  const fits = (rows: number) => reached(rows, 0, g.kernelRows, g.rows) * readOfRow <= MOST_READ;
  let rows = fit(g.height, Math.max(1, Math.floor(most / columns)), g.stride[0]);
  while (cpu && rows > g.stride[0] && !fits(rows)) rows = (Math.ceil(rows / g.stride[0]) - 1) * g.stride[0];
  const masked = rows < g.height || columns < g.width;
  const width = divisorUpTo(g.channels, Math.min(4, (masked ? Math.min(most, 192) : most) / (rows * columns)));
  const axis = (whole: boolean, a: 0 | 1, size: number, kernel: number, reached: number) => {
    // Without these bounds a tile that is the whole plane would read what lies outside of dy.
    const first = Math.ceil((g.padding[a] - kernel + 1) / g.stride[a]);
    const last = Math.floor((size - 1 + g.padding[a]) / g.stride[a]);
    const from = whole ? Math.max(0, first) : first;
    return [from, (whole ? Math.min(reached - 1, last) : last) - from + 1] as const;
  };
  const whole = [rows === g.height, columns === g.width] as const;
  const [fromRow, reachRows] = axis(whole[0], 0, rows, g.kernelRows, g.rows);
  const [fromColumn, reachColumns] = axis(whole[1], 1, columns, g.kernelColumns, g.columns);
  const aligned = g.columns % 4 === 0 && fromColumn % 4 === 0 && (whole[1] || (columns / g.stride[1]) % 4 === 0);
  const dy = tileReader({ name: "dy", height: g.rows, width: g.columns, aligned, masked: !(whole[0] && whole[1]) });
  return { rows, columns, width, from: [fromRow, fromColumn], reach: [reachRows, reachColumns], dy };
}

/** The element of the tile's part of dy that tap `tap` carries to place `place` of the tile, if one does. */
function source(g: Geometry, tile: Tile, axis: 0 | 1, place: number, tap: number): number | null {
  const index = (place + g.padding[axis] - tap) / g.stride[axis] - tile.from[axis];
  return Number.isInteger(index) && index >= 0 && index < tile.reach[axis] ? index : null;
}

/** Adds what one row of dy gives to one row of the tile through one row of taps. */
function line(g: Geometry, tile: Tile): string {
  const columns = range(tile.columns);
  const quads = range(Math.ceil(tile.reach[1] / 4));
  const taps = range(g.kernelColumns).map((v) => {
    const adds = columns.map((j) => {
      const from = source(g, tile, 1, j, v);
      return from === null ? "" : `s${j} += w * d${from >> 2}.${"xyzw"[from & 3]}; `;
    });
    return `  { let w = taps[t + ${v}u]; ${adds.join("")}}\n`;
  });
  return `fn line(at: u32, t: u32, d: u32) {
  ${quads.map((q) => `let d${q} = near[d + ${q}u];`).join(" ")}
  ${columns.map((j) => `var s${j} = sums[at + ${j}u];`).join(" ")}
${taps.join("")}  ${columns.map((j) => `sums[at + ${j}u] = s${j};`).join(" ")}
}`;
}

/** Adds one filter to the sums, row after row. */
function multiply(g: Geometry, tile: Tile): string {
  const quads = Math.ceil(tile.reach[1] / 4);
  let text = `  ${tile.dy.start}\n`;
  for (const t of range(g.taps)) text += `  taps[${t}] = weights[at + ${t}u];\n`;
  for (const r of range(tile.reach[0])) {
    for (const q of range(quads)) text += `  near[${r * quads + q}] = ${tile.dy.quad(r, q)};\n`;
  }
  for (const i of range(tile.rows)) {
    for (const u of range(g.kernelRows)) {
      const from = source(g, tile, 0, i, u);
      if (from !== null) text += `  line(${i * tile.columns}u, ${u * g.kernelColumns}u, ${from * quads}u);\n`;
    }
  }
  return text;
}

/** One call for each element: right where the tile is small. */
function stores(g: Geometry, tile: Tile, lanes: number, group: number): string {
  const elements = range(tile.rows * tile.columns).flatMap((e) =>
    range(tile.width).map((z) =>
      store(g, tile, lanes, group, z, `${Math.floor(e / tile.columns)}u`, `${e % tile.columns}u`, `sums[${e}]`)
    )
  );
  return elements.join("");
}

/** A loop over the elements: written out, stores with their stages would take seconds to compile. */
function rolledStores(g: Geometry, tile: Tile, lanes: number, group: number): string {
  const count = tile.rows * tile.columns;
  const copies = range(count).map((e) => `  done[${e}] = sums[${e}];\n`).join("");
  const body = range(tile.width).map((z) =>
    "  " + store(g, tile, lanes, group, z, `e / ${tile.columns}u`, `e % ${tile.columns}u`, "done[e]")
  );
  const type = vectorType(tile.width);
  return `  var done: array<${type}, ${count}>;\n${copies}  for (var e = 0u; e < ${count}u; e++) {\n${
    body.join("")
  }  }\n`;
}

function store(
  g: Geometry,
  tile: Tile,
  lanes: number,
  group: number,
  z: number,
  row: string,
  column: string,
  value: string,
): string {
  const call = `finish_at(n * ${g.channels}u + channel0 + ${z}u, row + ${row}, col + ${column}, ${
    part(value, z, tile.width)
  });`;
  return guarded(call, [
    { at: "id", size: lanes, step: group },
    { at: `channel0 + ${z}u`, size: g.channels, step: tile.width },
    { at: `row + ${row}`, size: g.height, step: tile.rows },
    { at: `col + ${column}`, size: g.width, step: tile.columns },
  ]);
}
