/**
 * The matrix product that the fully connected layer's three kernels share, as WGSL.
 *
 * `sum[row, own] = sum over k of common[k, row] * own[k, own]`: each lane has
 * its own column (or two or four side by side) and all lanes of a workgroup have
 * the same rows. The common factor is staged in workgroup memory, four rows to a
 * vec4, and read from there by addresses that are the same for every lane.
 * @module
 */
import type { Profile } from "../core/op.ts";

/** How many neighbouring columns a lane has. */
export type Width = 1 | 2 | 4;

/** A product for {@linkcode productText}. */
export interface Product {
  /** Terms in each sum. */
  readonly depth: number;
  /** Rows of a workgroup, a multiple of 4. */
  readonly rows: number;
  /** Columns of a lane. */
  readonly width: Width;
  /** Lanes of a workgroup. */
  readonly lanes: number;
  /** Terms that one call of `accumulate` adds. */
  readonly step: number;
  /** Whether neighbouring lanes stage neighbouring terms (else: neighbouring rows). */
  readonly stageAlongDepth: boolean;
  /**
   * Statements that define `own0`, `own1`... (f32, vec2f or vec4f by width) from
   * term `k` (a u32 expression) on, for `column`, the lane's argument of `multiply`.
   */
  own(k: string, count: number): string;
  /** The adapter's tunables. */
  readonly profile: Profile;
}

/** The most multiply-adds that are written out; beyond it the compiler takes seconds. */
const UNROLLED_LIMIT = 12288;

/** The WGSL type of `width` numbers. */
export function vectorType(width: Width): string {
  return width === 1 ? "f32" : `vec${width}f`;
}

/** The widest vector that divides rows of this length. */
export function widthOf(length: number): Width {
  return length % 4 === 0 ? 4 : length % 2 === 0 ? 2 : 1;
}

/** Splits `columns` lanes into workgroups of equal size; whole SIMD registers each. */
export function splitLanes(columns: number, profile: Profile): { readonly lanes: number; readonly groups: number } {
  const unit = profile.kind === "cpu" ? 8 : 32;
  const groups = Math.ceil(columns / 128);
  return { lanes: Math.ceil(columns / groups / unit) * unit, groups };
}

/** The sum of row `row` as an expression; a vector of the lane's columns. */
export function sumOf(product: Pick<Product, "width">, row: number): string {
  return product.width === 1 ? `sums[${row >> 2}].${"xyzw"[row & 3]}` : `sums[${row}]`;
}

/**
 * Defines `fn multiply(row: u32, column: u32, lane: u32)`, which leaves its
 * results in `sums`. The kernel defines `fn staged(k: u32, row: u32) -> vec4f`:
 * term k of four rows.
 */
export function productText(product: Product): string {
  const { depth, rows, width, lanes, step, profile } = product;
  const quads = rows / 4;
  const fit = Math.floor(profile.workgroupMemory / (rows * 4) / step) * step;
  const chunk = Math.min(depth, fit);
  const passes = Math.ceil(depth / chunk) - 1;
  const rest = depth - passes * chunk;
  const unroll = profile.unroll && depth * rows * width <= UNROLLED_LIMIT;
  const [k, q] = product.stageAlongDepth ? ["e % count", "e / count"] : [`e / ${quads}u`, `e % ${quads}u`];
  const tail = rest % step;
  const loop = (count: number, first: string) => {
    const whole = count - count % step;
    const lines = unroll
      ? Array.from({ length: whole / step }, (_, i) => `  accumulate(${i * step}u, ${first}, column);\n`).join("")
      : `  for (var k = 0u; k < ${whole}u; k += ${step}u) { accumulate(k, ${first}, column); }\n`;
    const last = Array.from({ length: count - whole }, (_, i) => `  add(${whole + i}u, ${first}, column);\n`).join("");
    return (whole === 0 ? "" : lines) + last;
  };
  const whole = `  workgroupBarrier();
  stage(first, ${chunk}u, row, lane);
  workgroupBarrier();
${loop(chunk, "first")}`;
  const each = passes === 0
    ? ""
    : unroll
    ? Array.from({ length: passes }, (_, i) => `  part(${i * chunk}u, row, column, lane);\n`).join("")
    : `  for (var first = 0u; first < ${passes * chunk}u; first += ${chunk}u) { part(first, row, column, lane); }\n`;
  const last = `${passes * chunk}u`;
  return `var<workgroup> tile: array<vec4f, ${chunk * quads}>;
var<private> sums: array<${width === 1 ? "vec4f" : vectorType(width)}, ${width === 1 ? quads : rows}>;
fn stage(first: u32, count: u32, row: u32, lane: u32) {
  for (var e = lane; e < count * ${quads}u; e += ${lanes}u) {
    let k = ${k};
    let q = ${q};
    tile[k * ${quads}u + q] = staged(first + k, row + q * 4u);
  }
}
${accumulateText(product, "accumulate", step)}${tail === 0 ? "" : accumulateText(product, "add", 1)}${
    passes === 0 ? "" : `fn part(first: u32, row: u32, column: u32, lane: u32) {\n${whole}}\n`
  }fn multiply(row: u32, column: u32, lane: u32) {
${each}${passes === 0 ? "" : "  workgroupBarrier();\n"}  stage(${last}, ${rest}u, row, lane);
  workgroupBarrier();
${loop(rest, last)}}
`;
}

/** Adds `count` terms: term k of the tile, which is term `first + k` of the whole. */
function accumulateText(product: Product, name: string, count: number): string {
  const { rows, width } = product;
  const quads = rows / 4;
  const terms = Array.from({ length: count }, (_, j) => j);
  let body = "";
  for (let q = 0; q < quads; q++) {
    body += terms.map((j) => `  let a${j}_${q} = tile[k * ${quads}u + ${j * quads + q}u];\n`).join("");
    if (width === 1) {
      body += `  sums[${q}] += ${terms.map((j) => `a${j}_${q} * own${j}`).join(" + ")};\n`;
      continue;
    }
    for (let r = 0; r < 4; r++) {
      body += `  sums[${q * 4 + r}] += ${terms.map((j) => `a${j}_${q}.${"xyzw"[r]} * own${j}`).join(" + ")};\n`;
    }
  }
  return `fn ${name}(k: u32, first: u32, column: u32) {
${product.own("first + k", count)}${body}}
`;
}
