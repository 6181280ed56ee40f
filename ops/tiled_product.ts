/**
 * Products with many rows and columns for GPUs: `result[row, column] = sum over k of a[row, k] b[column, k]`.
 *
 * A workgroup makes a block of results. It stages some terms of its rows and columns in workgroup memory, while each lane
 * loads its part of the next ones into registers; a lane then multiplies a few rows by a few columns, all in registers.
 * Where elements come from is the operands' affair: a matrix, or the patches of images that a convolution sees.
 * @module
 */
import type { KernelText, ProductTile } from "../core/graph/op.ts";
import { grid, vectorType } from "../core/graph/wgsl.ts";
import { range } from "./conv2d_geometry.ts";
import { lanesOf } from "./product_tile.ts";

/** One of the two matrices. */
export interface Operand {
  /** Along what neighbours in memory lie: `depth`: the terms of one row (or column); `outer`: one term of several. */
  readonly along: "depth" | "outer";
  /** How many neighbours a load brings; the size along which they lie is a multiple of it. */
  readonly width: 1 | 4;
  /** WGSL statements that `value` needs; they know `outer`, the row (or column), `k` and `matrix`, all u32 and inside. */
  readonly text?: string;
  /** WGSL of the element, f32, or of four neighbours, vec4f. */
  readonly value: string;
}

/** What {@linkcode tiledProduct} makes a kernel of. */
export interface TiledProduct {
  /** The kernel's name. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Terms of each sum. */
  readonly depth: number;
  readonly tile: ProductTile;
  /** Pairs of matrices; default 1. */
  readonly matrices?: number;
  /** Shares of the depth, of which each leaves a result; default 1. Only for one pair of matrices. */
  readonly shares?: number;
  /** Bindings, and functions that operands and `store` call. */
  readonly declarations: string;
  readonly a: Operand;
  readonly b: Operand;
  /** WGSL that stores the sum `value`; it knows `row`, `column` and `matrix`, or the number of the share in its place. */
  readonly store: string;
  /** Whether `store` takes four neighbouring columns, a vec4f, from a column that is a multiple of four. */
  readonly storesFour?: boolean;
  /** WGSL that stores the sum `value` of all terms of row `row` of a; it knows `matrix` too. */
  readonly storeRowSum?: string;
}

/** The kernel. */
export function tiledProduct(product: TiledProduct): KernelText {
  const { tile, rows, columns, depth, matrices = 1, declarations, storeRowSum } = product;
  const lanes = lanesOf(tile);
  const across = [Math.ceil(rows / tile.rows), Math.ceil(columns / tile.columns)];
  const length = Math.ceil(Math.ceil(depth / tile.depth) / (product.shares ?? 1)) * tile.depth;
  const shares = Math.ceil(depth / length);
  const total = across[0] * across[1] * matrices * shares;
  const [x, y] = grid(total);
  const a = staging("a", product.a, tile.rows, rows, product);
  const b = staging("b", product.b, tile.columns, columns, product);
  const wide = tile.columns / tile.lane[1];
  const wgsl = `${declarations}
var<workgroup> tile_a: array<vec4f, ${tile.depth * a.stride}>;
var<workgroup> tile_b: array<vec4f, ${tile.depth * b.stride}>;
${a.text}${b.text}${storing(product)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.y * ${x}u + group.x;
${x * y === total ? "" : `  if (index >= ${total}u) { return; }\n`}  let row0 = index % ${across[0]}u * ${tile.rows}u;
  let column0 = index / ${across[0]}u % ${across[1]}u * ${tile.columns}u;
  let matrix = index / ${across[0] * across[1]}u;
  let start = ${shares > 1 ? `matrix * ${length}u` : "0u"};
  let lane_row = lane / ${wide}u;
  let lane_column = lane % ${wide}u;
${sums(tile)}${storeRowSum === undefined ? "" : "  var row_sum = 0.0;\n"}${a.load("var ", "row0", "start")}${
    b.load("var ", "column0", "start")
  }  for (var done = 0u; done < ${length}u; done += ${tile.depth}u) {
${a.put}${b.put}    workgroupBarrier();
    if (done + ${tile.depth}u < ${length}u) {
      let next = start + done + ${tile.depth}u;
${a.load("", "row0", "next")}${b.load("", "column0", "next")}    }
    for (var k = 0u; k < ${tile.depth}u; k++) {
${multiply(tile, a.stride, b.stride)}    }
${
    storeRowSum === undefined ? "" : `    if (column0 == 0u && lane < ${tile.rows}u) {
      for (var k = 0u; k < ${tile.depth}u; k++) { row_sum += tile_a[k * ${a.stride}u + lane / 4u][lane % 4u]; }
    }
`
  }    workgroupBarrier();
  }
${stores(tile)}${
    storeRowSum === undefined
      ? ""
      : `  if (column0 == 0u && lane < ${tile.rows}u && row0 + lane < ${rows}u) { store_row_sum(row0 + lane, matrix, row_sum); }\n`
  }}
`;
  return { name: product.name, wgsl, workgroups: [x, y, 1], ...shares > 1 && { partials: shares } };
}

/** How a lane brings its part of an operand's block into registers, and from there into workgroup memory. */
interface Staging {
  /** Vectors from one term to the next in workgroup memory. */
  readonly stride: number;
  /** Defines the function that reads elements. */
  readonly text: string;
  readonly put: string;
  load(declare: string, outer: string, k: string): string;
}

