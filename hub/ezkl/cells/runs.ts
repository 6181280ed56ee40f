/**
 * Sums and products over whole rows: a running total in every row, and where a block ends, its last row once more at
 * the start of the next.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { add, type Felt, multiply } from "./felt.ts";
import type { Grid } from "./grid.ts";
import type { Side } from "./sheet.ts";
import { constants, counted, fresh, joined, reshaped, type Tensor } from "./tensor.ts";

/** A kind of run: the gates of its first row and of every other, what fills the last row, and where its operands go. */
interface Run {
  readonly first: "DotInit" | "SumInit" | "CumProdInit";
  readonly next: "Dot" | "Sum" | "CumProd";
  readonly filler: Felt;
  readonly sides: readonly Side[];
  readonly join: (total: Felt, term: Felt) => Felt;
}

/** The sum of products of pairs. */
export const DOT: Run = { first: "DotInit", next: "Dot", filler: 0, sides: [0, 1], join: add };
/** The sum. */
export const SUM: Run = { first: "SumInit", next: "Sum", filler: 0, sides: [1], join: add };
/** The product. */
export const PRODUCT: Run = { first: "CumProdInit", next: "CumProd", filler: 1, sides: [1], join: multiply };

/** Lays a run over vectors of one length; gives the last total. */
export function layRun(grid: Grid, run: Run, operands: readonly Tensor[]): Tensor {
  grid.flush();
  const { innerCols, capacity, sheet } = grid, length = sizeOf(operands[0].dims);
  let rows = Math.ceil(length / innerCols);
  const missing = rows * innerCols - length;
  if (sheet === null) {
    for (const operand of operands) grid.use(operand);
    if (missing > 0) grid.useValue(run.filler);
  }
  if (grid.mode === "dummy") {
    for (let left = capacity - grid.cells % capacity; rows * innerCols >= left; left = capacity - innerCols) {
      rows -= left / innerCols;
      grid.cells += left + innerCols;
    }
    grid.cells += rows * innerCols;
    return counted([1]);
  }
  const filler = constants(new Array<Felt>(missing).fill(run.filler));
  const whole = sheet === null ? [] : operands.map((x) => missing === 0 ? reshaped(x, [length]) : joined([x, filler]));
  whole.forEach((x, index) => putRows(grid, run.sides[index], x));
  let total: Felt | null = null, isKnown = sheet !== null, cell = 0;
  for (let row = 0; row < rows; row++) {
    for (let at = row * innerCols; isKnown && at < (row + 1) * innerCols; at++) {
      const term = termAt(whole, at);
      if (term === null) isKnown = false;
      else total = total === null ? term : run.join(total, term);
    }
    grid.rowwise(row === 0 ? run.first : run.next);
    if (sheet !== null) {
      cell = sheet.at(2, grid.cells);
      if (isKnown) sheet.write(cell, total!);
    }
    grid.cells += innerCols;
    if (grid.cells % capacity !== 0) continue;
    if (sheet !== null) {
      const again = sheet.at(2, grid.cells);
      if (isKnown) sheet.write(again, total!);
      sheet.copy(cell, again);
    }
    grid.cells += innerCols;
  }
  if (sheet === null) return counted([1]);
  const result = fresh([1], [isKnown ? total : null]);
  result.elements!.cells[0] = cell;
  return result;
}

/** The product of the operands' elements at a position; null where one is not known. */
function termAt(operands: readonly Tensor[], at: number): Felt | null {
  const a = operands[0].elements!.values[at];
  if (operands.length === 1 || a === null) return a;
  const b = operands[1].elements!.values[at];
  return b === null ? null : multiply(a, b);
}

/** Whole rows; the last element of a block is repeated through the first row of the next. */
function putRows({ innerCols, capacity, sheet, cells }: Grid, side: Side, x: Tensor): void {
  let lin = cells;
  const count = x.elements!.values.length;
  for (let at = 0; at < count; at++) {
    sheet!.put(x, at, sheet!.at(side, lin++));
    if (lin % capacity !== 0) continue;
    for (let more = 0; more < innerCols; more++) sheet!.put(x, at, sheet!.at(side, lin++));
  }
}
