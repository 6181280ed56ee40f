/**
 * Parts, orders and repetitions of a value: what several operators are made of.
 * @module
 */
import { stridesOf } from "../../../core/base/shape.ts";
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import { fromPlaces } from "../network/floats.ts";
import type { LoweredValue, Lowering } from "../network/lowering.ts";
import type { NetworkOp } from "../network/network.ts";
import { placesOf } from "../numbers/places.ts";
import { own } from "./making.ts";

/** A move that keeps the scale. */
export function move(
  name: string,
  op: { kind: "Linear"; op: PolyOp } | { kind: "Hybrid"; op: HybridOp },
  places: (shape: readonly number[], to: readonly number[]) => ArrayLike<number>,
  spent: readonly number[] = [],
): NetworkOp {
  return own(name, { write: ({ scales }) => ({ op, scale: scales[0] }), float: fromPlaces(places), spent });
}

/** The elements from `start` to before `end` along an axis. */
export function part(lowering: Lowering, x: LoweredValue, axis: number, start: number, end: number): LoweredValue {
  if (start === 0 && end === x.shape[axis]) return x;
  const op = move("Slice", { kind: "Linear", op: { name: "Slice", axis, start, end } }, (shape, to) => {
    const strides = stridesOf(shape);
    return placesOf(to, strides, start * strides[axis]);
  });
  return lowering.add(op, [x], x.shape.with(axis, end - start));
}

/** The elements of an axis by their numbers, each perhaps several times. */
export function picked(lowering: Lowering, x: LoweredValue, axis: number, places: readonly number[]): LoweredValue {
  if (places.length === x.shape[axis] && places.every((place, at) => place === at)) return x;
  return lowering.add(pickedOp(axis, places, [places.length]), [x], x.shape.with(axis, places.length));
}

/** The same where an index of the file's own, which has the shape `dims`, says the numbers. */
export function pickedBy(
  lowering: Lowering,
  x: LoweredValue,
  axis: number,
  places: readonly number[],
  index: LoweredValue,
): LoweredValue {
  const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
  return lowering.add(pickedOp(axis, places, index.shape, [1]), [x, index], shape);
}

function pickedOp(axis: number, places: readonly number[], dims: readonly number[], spent: number[] = []): NetworkOp {
  const constantIdx = { values: [...places], dims: [...dims], scale: null, visibility: null };
  const op = { kind: "Hybrid", op: { name: "Gather", dim: axis, constantIdx } } as const;
  return move("Gather", op, (shape) => {
    const strides = stridesOf(shape), inner = strides[axis], outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    return Array.from({ length: outer * places.length * inner }, (_, at) => {
      const line = Math.floor(at / inner), first = Math.floor(line / places.length) * inner * shape[axis];
      return first + places[line % places.length] * inner + at % inner;
    });
  }, spent);
}

/** Every `stride`-th element along an axis from `first` on. */
export function sampled(
  lowering: Lowering,
  x: LoweredValue,
  axis: number,
  stride: number,
  first: number,
): LoweredValue {
  const op = move(
    "Downsample",
    { kind: "Linear", op: { name: "Downsample", axis, stride, modulo: first } },
    (shape, to) => {
      const strides = stridesOf(shape);
      return placesOf(to, strides.with(axis, strides[axis] * stride), first * strides[axis]);
    },
  );
  return lowering.add(op, [x], x.shape.with(axis, Math.ceil((x.shape[axis] - first) / stride)));
}

/** The axes in another order, one axis moved at a time. */
export function permuted(lowering: Lowering, x: LoweredValue, order: readonly number[]): LoweredValue {
  let current = [...order.keys()], result = x;
  for (const [from, to] of movesFor(order)) {
    const next = current.filter((_, at) => at !== from);
    next.splice(to, 0, current[from]);
    const op = move(
      "MoveAxis",
      { kind: "Linear", op: { name: "MoveAxis", source: from, destination: to } },
      (shape, made) => {
        const strides = stridesOf(shape), axes = [...shape.keys()].filter((axis) => axis !== from);
        axes.splice(to, 0, from);
        return placesOf(made, axes.map((axis) => strides[axis]));
      },
    );
    const axes = [...result.shape.keys()].filter((axis) => axis !== from);
    axes.splice(to, 0, from);
    result = lowering.add(op, [result], axes.map((axis) => result.shape[axis]));
    current = next;
  }
  return result;
}

/** Moves of one axis each that give an order: what is not in its place yet is brought there, from the front on. */
function movesFor(order: readonly number[]): [from: number, to: number][] {
  let current = [...order.keys()];
  const moves: [number, number][] = [];
  for (let at = 0; at < order.length; at++) {
    if (current[at] === order[at]) continue;
    // An axis that only has to go back is moved itself, rather than all those that it stands before.
    const back = order.indexOf(current[at]);
    const shifted = current.filter((_, i) => i !== at);
    shifted.splice(back, 0, current[at]);
    const from = current.indexOf(order[at]);
    const isBack = shifted.slice(at, back + 1).join() === order.slice(at, back + 1).join();
    if (isBack) {
      moves.push([at, back]);
      current = shifted;
    } else {
      moves.push([from, at]);
      current = current.filter((_, i) => i !== from);
      current.splice(at, 0, order[at]);
    }
  }
  return moves;
}

/** Values one behind another along an axis. */
export function joined(lowering: Lowering, values: readonly LoweredValue[], axis: number): LoweredValue {
  if (values.length === 1) return values[0];
  const op = own("Concat", {
    write: ({ scales }) => ({ op: { kind: "Linear", op: { name: "Concat", axis } }, scale: Math.max(...scales) }),
    align: [...values.keys()],
    float: ({ shapes, shape }) => {
      const strides = stridesOf(shape);
      let before = 0;
      const places = shapes.map((own) => {
        const at = placesOf(own, strides, before * strides[axis]);
        before += own[axis];
        return at;
      });
      return (inputs, out) => places.forEach((at, side) => at.forEach((place, i) => out[place] = inputs[side][i]));
    },
  });
  const [first] = values;
  const like = values.find((x) => x.constant === null) ?? first;
  const shape = first.shape.with(axis, values.reduce((sum, x) => sum + x.shape[axis], 0));
  return lowering.add(op, values, shape, like.elements ?? undefined);
}
