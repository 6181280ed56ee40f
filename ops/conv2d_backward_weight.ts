/**
 * The gradients of a convolution's weight and bias:
 * `dweight[k, c, u, v] = sum over n, i, j of dy[n, k, i, j] x[n, c, i s - p + u, j s - p + v]` and
 * `dbias[k] = sum over n, i, j of dy[n, k, i, j]`. A lane keeps the sums of a few
 * pairs of filter and channel and walks over its share of the batch; each lane,
 * or each workgroup, leaves a partial sum.
 * @module
 */
import type { KernelCall, KernelText, OpDefinition } from "../core/graph/op.ts";
import { type Shape, sizeOf } from "../core/base/shape.ts";
import { declareResults } from "../core/graph/wgsl.ts";
import {
  axesOf,
  type Conv2dAttributes,
  generalOf,
  type Geometry,
  geometryOf,
  isTiled,
  range,
  type TileReader,
  tileReader,
} from "./conv2d_geometry.ts";
import { plainBackwardWeight } from "./conv2d_plain.ts";
import { convWeightTiles } from "./conv_tiles.ts";

/** Attributes of {@linkcode Conv2dBackwardWeightOp}. */
export interface Conv2dBackwardWeightAttributes extends Conv2dAttributes {
  /** The shape of the weight, `[K, C, kh, kw]`. */
  readonly weightShape: Shape;
  /** Whether the convolution has a bias, whose gradient is the second output. */
  readonly bias: boolean;
}

/**
 * The gradients of weight and bias: x `[N, C, H, W]`, dy `[N, K, rows, columns]`,
 * to `[K, C, kh, kw]` and, where there is a bias, `[K]`; both in partial sums.
 */
export const Conv2dBackwardWeightOp: OpDefinition<Conv2dBackwardWeightAttributes> = {
  name: "Conv2dBackwardWeight",
  shapes: (_inputs, { weightShape, bias }) => bias ? [weightShape, [weightShape[0]]] : [weightShape],
  kernel: backwardWeightKernel,
  cpu({ inputs: [x], attributes }) {
    const g = geometryOf(x, attributes.weightShape, attributes);
    return { kind: "weights", axes: axesOf(g), filters: g.filters, channels: g.channels };
  },
  absorbs: ({ inputs: [x], attributes }) => isTiled(geometryOf(x.shape, attributes.weightShape, attributes)) ? 1 : null,
};

/** Partial sums of one weight take at most this many floats, as somebody has to read them. */
const MOST_PARTIAL_FLOATS = 160_000;
/** Sums that one lane can hold. */
const MOST_SUMS = 200;

/** How the work is shared out. */
interface Share {
  /** Filters and channels of a lane. */
  readonly filters: number;
  readonly channels: number;
  /** Rows and columns of dy taken at a time. */
  readonly rows: number;
  readonly columns: number;
  /** Lanes of a workgroup, and workgroups that share the batch. */
  readonly lanes: number;
  readonly splits: number;
  /** Whether a workgroup adds up its lanes. */
  readonly added: boolean;
  readonly x: TileReader;
  readonly dy: TileReader;
  /** Tiles of the whole batch, and of one sample in a row. */
  readonly tiles: number;
  readonly across: number;
}

function backwardWeightKernel(call: KernelCall<Conv2dBackwardWeightAttributes>): KernelText {
  const g = geometryOf(call.inputs[0], call.attributes.weightShape, call.attributes);
  const [forWeight, forBias] = [call.used[0] ?? true, call.attributes.bias && (call.used[1] ?? true)];
  const tiled = forWeight ? convWeightTiles("Conv2dBackwardWeight", generalOf(g), call, forBias) : null;
  if (tiled !== null) return tiled;
  if (!isTiled(g)) return plainBackwardWeight(g, call);
  const share = shareOf(g, call);
  const sums = share.filters * share.channels * g.taps;
  const used = [forWeight, forBias];
  const results = used.filter((isUsed) => isUsed).length;
  const blocks = [Math.ceil(g.filters / share.filters), Math.ceil(g.channels / share.channels)] as const;
  const inPlane = share.across * Math.ceil(g.rows / share.rows);
  const total = share.splits * share.lanes;
  const steps = Math.ceil(share.tiles / total);
  const guard = share.tiles % total === 0 ? "" : `    if (tile >= ${share.tiles}u) { dy_row = ${g.rows}; }\n`;
  const wgsl = `@group(0) @binding(0) var<storage, read> x: array<${share.x.type}>;
@group(0) @binding(1) var<storage, read> dy: array<${call.prologue ? "vec2f" : share.dy.type}>;
${declareResults(["dweight", "dbias"], used, 2)}
${call.prologue?.text("dy", 2 + results) ?? ""}
${share.x.text}${share.dy.text}var<private> sums: array<f32, ${sums + share.filters}>;
${multiply(g, share, forWeight, forBias)}
${share.added ? `var<workgroup> shared_sums: array<f32, ${share.lanes * addedAtOnce(call, share, sums)}>;\n` : ""}
@compute @workgroup_size(${share.lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let filter0 = min(group.y * ${share.filters}u, ${g.filters - share.filters}u);
  let channel0 = min(group.z * ${share.channels}u, ${g.channels - share.channels}u);
  for (var i = 0u; i < ${steps}u; i++) {
    let tile = (i * ${share.splits}u + group.x) * ${share.lanes}u + lane;
    let n = min(tile / ${inPlane}u, ${g.batch - 1}u);
    let row = i32((tile % ${inPlane}u) / ${share.across}u) * ${share.rows};
    let col = i32(tile % ${share.across}u) * ${share.columns};
    x_row = row * ${g.stride[0]} - ${g.padding[0]};
    x_col = col * ${g.stride[1]} - ${g.padding[1]};
    dy_row = row;
    dy_col = col;
${guard}    multiply((n * ${g.channels}u + channel0) * ${g.height * g.width}u, (n * ${g.filters}u + filter0) * ${
    g.rows * g.columns
  }u);
  }
${share.added ? addLanes(g, call, share, forWeight, forBias) : leaveAll(g, share, forWeight, forBias)}}
`;
  return {
    name: "Conv2dBackwardWeight",
    wgsl,
    workgroups: [share.splits, ...blocks],
    partials: share.added ? share.splits : total,
  };
}

