/**
 * Points for columns that go in steps: running sums and products, which mostly change by the same from row to row, or not
 * at all. Such a column is its steps times sums of the points from a row on; the step that most rows take stands for the
 * sum of all those sums.
 * @module
 */
import { Commitments } from "./commit.ts";
import type { Kernels } from "./kernels.ts";
import { POINT_BYTES } from "./forms.ts";
import { PointSums, SamePointsError } from "./point_sums.ts";
import { getPoints, putPoints } from "./points.ts";

/** Points that are added up side by side. */
const BLOCK = 128;

/** Points beyond the rows: what stands for a step that all rows take, and one to make their number even. */
export const STEP_EXTRA = 2;

/**
 * Sums of points: for each row up to `end` of all points from it to `end`, for those behind it the point itself; and at
 * last the sum of the sums of rows 1 to `end`. Null for points of which two are equal, which no honest string has.
 */
export function stepPoints(kernels: Kernels, points: number, rows: number, end: number): number | null {
  const table = kernels.take((rows + STEP_EXTRA) * POINT_BYTES);
  const memory = () => new Uint8Array(kernels.memory.buffer);
  memory().copyWithin(table, points, points + rows * POINT_BYTES);
  const mark = kernels.mark();
  try {
    sumBlocks(kernels, table, end);
    const ones = new Uint32Array(8 * rows);
    for (let row = 1; row <= end; row++) ones[8 * row] = 1;
    const all = new Commitments(kernels, table, rows).sum(ones);
    if (all === null) return null;
    putPoints(kernels, [all, all], table + rows * POINT_BYTES);
    return table;
  } catch (error) {
    if (error instanceof SamePointsError) return null;
    throw error;
  } finally {
    kernels.release(mark);
  }
}

function sumBlocks(kernels: Kernels, table: number, end: number): void {
  const sums = new PointSums(kernels), at = (row: number) => table + row * POINT_BYTES;
  const starts: number[] = [];
  for (let start = 0; start <= end; start += BLOCK) starts.push(start);
  for (let place = BLOCK - 2; place >= 0; place--) {
    for (const start of starts) {
      if (start + place + 1 <= end) sums.add(at(start + place), at(start + place + 1), at(start + place));
    }
    sums.flush();
  }
  // A block's first point is now its sum; the sums of all blocks behind each come next.
  const behind = kernels.take(starts.length * POINT_BYTES);
  const last = starts.length - 1;
  if (last > 0) {
    putPoints(kernels, getPoints(kernels, [at(starts[last]), at(starts[last])]), behind + (last - 1) * POINT_BYTES);
  }
  for (let block = last - 2; block >= 0; block--) {
    sums.add(at(starts[block + 1]), behind + (block + 1) * POINT_BYTES, behind + block * POINT_BYTES);
    sums.flush();
  }
  for (let block = 0; block < last; block++) {
    for (let row = starts[block]; row < starts[block] + BLOCK; row++) {
      sums.add(at(row), behind + block * POINT_BYTES, at(row));
    }
  }
  sums.flush();
}
