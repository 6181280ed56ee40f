/**
 * Which tile a large product is taken by on a GPU, by count of what its workgroups compute and read.
 *
 * For `rows x columns` results of a workgroup, `r x c` of them in the registers of a lane:
 *
 *     flop per byte of global memory     rows columns / (2 (rows + columns))
 *     flop per byte of workgroup memory  r c / (2 (r + c))
 *
 * One result a lane, read from memory, is 0.25 of both.
 * @module
 */
import type { ProductTile, Profile } from "../core/graph/op.ts";

const tile = (rows: number, columns: number, depth: number, r: number, c: number): ProductTile => ({
  rows,
  columns,
  depth,
  lane: [r, c],
});

/** The tiles that are chosen from; a workgroup has at least as many lanes as its tile has rows. */
export const PRODUCT_TILES: readonly ProductTile[] = [
  tile(128, 128, 8, 8, 8),
  tile(64, 128, 8, 8, 8),
  tile(64, 64, 16, 8, 4),
  tile(64, 64, 16, 4, 4),
  tile(32, 128, 16, 4, 8),
  tile(32, 64, 16, 4, 4),
  tile(32, 32, 16, 4, 4),
];

/** The sizes of a product: `results[row, column] = sum over depth`, perhaps of several pairs of matrices. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Pairs of matrices, or shares of the depth; default 1. */
  readonly count?: number;
}

/** Lanes of a workgroup. */
export function lanesOf({ rows, columns, lane: [r, c] }: ProductTile): number {
  return rows * columns / (r * c);
}

/** Bytes of workgroup memory; rows of what is turned on its way in are apart by four floats more. */
export function bytesOf({ rows, columns, depth }: ProductTile): number {
  return 4 * depth * (rows + columns + 8);
}

/** Floating-point operations for a byte of global and of workgroup memory. */
export function intensityOf({ rows, columns, lane: [r, c] }: ProductTile): { global: number; workgroup: number } {
  return { global: rows * columns / (2 * (rows + columns)), workgroup: r * c / (2 * (r + c)) };
}

/** Registers that a lane needs for sums, for what they are made of, and for what is on its way to workgroup memory. */
export function registersOf(tile: ProductTile): number {
  const [r, c] = tile.lane;
  return r * c + r + c + tile.depth * (tile.rows + tile.columns) / lanesOf(tile);
}

/** Products of less work, or of fewer rows or columns, are for the kernels of few channels. */
const LEAST = { work: 1 << 23, side: 32, depth: 32 };
/** Multiprocessors of a large GPU, and the warps of 32 lanes that keep one busy. */
const MULTIPROCESSORS = 128;
const WARPS = 6;

/** Time in multiply-adds that follow one another on the multiprocessor that has most to do. */
function cost(tile: ProductTile, { rows, columns, count = 1 }: ProductSize): number {
  const groups = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * count;
  const each = Math.ceil(groups / MULTIPROCESSORS);
  const busy = Math.min(1, each * lanesOf(tile) / 32 / WARPS);
  const { global, workgroup } = intensityOf(tile);
  // A multiply-add waits a little for the loads that it shares with few others.
  const waiting = 1 + 0.4 / workgroup + 2 / global;
  return each * tile.rows * tile.columns * waiting / busy;
}

/** The tile for a product on this adapter; null where the kernels of few channels are for it. */
export function tileFor(profile: Profile, size: ProductSize): ProductTile | null {
  if (profile.tile !== undefined) return profile.tile;
  const { rows, columns, depth, count = 1 } = size;
  if (profile.kind === "cpu" || Math.min(rows, columns) < LEAST.side || depth < LEAST.depth) return null;
  if (rows * columns * depth * count < LEAST.work) return null;
  const fitting = PRODUCT_TILES.filter((tile) => bytesOf(tile) <= profile.workgroupMemory);
  if (fitting.length === 0) return null;
  return fitting.reduce((best, tile) => cost(tile, size) < cost(best, size) ? tile : best);
}

/** Into how many shares the depth is split, where the results' reader adds up to `most` of them. */
export function sharesFor(tile: ProductTile, { rows, columns, depth }: ProductSize, most: number): number {
  const groups = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const wanted = Math.ceil(2 * MULTIPROCESSORS / groups);
  // A share has some tiles at least, and all of them take no more floats than are read in a few microseconds.
  const floats = Math.floor(MOST_FLOATS / (rows * columns));
  return Math.max(1, Math.min(most, wanted, floats, Math.floor(depth / (4 * tile.depth))));
}

/** Floats of all shares of one result, at most. */
const MOST_FLOATS = 1 << 20;
