/**
 * MultiBroadcastTo, MoveAxis, Slice, Downsample, Pad, Resize, Trilu, Concat, Reshape, Flatten, Identity: elements
 * go elsewhere. Some of them lay what they move down once more.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { SameStep } from "../numbers/elementwise.ts";
import { concatPlaces, type Move, padPlaces } from "../numbers/moves.ts";
import { broadcastPlaces, placesOf } from "../numbers/places.ts";
import { axisOf, type CircuitOperation, type Named, one } from "./operation.ts";
import { byIndex, moved, moving } from "./moving.ts";

/** The same elements in another shape. */
export const reshape: CircuitOperation<Named<"Reshape" | "Flatten">> = {
  lay: (_, { inputs: [x] }) => x,
  step: (_, about) => new SameStep(sizeOf(one(about))),
};

/** The same elements at another scale. */
export const identity: CircuitOperation<Named<"Identity">> = {
  lay: (_, { steps, inputs: [x] }) => steps.identity(x),
  step: (_, about) => new SameStep(sizeOf(one(about))),
};

/** Elements repeated along axes; fewer axes are compared from the first on. */
export const broadcast: CircuitOperation<Named<"MultiBroadcastTo">> = {
  ...moving(({ shape }, [x]) => ({ from: broadcastPlaces(x, shape) })),
  lay({ shape }, { steps, inputs: [x], dims }) {
    const wide = moved([steps.grid.put(0, x)], { from: broadcastPlaces(x.dims, shape) }, dims);
    steps.grid.copy(sizeOf(shape));
    return wide;
  },
};

/** One axis elsewhere. */
export const moveAxis: CircuitOperation<Named<"MoveAxis">> = moving(({ source, destination }, [x], where) => {
  const strides = stridesOf(x), order = [...x.keys()].filter((axis) => axis !== axisOf(source, x, where));
  order.splice(destination, 0, source);
  return { from: placesOf(order.map((axis) => x[axis]), order.map((axis) => strides[axis])) };
});

/** A part along an axis. */
export const slice: CircuitOperation<Named<"Slice">> = moving(({ axis, start, end }, [x], where) => {
  const strides = stridesOf(x), lengths = x.with(axisOf(axis, x, where), end - start);
  return { from: placesOf(lengths, strides, start * strides[axis]) };
}, (steps, x) => steps.identity(x));

/** Every so manyth element along an axis. */
export const downsample: CircuitOperation<Named<"Downsample">> = {
  ...moving(everyNth),
  lay(op, { steps, inputs: [x], dims }) {
    const { grid } = steps, few = moved([grid.put(0, x)], everyNth(op, [x.dims], "layOut"), dims);
    const result = grid.put(2, few);
    grid.copy(sizeOf(x.dims));
    return result;
  },
};

function everyNth(
  { axis, stride, modulo }: Named<"Downsample">,
  [x]: readonly (readonly number[])[],
  where: string,
): Move {
  const strides = stridesOf(x), lengths = x.with(axisOf(axis, x, where), Math.ceil((x[axis] - modulo) / stride));
  return { from: placesOf(lengths, strides.with(axis, strides[axis] * stride), modulo * strides[axis]) };
}

/** Zeros around. */
export const pad: CircuitOperation<Named<"Pad">> = moving(({ padding }, [x], where) => {
  if (padding.length === x.length) return { from: padPlaces(x, padding) };
  throw new ArgumentError(`${where}: ${padding.length} pairs of padding for the shape [${x}]; every axis needs one`);
});

/** Every element a whole number of times along each axis. */
export const resize: CircuitOperation<Named<"Resize">> = moving(({ scaleFactor }, [x]) => {
  const strides = stridesOf(x);
  return byIndex(
    x.map((length, axis) => length * scaleFactor[axis]),
    (index) => index.reduce((at, i, axis) => at + Math.floor(i / scaleFactor[axis]) * strides[axis], 0),
  );
}, (steps, x) => steps.copied(x));

const triangle = ({ upper, k }: Named<"Trilu">, [x]: readonly (readonly number[])[], where: string): Move => {
  const strides = stridesOf(x);
  // EZKL takes the second axis and the third for the matrices', and does nothing where there is no third.
  if (x.length < 3) return { from: placesOf(x, strides) };
  if (x.length > 3) throw new ArgumentError(`${where}: the shape [${x}] has more axes than a batch of matrices, 3`);
  return byIndex(x, (index) => {
    const [row, column] = index.slice(-2);
    const isKept = upper ? column - row >= k : column - row <= k;
    return isKept ? index.reduce((at, i, axis) => at + i * strides[axis], 0) : -1;
  });
};

/** The part above or below a diagonal, with zeros in place of the other. */
export const trilu: CircuitOperation<Named<"Trilu">> = {
  ...moving(triangle),
  lay(op, { steps, inputs: [x], dims }) {
    const whole = steps.isLaid(x) ? x : steps.grid.put(0, x);
    return steps.copied(moved([whole], triangle(op, [x.dims], "layOut"), dims));
  },
};

/** Operands one behind another along an axis. */
export const concat: CircuitOperation<Named<"Concat">> = moving(({ axis }, shapes, where) =>
  concatPlaces(shapes, axisOf(axis, shapes[0], where))
);
