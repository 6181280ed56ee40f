/**
 * Tensors of a circuit while it is laid: of every element its value where it is known, where it stands, and what it is.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import type { Felt } from "./felt.ts";

/** No cell. */
export const NOWHERE = -1;

/** What an element is. */
export const Kind = {
  /** A value of the witness. */
  value: 0,
  /** A constant of the circuit. */
  constant: 1,
  /** A public value, whose cell is in the column of instances until it is put elsewhere. */
  instance: 2,
} as const;

/** What is known of a tensor's elements, row-major. */
export interface Elements {
  /** Values; null where a value is not known. A constant's always is. */
  readonly values: readonly (Felt | null)[];
  /** The cell of each, or {@linkcode NOWHERE}. */
  readonly cells: Int32Array<ArrayBuffer>;
  /** The {@linkcode Kind} of each. */
  readonly kinds: Uint8Array<ArrayBuffer>;
}

/** A tensor. */
export interface Tensor {
  /** Shape. */
  readonly dims: readonly number[];
  /**
   * Its elements. Where cells are only counted, null says that all are values that stand in cells, and which cells is
   * nobody's question.
   */
  readonly elements: Elements | null;
}

/** Positions of elements, or what gives them where they are asked for. */
export type Positions = ArrayLike<number> | (() => ArrayLike<number>);

/** A tensor of values in cells that are only counted. */
export function counted(dims: readonly number[]): Tensor {
  return { dims, elements: null };
}

/** Values in no cell; not known ones where none are given. */
export function fresh(dims: readonly number[], values: readonly (Felt | null)[] | null = null): Tensor {
  const count = sizeOf(dims);
  const elements = {
    values: values ?? new Array<null>(count).fill(null),
    cells: new Int32Array(count).fill(NOWHERE),
    kinds: new Uint8Array(count),
  };
  return { dims, elements };
}

/** Constants in no cell. */
export function constants(values: readonly Felt[], dims: readonly number[] = [values.length]): Tensor {
  const cells = new Int32Array(values.length).fill(NOWHERE);
  return { dims, elements: { values, cells, kinds: new Uint8Array(values.length).fill(Kind.constant) } };
}

/** One constant as often as a shape has elements. */
export function filled(value: Felt, dims: readonly number[]): Tensor {
  return constants(new Array<Felt>(sizeOf(dims)).fill(value), dims);
}

/** Whether every element stands in a cell of the prover's. */
export function isPlaced({ elements }: Tensor): boolean {
  return elements === null ||
    elements.cells.every((cell, at) => cell !== NOWHERE && elements.kinds[at] !== Kind.instance);
}

/** Whether an element is a constant. */
export function isConstant({ elements }: Tensor, at: number): boolean {
  return elements !== null && elements.kinds[at] === Kind.constant;
}

/** The same elements in another shape. */
export function reshaped({ elements }: Tensor, dims: readonly number[]): Tensor {
  return { dims, elements };
}

/**
 * Elements of a tensor by their positions, in the shape `dims`; -1 stands for a fresh constant 0, which positions that
 * are given as a function have only where the tensor's elements are known.
 */
export function pick({ elements }: Tensor, positions: Positions, dims: readonly number[]): Tensor {
  if (elements === null && typeof positions === "function") return counted(dims);
  const from = typeof positions === "function" ? positions() : positions, count = from.length;
  if (elements === null && !Array.prototype.includes.call(from, -1)) return counted(dims);
  const values = new Array<Felt | null>(count), cells = new Int32Array(count), kinds = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const place = from[at];
    if (place < 0) {
      values[at] = 0;
      cells[at] = NOWHERE;
      kinds[at] = Kind.constant;
    } else if (elements === null) {
      values[at] = null;
    } else {
      values[at] = elements.values[place];
      cells[at] = elements.cells[place];
      kinds[at] = elements.kinds[place];
    }
  }
  return { dims, elements: { values, cells, kinds } };
}

/** Tensors one after the other. */
export function joined(tensors: readonly Tensor[], dims?: readonly number[]): Tensor {
  const count = tensors.reduce((sum, { dims }) => sum + sizeOf(dims), 0), shape = dims ?? [count];
  if (tensors.every(({ elements }) => elements === null)) return counted(shape);
  const values = new Array<Felt | null>(count).fill(null);
  const cells = new Int32Array(count), kinds = new Uint8Array(count);
  let at = 0;
  for (const { dims, elements } of tensors) {
    const size = sizeOf(dims);
    if (elements !== null) {
      for (let own = 0; own < size; own++) values[at + own] = elements.values[own];
      cells.set(elements.cells, at);
      kinds.set(elements.kinds, at);
    }
    at += size;
  }
  return { dims: shape, elements: { values, cells, kinds } };
}

/** A function of values where they are known. */
export function mapped({ elements }: Tensor, f: (value: Felt) => Felt): (Felt | null)[] {
  return elements!.values.map((value) => value === null ? null : f(value));
}

/** The shape that EZKL pairs two shapes to: axis by axis the longer where they have as many axes, else that with more. */
export function pairedShape(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length !== b.length) return a.length > b.length ? a : b;
  return a.map((size, axis) => Math.max(size, b[axis]));
}

/** A tensor repeated along axes of length 1, and along those that it lacks at the right. */
export function repeated(x: Tensor, dims: readonly number[]): Tensor {
  const count = sizeOf(dims), size = sizeOf(x.dims);
  if (size === count) return reshaped(x, dims);
  if (size === 1) return pick(x, new Int32Array(count), dims);
  const positions = new Int32Array(count), at = dims.map(() => 0);
  for (let index = 0; index < count; index++) {
    positions[index] = x.dims.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : at[axis]), 0);
    for (let axis = dims.length - 1; axis >= 0 && ++at[axis] === dims[axis]; axis--) at[axis] = 0;
  }
  return pick(x, positions, dims);
}
