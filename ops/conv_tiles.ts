/**
 * The three products of a convolution in tiles, for many channels on a GPU. Each is a product of matrices, one of which
 * is the images as the window sees them: it lies nowhere, an element's address is computed when a lane stages it.
 * @module
 */
import type { KernelCall, KernelText } from "../core/graph/op.ts";
import type { WindowAxis } from "../core/graph/cpu_form.ts";
import { declareResults } from "../core/graph/wgsl.ts";
import type { ConvGeometry } from "./conv_geometry.ts";
import { sharesFor, tileFor } from "./product_tile.ts";
import { type Operand, tiledProduct } from "./tiled_product.ts";

const tapsOf = ({ down, across }: ConvGeometry): number => down.taps * across.taps;
const placesOf = ({ down, across }: ConvGeometry): number => down.places * across.places;

const bound = (binding: number, name: string, type = "f32"): string =>
  `@group(0) @binding(${binding}) var<storage, read> ${name}: array<${type}>;\n`;

/** WGSL of a number within a group as one among all. */
const among = ({ groups }: ConvGeometry, size: number, at: string): string =>
  groups === 1 ? at : `(matrix * ${size}u + ${at})`;

/** WGSL: sample, row and column of number `at`, counted row by row in each sample, or by windows of 2 x 2 of them. */
function placed(rows: number, columns: number, at: string, windowed = false): string {
  const [row, col] = windowed
    ? [
      `${at} / ${2 * columns}u % ${rows / 2}u * 2u + ${at} / 2u % 2u`,
      `${at} / 4u % ${columns / 2}u * 2u + ${at} % 2u`,
    ]
    : [`${at} / ${columns}u % ${rows}u`, `${at} % ${columns}u`];
  return `  let sample = ${at} / ${rows * columns}u;
  let place_row = ${row};
  let place_col = ${col};
`;
}

/** The element of x that channel and tap number `tap` meet where the window lies at number `place`. */
function seen(g: ConvGeometry, place: string, tap: string, windowed = false): Pick<Operand, "text" | "value"> {
  const { channels, groups, down, across } = g;
  // What lies in front wraps around, to far behind the end.
  const met = ({ stride, padding, dilation }: Required<WindowAxis>, at: string, number: string): string =>
    `${at} * ${stride}u + ${number} * ${dilation}u - ${padding}u`;
  return {
    text: `${placed(down.places, across.places, place, windowed)}  let i = ${
      met(down, "place_row", `(${tap} / ${across.taps}u % ${down.taps}u)`)
    };
  let j = ${met(across, "place_col", `(${tap} % ${across.taps}u)`)};
  let inside = (i < ${down.size}u) & (j < ${across.size}u);
  let channel = ${tap} / ${tapsOf(g)}u;
  let plane = sample * ${groups * channels}u + ${among(g, channels, "channel")};
`,
    value: `select(0.0, x[select(0u, (plane * ${down.size}u + i) * ${across.size}u + j, inside)], inside)`,
  };
}

/** The element of dy at the place from which filter and tap number `k` see element number `outer` of x. */
function sender(g: ConvGeometry): Pick<Operand, "text" | "value"> {
  const { filters, groups, down, across } = g;
  const from = ({ padding, dilation }: Required<WindowAxis>, at: string, number: string): string =>
    `${at} + ${padding}u - ${number} * ${dilation}u`;
  const fits = ({ stride, places }: Required<WindowAxis>, at: string): string =>
    stride === 1 ? `(${at} < ${places}u)` : `(${at} % ${stride}u == 0u) & (${at} / ${stride}u < ${places}u)`;
  return {
    text: `${placed(down.size, across.size, "outer")}  let i = ${
      from(down, "place_row", `(k / ${across.taps}u % ${down.taps}u)`)
    };
  let j = ${from(across, "place_col", `(k % ${across.taps}u)`)};
  let inside = ${fits(down, "i")} & ${fits(across, "j")};
  let sent = k / ${tapsOf(g)}u;
  let plane = sample * ${groups * filters}u + ${among(g, filters, "sent")};
`,
    value:
      `select(0.0, dy[select(0u, (plane * ${down.places}u + i / ${down.stride}u) * ${across.places}u + j / ${across.stride}u, inside)], inside)`,
  };
}

