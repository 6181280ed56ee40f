/**
 * Elements copied from place to place.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { placesOf } from "./places.ts";
import { Scratch, type Step, type Values } from "./values.ts";

/** For each element of the result, which operand it comes from and where; -1 is a zero. */
export interface Move {
  /** By element of the result: the element of its operand, or -1. */
  from: Int32Array;
  /** By element of the result: the operand; absent where there is only one. */
  operand?: Int32Array;
}

/** Copies elements. */
export class MoveStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #move: Move;
  readonly #out = new Scratch();

  /** As `move` says. */
  constructor(move: Move) {
    this.size = move.from.length;
    this.#move = move;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run(inputs: readonly Values[], lanes: number): Float64Array {
    const { from, operand } = this.#move;
    const out = this.#out.take(this.size * lanes);
    for (let element = 0; element < from.length; element++) {
      const at = element * lanes;
      const x = inputs[operand === undefined ? 0 : operand[element]];
      const start = from[element] * x.lanes;
      if (start < 0) out.fill(0, at, at + lanes);
      else if (x.lanes === 1) out.fill(x.data[start], at, at + lanes);
      else for (let lane = 0; lane < lanes; lane++) out[at + lane] = x.data[start + lane];
    }
    return out;
  }
}

/** For each element of a padded tensor the element of the tensor, or -1 outside. */
export function padPlaces(shape: readonly number[], padding: readonly [before: number, after: number][]): Int32Array {
  const padded = shape.map((length, axis) => length + padding[axis][0] + padding[axis][1]);
  const strides = stridesOf(padded);
  const from = new Int32Array(sizeOf(padded)).fill(-1);
  const start = padding.reduce((sum, [before], axis) => sum + before * strides[axis], 0);
  placesOf(shape, strides, start).forEach((place, element) => from[place] = element);
  return from;
}

/** Where the elements of operands go that stand one behind another along an axis. */
export function concatPlaces(shapes: readonly (readonly number[])[], axis: number): Move {
  const length = shapes.reduce((sum, shape) => sum + shape[axis], 0);
  const result = shapes[0].with(axis, length);
  const strides = stridesOf(result);
  const from = new Int32Array(sizeOf(result));
  const operand = new Int32Array(sizeOf(result));
  let before = 0;
  shapes.forEach((shape, index) => {
    placesOf(shape, strides, before * strides[axis]).forEach((place, element) => {
      from[place] = element;
      operand[place] = index;
    });
    before += shape[axis];
  });
  return { from, operand };
}
