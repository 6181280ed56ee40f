/**
 * Tensors of a circuit while its cells are assigned: of every element its value where it is known, where it stands, and
 * what it is.
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

/** A tensor. */
export interface Tensor {
  /** Shape. */
  readonly dims: readonly number[];
  /** Values, row-major; null where a value is not known. */
  readonly values: readonly (Felt | null)[];
  /** The cell of each, or {@linkcode NOWHERE}. */
  readonly cells: Int32Array;
  /** The {@linkcode Kind} of each. */
  readonly kinds: Uint8Array;
}

/** Values in no cell. */
export function fresh(values: readonly (Felt | null)[], dims: readonly number[] = [values.length]): Tensor {
  return { dims, values, cells: new Int32Array(values.length).fill(NOWHERE), kinds: new Uint8Array(values.length) };
}

/** Constants in no cell. */
export function constants(values: readonly Felt[], dims: readonly number[] = [values.length]): Tensor {
  return { ...fresh(values, dims), kinds: new Uint8Array(values.length).fill(Kind.constant) };
}

/** One constant as often as a shape has elements. */
export function filled(value: Felt, dims: readonly number[]): Tensor {
  return constants(new Array<Felt>(sizeOf(dims)).fill(value), dims);
}

/** Whether every element stands in a cell of the prover's. */
export function isPlaced({ cells, kinds }: Tensor): boolean {
  return cells.every((cell, at) => cell !== NOWHERE && kinds[at] !== Kind.instance);
}

/** Whether an element is a constant in no cell. */
export function isFreshConstant({ cells, kinds }: Tensor, at: number): boolean {
  return kinds[at] === Kind.constant && cells[at] === NOWHERE;
}

/** The same elements in another shape. */
export function reshaped(tensor: Tensor, dims: readonly number[]): Tensor {
  return { ...tensor, dims };
}

/** Elements of a tensor by their positions; -1 stands for a fresh constant 0. */
export function pick(
  tensor: Tensor,
  positions: ArrayLike<number>,
  dims: readonly number[] = [positions.length],
): Tensor {
  const count = positions.length;
  const values = new Array<Felt | null>(count), cells = new Int32Array(count), kinds = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const from = positions[at];
    values[at] = from < 0 ? 0 : tensor.values[from];
    cells[at] = from < 0 ? NOWHERE : tensor.cells[from];
    kinds[at] = from < 0 ? Kind.constant : tensor.kinds[from];
  }
  return { dims, values, cells, kinds };
}

/** Tensors one after the other. */
export function joined(tensors: readonly Tensor[], dims?: readonly number[]): Tensor {
  const count = tensors.reduce((sum, { values }) => sum + values.length, 0);
  const cells = new Int32Array(count), kinds = new Uint8Array(count);
  let at = 0;
  for (const tensor of tensors) {
    cells.set(tensor.cells, at);
    kinds.set(tensor.kinds, at);
    at += tensor.values.length;
  }
  return { dims: dims ?? [count], values: tensors.flatMap(({ values }) => values), cells, kinds };
}

/** A function of values where they are known. */
export function mapped({ values }: Tensor, f: (value: Felt) => Felt): (Felt | null)[] {
  return values.map((value) => value === null ? null : f(value));
}