function shareOf(g: Geometry, call: KernelCall<Conv2dBackwardWeightAttributes>): Share {
  const cpu = call.profile.kind === "cpu";
  const balanced = (size: number, limit: number) => Math.ceil(size / Math.ceil(size / Math.max(1, limit)));
  const filters = balanced(g.filters, Math.min(cpu ? 8 : 4, Math.floor(MOST_SUMS / g.taps)));
  const channels = balanced(g.channels, g.taps > 1 ? 1 : Math.min(4, Math.floor(MOST_SUMS / filters)));
  const columns = g.columns <= 24 ? g.columns : Math.max(4, Math.floor(4 / g.stride[1]) * 4);
  const rows = Math.min(g.rows, columns * filters > 64 ? 1 : 2);
  const across = Math.ceil(g.columns / columns);
  const tiles = g.batch * across * Math.ceil(g.rows / rows);
  const blocks = Math.ceil(g.filters / filters) * Math.ceil(g.channels / channels);
  const size = g.filters * g.channels * g.taps;
  const most = Math.max(1, Math.min(call.maxPartials, Math.floor(MOST_PARTIAL_FLOATS / size)));
  const lanes = cpu ? 8 : 64;
  const added = !cpu || most < lanes;
  // A dozen workgroups keep a few cores evenly busy; a GPU wants all that it can get.
  const wanted = Math.min(cpu ? Math.ceil(12 / blocks) : 1024, Math.ceil(tiles / lanes));
  const splits = Math.max(1, Math.min(added ? most : Math.floor(most / lanes), wanted));
  const ragged = tiles % (splits * lanes) !== 0 || g.rows % rows !== 0 || g.columns % columns !== 0;
  const whole = across === 1;
  const x = tileReader({
    name: "x",
    height: g.height,
    width: g.width,
    aligned: g.width % 4 === 0 && g.padding[1] % 4 === 0 && (whole || (columns * g.stride[1]) % 4 === 0),
    masked: g.padding.some((p) => p > 0),
  });
  const dy = tileReader({
    name: "dy",
    height: g.rows,
    width: g.columns,
    aligned: g.columns % 4 === 0 && (whole || columns % 4 === 0),
    masked: ragged || columns % 4 !== 0,
    element: call.prologue && ((index) => `absorbed(${index})`),
  });
  return { filters, channels, rows, columns, lanes, splits, added, x, dy, tiles, across };
}

/** Reads one tile of x and dy and adds their products to the sums. */
function multiply(g: Geometry, share: Share, forWeight: boolean, forBias: boolean): string {
  const reach = [
    (share.rows - 1) * g.stride[0] + g.kernelRows,
    Math.ceil(((Math.ceil(share.columns / 4) * 4 - 1) * g.stride[1] + g.kernelColumns) / 4),
  ];
  const quads = Math.ceil(share.columns / 4);
  const atBias = share.filters * share.channels * g.taps;
  const xs = range(share.channels).map((c) => {
    const base = c === 0 ? "let x_base = x_first;" : `let x_base = x_first + ${c * g.height * g.width}u;`;
    const loads = range(reach[0]).flatMap((r) =>
      range(reach[1]).map((q) => `    near[${(c * reach[0] + r) * reach[1] + q}] = ${share.x.quad(r, q)};\n`)
    );
    return `  {\n    ${base} ${share.x.start}\n${loads.join("")}  }\n`;
  });
  const ys = range(share.filters).map((k) => {
    const loads = range(share.rows).flatMap((r) =>
      range(quads).map((q) => `    given[${(k * share.rows + r) * quads + q}] = ${share.dy.quad(r, q)};\n`)
    );
    const all = range(share.rows * quads).map((i) => `dot(given[${k * share.rows * quads + i}], vec4f(1.0))`);
    const calls = range(share.channels).flatMap((c) =>
      range(g.kernelRows).map((u) =>
        `    line(${((k * share.channels + c) * g.kernelRows + u) * g.kernelColumns}u, ${k * share.rows * quads}u, ${
          (c * reach[0] + u) * reach[1]
        }u);\n`
      )
    );
    return `  {
    let dy_base = dy_first + ${k * g.rows * g.columns}u; ${share.dy.start}
${loads.join("")}${forBias ? `    sums[${atBias + k}] += ${all.join(" + ")};\n` : ""}${
      forWeight ? calls.join("") : ""
    }  }
`;
  });
  return `var<private> near: array<vec4f, ${share.channels * reach[0] * reach[1]}>;
var<private> given: array<vec4f, ${share.filters * share.rows * quads}>;
${line(g, share, reach[1], quads)}
fn multiply(x_first: u32, dy_first: u32) {
${forWeight ? xs.join("") : ""}${ys.join("")}}`;
}

