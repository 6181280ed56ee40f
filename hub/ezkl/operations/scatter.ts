/**
 * ScatterElements, ScatterND with places that are constants: elements of one tensor stand in for some of another's.
 * @module
 */
import { placeOf } from "../numbers/places.ts";
import type { Move } from "../numbers/moves.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { ArgumentError } from "../../../core/base/errors.ts";
import type { IndexTensor } from "../format/circuit.ts";
import type { CircuitOperation, Named } from "./operation.ts";
import { moving } from "./moving.ts";

function scattered(x: readonly number[], places: readonly number[]): Move {
  const from = Int32Array.from({ length: sizeOf(x) }, (_, at) => at), operand = new Int32Array(from.length);
  places.forEach((place, at) => {
    from[place] = at;
    operand[place] = 1;
  });
  return { from, operand };
}

function known(index: IndexTensor | null, where: string): IndexTensor {
  if (index !== null) return index;
  throw new ArgumentError(`${where}: it scatters to places that are computed, which is not laid out here`);
}

/** One place along an axis for every element of the index. */
export const scatterElements: CircuitOperation<Named<"ScatterElements">> = moving(
  ({ dim, constantIdx }, [x], where) => {
    const { values, dims } = known(constantIdx, where), strides = stridesOf(x), own = stridesOf(dims);
    return scattered(
      x,
      values.map((value, element) => {
        const at = own.map((stride, axis) => Math.floor(element / stride) % dims[axis]);
        return placeOf(at.with(dim, value), strides);
      }),
    );
  },
);

/** Parts at the tuples of the index's last axis. */
export const scatterNd: CircuitOperation<Named<"ScatterND">> = moving(({ constantIdx }, [x], where) => {
  const { values, dims } = known(constantIdx, where), strides = stridesOf(x), depth = dims.at(-1)!;
  const part = sizeOf(x.slice(depth)), count = values.length / depth;
  return scattered(
    x,
    Array.from({ length: count * part }, (_, element) => {
      const tuple = Math.floor(element / part) * depth;
      return placeOf(values.slice(tuple, tuple + depth), strides) + element % part;
    }),
  );
});
