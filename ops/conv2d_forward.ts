/**
 * `y[n, k, i, j] = bias[k] + sum over c, u, v of x[n, c, i s - p + u, j s - p + v] weight[k, c, u, v]`:
 * a lane makes a small tile of outputs in several channels, and the weights of
 * those channels lie in workgroup memory.
 * @module
 */
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import { grid, vectorType } from "../core/graph/wgsl.ts";
import {
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
import { plainForward } from "./conv2d_plain.ts";
import { convForwardTiles } from "./conv_tiles.ts";

/** Lanes of a workgroup; they share one staging of the weights. */
const LANES = 128;
/** The loop over channels is written out up to so many multiply-adds and loads: each load takes llvmpipe long to compile. */
const MOST_WRITTEN_OUT = { multiplied: 10_000, loaded: 100 };

/** The outputs that one lane makes. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Channels in one vector. */
  readonly width: number;
  /** Vectors. */
  readonly vectors: number;
  /** Rows, and groups of four columns, of the input that the tile needs. */
  readonly reach: readonly [number, number];
  readonly x: TileReader;
}

/** The kernel of `Conv2d`: x `[N, C, H, W]`, weight `[K, C, kh, kw]`, perhaps bias `[K]`, to `[N, K, rows, columns]`. */
export function conv2dForwardKernel(call: KernelCall<Conv2dAttributes>): KernelText {
  const g = geometryOf(call.inputs[0], call.inputs[1], call.attributes);
  const tiled = convForwardTiles("Conv2d", generalOf(g), call);
  if (tiled !== null) return tiled;
  if (!isTiled(g)) return plainForward(g, call);
  const tile = tileOf(g, call);
  const block = tile.width * tile.vectors;
  const bytes = tile.vectors * (tile.width === 3 ? 4 : tile.width) * 4;
  const chunk = divisorUpTo(g.channels, (call.profile.workgroupMemory / bytes - 1) / g.taps);
  const across = Math.ceil(g.columns / tile.columns);
  const tiles = across * Math.ceil(g.rows / tile.rows);
  const lanes = g.batch * tiles;
  const blocks = Math.ceil(g.filters / block);
  const [x, y] = grid(Math.ceil(lanes / LANES));
  const type = vectorType(tile.width);
  const biased = call.inputs.length > 2;
  const biasAt = chunk * g.taps * tile.vectors;
  const weights = `weights[i / ${block}u * ${tile.vectors}u + z / ${tile.width}u]${
    tile.width > 1 ? `[z % ${tile.width}u]` : ""
  }`;
  const own = `min(filter0 + z, ${g.filters - 1}u)`;
  const plane = g.height * g.width;
  const loaded = tile.reach[0] * tile.reach[1] * (tile.x.type === "f32" ? 4 : 1);
  const unrolled = call.profile.unroll && chunk * loaded <= MOST_WRITTEN_OUT.loaded &&
    chunk * g.taps * block * tile.rows * tile.columns <= MOST_WRITTEN_OUT.multiplied;
  const multiplied = unrolled
    ? range(chunk).map((c) => `    multiply(first + ${c * plane}u, ${c * g.taps * tile.vectors}u);\n`).join("")
    : `    for (var c = 0u; c < ${chunk}u; c++) { multiply(first + c * ${plane}u, c * ${g.taps * tile.vectors}u); }\n`;
  const staged = `    for (var i = lane; i < ${chunk * g.taps * block}u; i += ${LANES}u) {
      let z = i % ${block}u;
      ${weights} = weight[(${own} * ${g.channels}u + c0) * ${g.taps}u + i / ${block}u];
    }
    workgroupBarrier();
    let first = (n * ${g.channels}u + c0) * ${plane}u;
${multiplied}`;
  const chunked = chunk === g.channels
    ? `  {\n    let c0 = 0u;\n${staged}  }\n`
    : `  for (var c0 = 0u; c0 < ${g.channels}u; c0 += ${chunk}u) {\n${staged}    workgroupBarrier();\n  }\n`;
  const finish = call.epilogue.windowed ? call.epilogue.windows() : call.epilogue.elements();
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<${tile.x.type}>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
${biased ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;\n" : ""}${finish}
var<workgroup> weights: array<${type}, ${biasAt + tile.vectors}>;
var<private> sums: array<${type}, ${tile.rows * tile.columns * tile.vectors}>;
${tile.x.text}${multiply(g, tile)}
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let filter0 = group.z * ${block}u;
  let id = (group.y * ${x}u + group.x) * ${LANES}u + lane;
  let n = min(id / ${tiles}u, ${g.batch - 1}u);
  let row = (id % ${tiles}u) / ${across}u * ${tile.rows}u;
  let col = id % ${across}u * ${tile.columns}u;
  x_row = i32(row) * ${g.stride[0]} - ${g.padding[0]};
  x_col = i32(col) * ${g.stride[1]} - ${g.padding[1]};
${
    biased
      ? `  for (var z = lane; z < ${block}u; z += ${LANES}u) {
    let i = ${chunk * g.taps * block}u;
    ${weights} = bias[${own}];
  }
  workgroupBarrier();
${
        range(tile.rows * tile.columns).flatMap((p) =>
          range(tile.vectors).map((v) => `  sums[${p * tile.vectors + v}] = weights[${biasAt + v}];\n`)
        ).join("")
      }`
      : ""
  }${chunked}${stores(g, tile, call.epilogue.windowed, lanes)}}
`;
  return { name: "Conv2d", wgsl, workgroups: [x, y, blocks] };
}

/** A tile of 4 x 2 outputs in up to 8 channels, less where that would compute much that nobody stores. */
function tileOf(g: Geometry, { epilogue, profile }: KernelCall<Conv2dAttributes>): Tile {
  const fitting = (size: number, sizes: readonly number[]) =>
    sizes.reduce((a, b) => Math.ceil(size / b) * (b + 1) < Math.ceil(size / a) * (a + 1) ? b : a);
  const rows = fitting(g.rows, epilogue.windowed ? [2] : [2, 1]);
  const columns = fitting(g.columns, epilogue.windowed ? [4, 2] : [4, 3, 2, 1]);
  // Loading the input costs a lane about as much as computing 3.6 channels.
  const cost = (width: number, vectors: number) =>
    Math.ceil(g.filters / (width * vectors)) * (width * vectors + 3.6 + 0.3 * vectors);
  const most = profile.kind === "cpu" && g.taps <= 49 ? 8 : 4;
  let best: readonly [number, number] = [1, 1];
  for (const width of [4, 3, 2, 1]) {
    for (let vectors = 1; width * vectors <= most; vectors++) {
      if (cost(width, vectors) < cost(...best)) best = [width, vectors];
    }
  }
  const reach = [
    (rows - 1) * g.stride[0] + g.kernelRows,
    Math.ceil(((columns - 1) * g.stride[1] + g.kernelColumns) / 4),
  ] as const;
  const masked = g.padding.some((size) => size > 0);
  const aligned = g.width % 4 === 0 && (columns * g.stride[1]) % 4 === 0 && g.padding[1] % 4 === 0;
  const x = tileReader({ name: "x", height: g.height, width: g.width, aligned, masked });
  return { rows, columns, width: best[0], vectors: best[1], reach, x };
}

/**
 * Adds one input channel to the sums: for each vector of channels and each row
 * of the tile, all taps one after another, so that the sums stay in registers.
 */
function multiply(g: Geometry, tile: Tile): string {
  const loads = range(tile.reach[0]).flatMap((r) =>
    range(tile.reach[1]).map((q) => `  let x${r}_${q} = ${tile.x.quad(r, q)};\n`)
  );
  const element = (row: number, column: number) => `x${row}_${column >> 2}.${"xyzw"[column & 3]}`;
  const blocks = range(tile.vectors).flatMap((v) =>
    range(tile.rows).map((r) => {
      const at = (c: number) => `sums[${(r * tile.columns + c) * tile.vectors + v}]`;
      const columns = range(tile.columns);
      const taps = range(g.taps).map((t) => {
        const [u, w] = [Math.floor(t / g.kernelColumns), t % g.kernelColumns];
        const adds = columns.map((c) => `s${c} += w * ${element(r * g.stride[0] + u, c * g.stride[1] + w)};`);
        return `    { let w = weights[at + ${t * tile.vectors + v}u]; ${adds.join(" ")} }\n`;
      });
      return `  {
    ${columns.map((c) => `var s${c} = ${at(c)};`).join(" ")}
${taps.join("")}    ${columns.map((c) => `${at(c)} = s${c};`).join(" ")}
  }
`;
    })
  );
  return `fn multiply(x_base: u32, at: u32) {
  ${tile.x.start}
${loads.join("")}${blocks.join("")}}
`;
}

function stores(g: Geometry, tile: Tile, windowed: boolean, lanes: number): string {
  const step = windowed ? 2 : 1;
  const block = tile.width * tile.vectors;
  const sum = (r: number, c: number, z: number) =>
    part(`sums[${(r * tile.columns + c) * tile.vectors + Math.floor(z / tile.width)}]`, z % tile.width, tile.width);
  let text = `  let plane = n * ${g.filters}u + filter0;\n`;
  for (const z of range(block)) {
    for (const r of range(tile.rows / step).map((i) => i * step)) {
      for (const c of range(tile.columns / step).map((i) => i * step)) {
        const place = `plane + ${z}u, row + ${r}u, col + ${c}u`;
        const store = windowed
          ? `finish_window(${place}, vec4f(${sum(r, c, z)}, ${sum(r, c + 1, z)}, ${sum(r + 1, c, z)}, ${
            sum(r + 1, c + 1, z)
          }));`
          : `finish_at(${place}, ${sum(r, c, z)});`;
        text += guarded(store, [
          { at: "id", size: lanes, step: LANES },
          { at: `filter0 + ${z}u`, size: g.filters, step: block },
          { at: `row + ${r}u`, size: g.rows, step: tile.rows },
          { at: `col + ${c}u`, size: g.columns, step: tile.columns },
        ]);
      }
    }
  }
  return text;
}
