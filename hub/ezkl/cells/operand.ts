/**
 * A tensor as the layout sees it: its shape, and of each element only whether it stands in
 * a cell already and whether it is a constant.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";

/** An element that was computed in a cell. */
export const PLACED = -1;

/** A witness value that stands in no cell yet. */
export const FRESH = -2;

/**
 * A tensor. Without `codes` every element is `PLACED`. A code from 0 is a constant: twice
 * its number, and one more once it stands in a cell.
 */
export interface Operand {
  /** Shape. */
  dims: number[];
  /** One code for each element, row-major, or null. */
  codes: Int32Array<ArrayBuffer> | null;
}

/** A tensor of elements computed in cells. */
export function placed(dims: number[]): Operand {
  return { dims, codes: null };
}

/** Whether every element stands in a cell. */
export function isPlaced({ codes }: Operand): boolean {
  return codes === null || codes.every((code) => code === PLACED || (code >= 0 && code % 2 === 1));
}

/** The tensor once all its elements stand in cells. */
export function place({ dims, codes }: Operand): Operand {
  if (codes === null || !codes.some((code) => code >= 0)) return placed(dims);
  return { dims, codes: codes.map((code) => code < 0 ? PLACED : code | 1) };
}

/** The elements of `from` at `positions`, in the shape `dims`; -1 stands for `filler`. */
export function pick(from: Operand, positions: Int32Array, dims: number[], filler: number = FRESH): Operand {
  const { codes } = from;
  if (codes === null && !positions.includes(-1)) return placed(dims);
  return { dims, codes: Int32Array.from(positions, (at) => at < 0 ? filler : codes ? codes[at] : PLACED) };
}

/** `operands` joined along `axis`. */
export function concat(operands: Operand[], axis: number, dims: number[]): Operand {
  if (operands.every(({ codes }) => codes === null)) return placed(dims);
  const before = sizeOf(dims.slice(0, axis));
  const parts: number[] = [];
  for (let outer = 0; outer < before; outer++) {
    for (const operand of operands) {
      const length = sizeOf(operand.dims) / before;
      for (let i = 0; i < length; i++) parts.push(operand.codes ? operand.codes[outer * length + i] : PLACED);
    }
  }
  return { dims, codes: Int32Array.from(parts) };
}

/** For each position of the shape `dims`, what `source` makes of its coordinates. */
export function mapPositions(dims: number[], source: (coordinates: number[]) => number): Int32Array<ArrayBuffer> {
  const positions = new Int32Array(sizeOf(dims));
  const at = dims.map(() => 0);
  for (let i = 0; i < positions.length; i++) {
    positions[i] = source(at);
    for (let axis = dims.length - 1; axis >= 0 && ++at[axis] === dims[axis]; axis--) at[axis] = 0;
  }
  return positions;
}

/** The row-major position of `coordinates` in the shape `dims`. */
export function positionOf(coordinates: number[], dims: number[]): number {
  let position = 0;
  for (let axis = 0; axis < dims.length; axis++) position = position * dims[axis] + coordinates[axis];
  return position;
}
