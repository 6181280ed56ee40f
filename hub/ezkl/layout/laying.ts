/**
 * What every operation does with its operands while a circuit is laid out.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Grid } from "./grid.ts";
import { isPlaced, type Operand, place } from "./operand.ts";

/** A grid, and the steps that look at an operand's elements. */
export class Laying {
  /** Where cells go. */
  readonly grid: Grid;

  /** Lays into `grid`. */
  constructor(grid: Grid) {
    this.grid = grid;
  }

  /** Whether all of `operand` stands in cells that a later use can point to. */
  isLaid(operand: Operand): boolean {
    return this.grid.mode === "keygen" && isPlaced(operand);
  }

  /** Cells that laying `operand` down takes: none where it stands already. */
  again(operand: Operand): number {
    return this.isLaid(operand) ? 0 : sizeOf(operand.dims);
  }

  /** Notes the constants of `operand`, which its use puts in cells. */
  useConstants({ codes }: Operand): void {
    for (const code of codes ?? []) if (code >= 0) this.grid.useNumber(code >> 1);
  }

  /** The elements of `operand` in cells, laid down where they are not. */
  identity(operand: Operand): Operand {
    this.useConstants(operand);
    this.grid.copy(this.again(operand));
    return this.after(operand);
  }

  /** The same with a sign and digits, which bounds every element. */
  decomposed(operand: Operand): Operand {
    this.useInverses(operand);
    this.grid.decompose(sizeOf(operand.dims));
    return this.after(operand);
  }

  /** Notes the constants of `operand` and their inverses, which asking for a sign puts in cells. */
  useInverses(operand: Operand): void {
    this.useConstants(operand);
    for (const code of operand.codes ?? []) {
      const value = code < 0 ? 0n : this.grid.constantValue(code >> 1);
      if (value !== 0n) this.grid.use(value === 1n || value === -1n ? value : `1/${value}`);
    }
  }

  /** What `operand` is once it stands in cells: the dummy count forgets that it does. */
  after(operand: Operand): Operand {
    return this.grid.mode === "keygen" ? place(operand) : operand;
  }
}
