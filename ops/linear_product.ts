/**
 * The matrix product that the fully connected layer's three kernels share, as WGSL.
 *
 * `result[row, column] = sum over k of row[k] * column[k]`: each lane has its own
 * column (or two or four side by side) and all lanes of a workgroup have the same
 * rows. The rows are staged in workgroup memory, four terms to a vec4, and read
 * from there by addresses that are the same for every lane.
 * @module
 */
import { type Shape, sizeOf } from "../core/base/shape.ts";
import type { KernelProfile, KernelText, Profile } from "../core/graph/op.ts";
import { vectorType } from "../core/graph/wgsl.ts";

/** Rows of a tensor whose last dimension are a row's elements. */
export function rowsOf(shape: Shape): number {
  return sizeOf(shape.slice(0, -1));
}

/** How many of them a sample has. */
export function rowsOfSample(shape: Shape): number {
  return sizeOf(shape.slice(1, -1));
}

/** The beginning of the call that finishes an element of row `row + r` of a result whose rows are those of `x`. */
export function finishRow(x: Shape, columns: number): string {
  return x.length === 2 ? "finish(row + r, " : `finish(0u, (row + r) * ${columns}u + `;
}

/** What a kernel says where a workgroup makes whole rows of a result whose rows are those of `x`. */
export function byRowsOf(x: Shape, rows: number, groups: number): Pick<KernelText, "byRows"> {
  return x.length === 2 && groups === 1 ? { byRows: { rows, inputs: [0] } } : {};
}

/** How many neighbouring columns a lane has. */
export type Width = 1 | 2 | 4;

/** A product for {@linkcode productText}. */
export interface Product {
  /** Terms in each sum. */
  readonly depth: number;
  /** Rows of a workgroup. */
  readonly rows: number;
  /** Columns of a lane. */
  readonly width: Width;
  /** Lanes of a workgroup. */
  readonly lanes: number;
  /** Whether neighbouring lanes stage neighbouring terms of a row (else: neighbouring rows). */
  readonly stageAlongDepth: boolean;
  /** Term `k` (a u32 expression) of the lane's `column`: f32, vec2f or vec4f by width. */
  term(k: string): string;
  /** Terms `k` to `k + 3` in one vec4f, for a width of 1, where one load brings them. */
  terms?: (k: string) => string;
  /** The adapter's tunables. */
  readonly profile: Profile;
}

/**
 * The most floats that a lane loads in written-out text, whatever the layer's and
 * the batch's size: each is a loop of its own to llvmpipe, which takes long over
 * them. Products are cheap beside them.
 */
const MOST_LOADED = 256;

/** Whether a product is written out; a few rows written out are several times as fast as many in a loop. */
function isWrittenOut(depth: number, width: Width, profile: Profile): boolean {
  return profile.unroll && depth * width <= MOST_LOADED;
}

/** Lanes of a workgroup, at most; each workgroup stages the rows anew, so more of them is better than fewer. */
const MOST_LANES = 128;

/**
 * The narrowest width that divides rows of this length and needs one workgroup;
 * failing that, the widest that divides, and that leaves a product of this depth
 * written out where a narrower one would be.
 */
export function widthOf(length: number, depth: number, profile: Profile): Width {
  const dividing = ([1, 2, 4] as const).filter((width) =>
    length % width === 0 && (isWrittenOut(depth, width, profile) || !isWrittenOut(depth, 1, profile))
  );
  return dividing.find((width) => length / width <= MOST_LANES) ?? dividing[dividing.length - 1];
}

/** Splits `columns` lanes into workgroups of equal size; whole SIMD registers each. */
export function splitLanes(
  columns: number,
  profile: KernelProfile,
): { readonly lanes: number; readonly groups: number } {
  const unit = profile.kind === "cpu" ? 8 : 32;
  if (profile.lanes !== undefined) return { lanes: profile.lanes, groups: Math.ceil(columns / profile.lanes) };
  const groups = Math.ceil(columns / MOST_LANES);
  return { lanes: Math.ceil(columns / groups / unit) * unit, groups };
}

/**
 * Defines `fn multiply(row: u32, column: u32, lane: u32)`, which leaves the
 * lane's part of row `row + r` in `results[r]`. The kernel defines
 * `fn staged(k: u32, row: u32) -> vec4f`: terms k to k + 3 of a row; what lies
 * beyond the last term is not used.
 */