/** `y[k, p] = bias[k] + sum over c, t of weight[k, c, t] x[c, p at t]`; null where that is not for tiles. */
export function convForwardTiles(name: string, g: ConvGeometry, call: KernelCall<unknown>): KernelText | null {
  const { filters, channels, groups, down, across } = g;
  const places = placesOf(g);
  const size = { rows: filters, columns: g.batch * places, depth: channels * tapsOf(g), count: groups };
  const tile = tileFor(call.profile, size);
  if (tile === null) return null;
  const windowed = call.epilogue.pooled;
  const bias = call.inputs.length > 2;
  const width = size.depth % 4 === 0 ? 4 : 1;
  const weight = `${among(g, filters, "outer")} * ${size.depth}u + k`;
  const filter = among(g, filters, "row");
  const sum = bias ? `value + bias[${filter}]` : "value";
  return tiledProduct({
    name,
    ...size,
    tile,
    matrices: groups,
    declarations: bound(0, "x") + bound(1, "weight", width === 4 ? "vec4f" : "f32") + (bias ? bound(2, "bias") : "") +
      (windowed ? call.epilogue.windows() : call.epilogue.elements()),
    a: { along: "depth", width, value: width === 4 ? `weight[(${weight}) / 4u]` : `weight[${weight}]` },
    b: { along: "outer", width: 1, ...seen(g, "outer", "k", windowed) },
    store: windowed
      ? `${placed(down.places, across.places, "column", true)}  finish_window(sample * ${
        groups * filters
      }u + ${filter}, place_row, place_col, ${sum});`
      : `  finish(column / ${places}u, ${filter} * ${places}u + column % ${places}u, ${sum});`,
    storesFour: windowed,
  });
}

/** `dx[c, e] = bias[c] + sum over k, t of weight[k, c, t] dy[k, where t meets e]`; null where that is not for tiles. */
export function convTurnedTiles(name: string, g: ConvGeometry, call: KernelCall<unknown>): KernelText | null {
  const { filters, channels, groups, down, across } = g;
  const taps = tapsOf(g), elements = down.size * across.size;
  const size = { rows: channels, columns: g.batch * elements, depth: filters * taps, count: groups };
  const tile = tileFor(call.profile, size);
  if (tile === null) return null;
  const bias = call.inputs.length > 2;
  const channel = among(g, channels, "row");
  return tiledProduct({
    name,
    ...size,
    tile,
    matrices: groups,
    declarations: bound(0, "dy") + bound(1, "weight") + (bias ? bound(2, "bias") : "") + call.epilogue.elements(),
    a: {
      along: "depth",
      width: 1,
      value: `weight[(${among(g, filters, `k / ${taps}u`)} * ${channels}u + outer) * ${taps}u + k % ${taps}u]`,
    },
    b: { along: "outer", width: 1, ...sender(g) },
    store: `  finish(column / ${elements}u, ${channel} * ${elements}u + column % ${elements}u, ${
      bias ? `value + bias[${channel}]` : "value"
    });`,
  });
}

/**
 * `dweight[k, c, t] = sum over samples and p of dy[k, p] x[c, p at t]` and, where `bias` says so, the sums of dy; in
 * shares of samples and places where there is one group. Null where that is not for tiles.
 */
export function convWeightTiles(
  name: string,
  g: ConvGeometry,
  call: KernelCall<unknown>,
  bias: boolean,
): KernelText | null {
  const { filters, channels, groups } = g;
  const places = placesOf(g);
  const size = { rows: filters, columns: channels * tapsOf(g), depth: g.batch * places, count: groups };
  const tile = tileFor(call.profile, size);
  if (tile === null) return null;
  const width = places % 4 === 0 ? 4 : 1;
  const at = `(k / ${places}u * ${groups * filters}u + ${among(g, filters, "outer")}) * ${places}u + k % ${places}u`;
  const quad = call.prologue === undefined ? `dy[(${at}) / 4u]` : `absorbed((${at}) / 4u)`;
  return tiledProduct({
    name,
    ...size,
    tile,
    matrices: groups,
    shares: groups === 1 ? sharesFor(tile, size, call.maxPartials) : 1,
    declarations: bound(0, "x") + bound(1, "dy", call.prologue ? "vec2f" : width === 4 ? "vec4f" : "f32") +
      declareResults(["dweight", "dbias"], [true, bias], 2) + (call.prologue?.text("dy", bias ? 4 : 3) ?? ""),
    a: { along: "depth", width, value: width === 4 ? quad : `dy[${at}]` },
    b: { along: "depth", width: 1, ...seen(g, "k", "outer") },
    // A group's weights, or a share's, lie behind those of the one before.
    store: `  dweight[(matrix * ${filters}u + row) * ${size.columns}u + column] = value;`,
    ...bias && { storeRowSum: `  dbias[matrix * ${filters}u + row] = value;` },
  });
}