function staging(
  name: string,
  { along, width, text = "", value }: Operand,
  block: number,
  size: number,
  { tile, depth }: TiledProduct,
): Staging {
  const lanes = lanesOf(tile);
  const turned = along === "depth";
  const stride = (block + (turned ? 4 : 0)) / 4;
  // Lanes take neighbours in turn, first along the inner of the two directions.
  const inner = (turned ? tile.depth : block) / width;
  const at = range(block * tile.depth / (lanes * width)).map((i) => {
    const near = `${inner <= lanes ? `lane % ${inner}u` : `(lane + ${i * lanes % inner}u)`}${
      width === 1 ? "" : ` * ${width}u`
    }`;
    const far = inner < lanes ? `lane / ${inner}u + ${i * (lanes / inner)}u` : `${Math.floor(i * lanes / inner)}u`;
    return turned ? { outer: far, k: near } : { outer: near, k: far };
  });
  const type = vectorType(width);
  const [most, last] = turned ? [size - 1, depth - width] : [size - width, depth - 1];
  const ragged = depth % tile.depth !== 0;
  const inside = `${text}  ${ragged ? `return select(${type}(), ${value}, all_k < ${depth}u);` : `return ${value};`}`;
  const put = at.map(({ outer, k }, i) =>
    turned && width === 4
      ? range(4).map((j) =>
        `    tile_${name}[(${k} + ${j}u) * ${stride}u + (${outer}) / 4u][(${outer}) % 4u] = ${name}${i}.${"xyzw"[j]};\n`
      ).join("")
      : `    tile_${name}[(${k}) * ${stride}u + (${outer}) / 4u]${
        width === 4 ? "" : `[(${outer}) % 4u]`
      } = ${name}${i};\n`
  );
  return {
    stride,
    text: `fn ${name}_at(all_outer: u32, all_k: u32, matrix: u32) -> ${type} {
  let outer = ${size % block === 0 ? "all_outer" : `min(all_outer, ${most}u)`};
  let k = ${ragged ? `min(all_k, ${last}u)` : "all_k"};
${inside}
}
`,
    put: put.join(""),
    load: (declare, from, start) =>
      at.map(({ outer, k }, i) =>
        `  ${declare}${name}${i} = ${name}_at(${from} + ${outer}, ${start} + ${k}, matrix);\n`
      ).join(""),
  };
}

/** Vectors of four along a side of a lane's results, and how far they are apart. */
function fours(block: number, own: number): { readonly count: number; readonly apart: number } {
  return { count: own / 4, apart: block / (own / 4) };
}

function sums({ lane: [rows, columns] }: ProductTile): string {
  return range(rows).map((r) => `  ${range(columns / 4).map((q) => `var s${r}_${q} = vec4f();`).join(" ")}\n`).join("");
}

function multiply({ rows, columns, lane }: ProductTile, strideA: number, strideB: number): string {
  const [down, right] = [fours(rows, lane[0]), fours(columns, lane[1])];
  const loads = [
    ...range(down.count).map((i) => `let x${i} = tile_a[k * ${strideA}u + lane_row + ${i * down.apart / 4}u];`),
    ...range(right.count).map((q) => `let y${q} = tile_b[k * ${strideB}u + lane_column + ${q * right.apart / 4}u];`),
  ];
  const adds = range(lane[0]).map((r) =>
    range(right.count).map((q) => `s${r}_${q} += x${r >> 2}.${"xyzw"[r & 3]} * y${q};`).join(" ")
  );
  return [...loads, ...adds].map((line) => `      ${line}\n`).join("");
}

/** Defines what stores four neighbouring results of a row, as far as they are there. */
function storing({ rows, columns, tile, store, storesFour = false, storeRowSum }: TiledProduct): string {
  const whole = columns % 4 === 0;
  const inside = [
    ...rows % tile.rows === 0 ? [] : [`row < ${rows}u`],
    ...columns % tile.columns === 0 || !whole && !storesFour ? [] : [`column < ${columns}u`],
  ].join(" && ");
  const each = storesFour
    ? "store(row, column, matrix, four);"
    : range(4).map((i) =>
      whole
        ? `store(row, column + ${i}u, matrix, four.${"xyzw"[i]});`
        : `if (column + ${i}u < ${columns}u) { store(row, column + ${i}u, matrix, four.${"xyzw"[i]}); }`
    ).join("\n    ");
  return `fn store(row: u32, column: u32, matrix: u32, value: ${storesFour ? "vec4f" : "f32"}) {
${store}
}
fn store_four(row: u32, column: u32, matrix: u32, four: vec4f) {
  ${inside === "" ? "" : `if (${inside}) `}{
    ${each}
  }
}
${storeRowSum === undefined ? "" : `fn store_row_sum(row: u32, matrix: u32, value: f32) {\n${storeRowSum}\n}\n`}`;
}

function stores({ rows, columns, lane }: ProductTile): string {
  const [down, right] = [fours(rows, lane[0]), fours(columns, lane[1])];
  return range(lane[0]).flatMap((r) =>
    range(right.count).map((q) =>
      `  store_four(row0 + lane_row * 4u + ${(r >> 2) * down.apart + (r & 3)}u, column0 + lane_column * 4u + ${
        q * right.apart
      }u, matrix, s${r}_${q});\n`
    )
  ).join("");
}