export function productText(product: Product): string {
  const { depth, rows, width, lanes, profile } = product;
  const fit = Math.floor(profile.workgroupMemory / (rows * 16)) * 4;
  const chunk = Math.min(depth, fit);
  const passes = Math.ceil(depth / chunk) - 1;
  const rest = depth - passes * chunk;
  const unroll = isWrittenOut(depth, width, profile);
  // As many blocks in one function as divides them all; one where it is the body of llvmpipe's loop, which loads slowly.
  const counts = passes === 0 ? [rest >> 2] : [rest >> 2, chunk >> 2];
  const many = profile.kind === "cpu" && !unroll ? [] : [4, 3, 2];
  const blocks = many.find((b) => b * width <= 8 && counts.every((count) => count % b === 0)) ?? 1;
  const stageBlocks = Math.ceil(chunk / 4);
  const [block, row] = product.stageAlongDepth ? ["e % blocks", "e / blocks"] : [`e / ${rows}u`, `e % ${rows}u`];
  const sum = (count: number, first: string) => {
    const whole = count >> 2;
    const lines = whole === 0
      ? ""
      : unroll
      ? times(whole / blocks, (i) => `  add_terms(${i * blocks}u, ${first}, column);\n`)
      : `  for (var b = 0u; b < ${whole}u; b += ${blocks}u) { add_terms(b, ${first}, column); }\n`;
    return lines + (count % 4 === 0 ? "" : `  add_last_terms(${whole}u, ${first}, column);\n`);
  };
  const load = (first: string, count: number) =>
    `  stage(${first}, ${Math.ceil(count / 4)}u, row, lane);\n  workgroupBarrier();\n`;
  const each = passes === 0
    ? ""
    : unroll
    ? times(passes, (i) => `  part(${i * chunk}u, row, column, lane);\n`)
    : `  for (var first = 0u; first < ${passes * chunk}u; first += ${chunk}u) { part(first, row, column, lane); }\n`;
  const type = vectorType(width);
  return `var<workgroup> tile: array<vec4f, ${stageBlocks * rows}>;
var<private> sums: array<${type}, ${rows}>;
var<private> results: array<${type}, ${rows}>;
fn stage(first: u32, blocks: u32, row: u32, lane: u32) {
  for (var e = lane; e < blocks * ${rows}u; e += ${lanes}u) {
    let b = ${block};
    let r = ${row};
    tile[b * ${rows}u + r] = staged(first + b * 4u, row + r);
  }
}
${counts.some((count) => count > 0) ? accumulateText(product, "add_terms", blocks * 4) : ""}${
    rest % 4 === 0 ? "" : accumulateText(product, "add_last_terms", rest % 4)
  }${
    passes === 0 ? "" : `fn part(first: u32, row: u32, column: u32, lane: u32) {
${load("first", chunk)}${sum(chunk, "first")}  workgroupBarrier();
}
`
  }fn multiply(row: u32, column: u32, lane: u32) {
${each}${load(`${passes * chunk}u`, rest)}${sum(rest, `${passes * chunk}u`)}${
    // A copy, for its index may vary: sums stay in registers.
    times(rows, (r) => `  results[${r}] = sums[${r}];\n`)}}
`;
}

/** Defines `staged` for the rows of `matrix` `[rows, depth]`, vec4f or f32 by depth; a row beyond the last is the last. */
export function stagedRowText(matrix: string, rows: number, depth: number): string {
  const start = `let at = min(row, ${rows - 1}u) * ${depth}u + k;`;
  const value = depth % 4 === 0
    ? `${matrix}[at / 4u]`
    : `vec4f(${matrix}[at], ${matrix}[at + 1u], ${matrix}[at + 2u], ${matrix}[at + 3u])`;
  return `fn staged(k: u32, row: u32) -> vec4f {\n  ${start}\n  return ${value};\n}\n`;
}

/** Adds `count` terms from block `b` of the tile on, whose first term is `first` of the whole. */
function accumulateText(product: Product, name: string, count: number): string {
  const { rows, width } = product;
  let body = "";
  for (let block = 0; block * 4 < count; block++) {
    const terms = Array.from(
      { length: Math.min(4, count - block * 4) },
      (_, j) => product.term(`k + ${block * 4 + j}u`),
    );
    if (width === 1 && terms.length === 4) {
      body += `  let c${block} = ${product.terms?.(`k + ${block * 4}u`) ?? `vec4f(${terms.join(", ")})`};\n`;
    } else body += terms.map((term, j) => `  let c${block * 4 + j} = ${term};\n`).join("");
  }
  for (let r = 0; r < rows; r++) {
    const products: string[] = [];
    for (let block = 0; block * 4 < count; block++) {
      const tile = `a${block}`;
      body += `  let ${tile}_${r} = tile[b * ${rows}u + ${block * rows + r}u];\n`;
      const many = Math.min(4, count - block * 4);
      if (width === 1 && many === 4) products.push(`dot(${tile}_${r}, c${block})`);
      else for (let j = 0; j < many; j++) products.push(`${tile}_${r}.${"xyzw"[j]} * c${block * 4 + j}`);
    }
    body += `  sums[${r}] += ${products.join(" + ")};\n`;
  }
  return `fn ${name}(b: u32, first: u32, column: u32) {\n  let k = first + b * 4u;\n${body}}\n`;
}

function times(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("");
}
