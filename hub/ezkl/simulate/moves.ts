/**
 * Operations that put elements elsewhere and change none.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import { broadcastPlaces, placesOf, stridesOf } from "./places.ts";
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

/**
 * What an operation moves where, for operands of these shapes; undefined for one that is no move.
 * @throws {ArgumentError} for arguments that do not fit the shapes
 */
export function moveOf(op: PolyOp | HybridOp, shapes: readonly (readonly number[])[], where: string): Move | undefined {
  const [shape] = shapes;
  const strides = stridesOf(shape);
  const inside = (axis: number) => {
    if (axis < shape.length) return axis;
    throw new ArgumentError(`${where}: axis ${axis} is outside the shape [${shape}]`);
  };
  switch (op.name) {
    case "MultiBroadcastTo":
      return { from: broadcastPlaces(shape, op.shape) };
    case "MoveAxis": {
      const order = shape.map((_, axis) => axis).filter((axis) => axis !== inside(op.source));
      order.splice(op.destination, 0, op.source);
      return { from: placesOf(order.map((axis) => shape[axis]), order.map((axis) => strides[axis])) };
    }
    case "Slice": {
      const lengths = shape.with(inside(op.axis), op.end - op.start);
      return { from: placesOf(lengths, strides, op.start * strides[op.axis]) };
    }
    case "Downsample": {
      const lengths = shape.with(inside(op.axis), Math.ceil((shape[op.axis] - op.modulo) / op.stride));
      return {
        from: placesOf(lengths, strides.with(op.axis, strides[op.axis] * op.stride), op.modulo * strides[op.axis]),
      };
    }
    case "Pad":
      if (op.padding.length !== shape.length) {
        throw new ArgumentError(
          `${where}: ${op.padding.length} pairs of padding for the shape [${shape}]; every axis needs one`,
        );
      }
      return { from: padPlaces(shape, op.padding) };
    case "Resize":
      return byIndex(
        shape.map((length, axis) => length * op.scaleFactor[axis]),
        (index) => index.reduce((at, i, axis) => at + Math.floor(i / op.scaleFactor[axis]) * strides[axis], 0),
      );
    case "Trilu":
      return byIndex(shape.slice(), (index) => {
        const [row, column] = index.slice(-2);
        const kept = op.upper ? column - row >= op.k : column - row <= op.k;
        return kept ? index.reduce((at, i, axis) => at + i * strides[axis], 0) : -1;
      });
    case "Concat":
      return concat(shapes, inside(op.axis));
    case "Gather": {
      if (op.constantIdx === null) return undefined;
      const { values } = op.constantIdx;
      return byIndex(
        shape.with(inside(op.dim), values.length),
        (index) => index.reduce((at, i, axis) => at + (axis === op.dim ? values[i] : i) * strides[axis], 0),
      );
    }
    case "GatherElements": {
      if (op.constantIdx === null) return undefined;
      const { values, dims } = op.constantIdx;
      const places = stridesOf(dims);
      return byIndex(dims.slice(), (index) => {
        const chosen = values[index.reduce((at, i, axis) => at + i * places[axis], 0)];
        return index.reduce((at, i, axis) => at + (axis === op.dim ? chosen : i) * strides[axis], 0);
      });
    }
    default:
      return undefined;
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

function concat(shapes: readonly (readonly number[])[], axis: number): Move {
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

function byIndex(shape: number[], place: (index: number[]) => number): Move {
  const strides = stridesOf(shape);
  const from = new Int32Array(sizeOf(shape));
  for (let element = 0; element < from.length; element++) {
    from[element] = place(strides.map((stride, axis) => Math.floor(element / stride) % shape[axis]));
  }
  return { from };
}