/** One row of taps: their sums over all rows of the tile, while they are in registers. */
function line(g: Geometry, share: Share, reach: number, quads: number): string {
  const taps = range(g.kernelColumns);
  const neighbours = (r: number, q: number, v: number) => {
    const at = range(4).map((i) => (q * 4 + i) * g.stride[1] + v);
    if (at[0] % 4 === 0 && at[3] === at[0] + 3) return `x${r}_${at[0] / 4}`;
    return `vec4f(${at.map((i) => `x${r}_${i >> 2}.${"xyzw"[i & 3]}`).join(", ")})`;
  };
  const rows = range(share.rows).map((r) => {
    const xs = range(reach).map((q) => `let x${r}_${q} = near[x + ${r * g.stride[0] * reach + q}u];`);
    const ys = range(quads).map((q) => {
      const adds = taps.map((v) => `s${v} += dot(d${r}_${q}, ${neighbours(r, q, v)});`);
      return `  let d${r}_${q} = given[d + ${r * quads + q}u]; ${adds.join(" ")}\n`;
    });
    return `  ${xs.join(" ")}\n${ys.join("")}`;
  });
  return `fn line(at: u32, d: u32, x: u32) {
  ${taps.map((v) => `var s${v} = sums[at + ${v}u];`).join(" ")}
${rows.join("")}  ${taps.map((v) => `sums[at + ${v}u] = s${v};`).join(" ")}
}`;
}

/** Where in an output the sum with number `s` of a lane belongs. */
function placeOf(g: Geometry, share: Share, s: string): string {
  const pair = share.channels * g.taps;
  return `((filter0 + ${s} / ${pair}u) * ${g.channels}u + channel0) * ${g.taps}u + ${s} % ${pair}u`;
}

/** Every lane stores its sums as a partial of its own. */
function leaveAll(g: Geometry, share: Share, forWeight: boolean, forBias: boolean): string {
  const count = share.filters * share.channels * g.taps;
  const weight = range(count).map((s) => `  dweight[first + ${placeOf(g, share, `${s}u`)}] = sums[${s}];\n`);
  const bias = range(share.filters).map((k) =>
    `    dbias[partial * ${g.filters}u + filter0 + ${k}u] = sums[${count + k}];\n`
  );
  return `  let partial = group.x * ${share.lanes}u + lane;
  let first = partial * ${g.filters * g.channels * g.taps}u;
${forWeight ? weight.join("") : ""}${forBias ? `  if (group.z == 0u) {\n${bias.join("")}  }\n` : ""}`;
}

/** How many sums of every lane fit into workgroup memory together. */
function addedAtOnce(call: KernelCall<Conv2dBackwardWeightAttributes>, share: Share, sums: number): number {
  return Math.min(sums + share.filters, Math.floor(call.profile.workgroupMemory / (4 * share.lanes)));
}

/** The lanes put their sums side by side, some at a time, and each adds up some of them. */
function addLanes(
  g: Geometry,
  call: KernelCall<Conv2dBackwardWeightAttributes>,
  share: Share,
  forWeight: boolean,
  forBias: boolean,
): string {
  const count = share.filters * share.channels * g.taps;
  const total = count + share.filters;
  const batch = addedAtOnce(call, share, count);
  let text = "";
  for (let from = 0; from < total; from += batch) {
    const size = Math.min(batch, total - from);
    const puts = range(size).map((s) => `  shared_sums[${s * share.lanes}u + lane] = sums[${from + s}];\n`);
    const weight = `if (s < ${count}u) { dweight[group.x * ${sizeOf([g.filters, g.channels, g.taps])}u + ${
      placeOf(g, share, "s")
    }] = sum; }`;
    const bias =
      `if (s >= ${count}u && group.z == 0u) { dbias[group.x * ${g.filters}u + filter0 + s - ${count}u] = sum; }`;
    text += `  workgroupBarrier();
${puts.join("")}  workgroupBarrier();
  for (var e = lane; e < ${size}u; e += ${share.lanes}u) {
    var sum = 0.0;
    for (var i = 0u; i < ${share.lanes}u; i++) { sum += shared_sums[e * ${share.lanes}u + (i + lane) % ${share.lanes}u]; }
    let s = e + ${from}u;
${forWeight ? `    ${weight}\n` : ""}${forBias ? `    ${bias}\n` : ""}  }
`;
  }
  return text;
}
