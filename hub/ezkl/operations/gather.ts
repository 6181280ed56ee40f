/**
 * Gather, GatherElements, GatherND: elements by their places. Places that are constants cost nothing, those
 * that are computed a search.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { linearPlaces, select } from "../cells/order.ts";
import type { Steps } from "../cells/steps.ts";
import { constants, joined, pick, reshaped, type Tensor } from "../cells/tensor.ts";
import type { IndexTensor } from "../format/circuit.ts";
import { type Move, MoveStep } from "../numbers/moves.ts";
import { placeOf, placesOf } from "../numbers/places.ts";
import { Scratch, type Step } from "../numbers/values.ts";
import { axisOf, type CircuitOperation, type Computing, type Laying, type Named, one, two } from "./operation.ts";
import { byIndex, moved } from "./moving.ts";

/** Where the element of an index at `at` of the result is read: the place of the index, then that of the tensor for its value. */
type Reading = (at: number[]) => { index: number[]; place: (values: number[]) => number };

interface Places {
  /** Shape of the result. */
  shape: number[];
  reading: Reading;
}

/** An operation whose index may be a constant; `laid` gives the flat places of a computed one. */
function gathering<Op>(
  indexOf: (op: Op) => IndexTensor | null,
  placesFor: (op: Op, x: readonly number[], index: readonly number[], where: string) => Places,
  laid: (op: Op, steps: Steps, x: Tensor, index: Tensor) => Tensor,
): CircuitOperation<Op> {
  const fixed = (op: Op, x: readonly number[], { values, dims }: IndexTensor, where: string): Move => {
    const { shape, reading } = placesFor(op, x, dims, where);
    return byIndex(shape, (at) => {
      const { index, place } = reading(at);
      return place(index.map((one) => values[one]));
    });
  };
  return {
    move(op, [x], where) {
      const known = indexOf(op);
      return known === null ? null : fixed(op, x, known, where);
    },
    lay(op, { steps, inputs, dims }: Laying) {
      const [x, index] = inputs, known = indexOf(op);
      if (known !== null) return moved([x], fixed(op, x.dims, known, "layOut"), dims);
      return select(steps, x, laid(op, steps, x, index));
    },
    step(op, about) {
      const known = indexOf(op);
      if (known !== null) return new MoveStep(fixed(op, one(about), known, about.where));
      const [x, index] = two(about);
      return searching(placesFor(op, x.shape, index.shape, about.where), sizeOf(x.shape), about);
    },
  };
}

function searching({ shape, reading }: Places, most: number, { where }: Computing): Step {
  const size = sizeOf(shape), scratch = new Scratch();
  const readings = Array.from(
    { length: size },
    (_, element) => reading(stridesOf(shape).map((stride, axis) => Math.floor(element / stride) % shape[axis])),
  );
  return {
    size,
    run([x, index], lanes) {
      const out = scratch.take(size * lanes);
      readings.forEach(({ index: read, place }, element) => {
        for (let lane = 0; lane < lanes; lane++) {
          const values = read.map((one) => index.data[index.lanes === 1 ? one : one * index.lanes + lane]);
          const from = place(values);
          if (!(from >= 0 && from < most)) {
            throw new ArgumentError(`${where}: it looks for the place ${from} in a tensor of ${most} elements`);
          }
          out[element * lanes + lane] = x.data[x.lanes === 1 ? from : from * x.lanes + lane];
        }
      });
      return out;
    },
  };
}

/** Whole parts along an axis; the index has one axis in the result. */
export const gather: CircuitOperation<Named<"Gather">> = gathering(
  ({ constantIdx }) => constantIdx,
  ({ dim }, x, index, where) => {
    const strides = stridesOf(x), axis = axisOf(dim, x, where);
    return {
      shape: x.with(axis, sizeOf(index)),
      reading: (at) => {
        const rest = placeOf(at.with(axis, 0), strides), [chosen] = [at[axis]];
        return { index: [chosen], place: ([value]) => rest + value * strides[axis] };
      },
    };
  },
  ({ dim }, steps, x, index) => linearPlaces(steps, reshaped(index, [sizeOf(index.dims)]), x.dims, dim, true),
);

/** One element along an axis for every element of the index. */
export const gatherElements: CircuitOperation<Named<"GatherElements">> = gathering(
  ({ constantIdx }) => constantIdx,
  ({ dim }, x, index, where) => {
    const strides = stridesOf(x), axis = axisOf(dim, x, where), own = stridesOf(index);
    return {
      shape: [...index],
      reading: (at) => {
        const rest = placeOf(at.with(axis, 0), strides), element = placeOf(at, own);
        return { index: [element], place: ([value]) => rest + value * strides[axis] };
      },
    };
  },
  ({ dim }, steps, x, index) => linearPlaces(steps, index, x.dims, dim, false),
);

/** What stands at the tuples of the index's last axis. */
export const gatherNd: CircuitOperation<Named<"GatherND">> = gathering(
  ({ indices }) => indices,
  ({ batchDims }, x, index) => {
    const strides = stridesOf(x), own = stridesOf(index), depth = index.at(-1)!, outer = index.slice(0, -1);
    return {
      shape: [...outer, ...x.slice(batchDims + depth)],
      reading: (at) => {
        const first = placeOf(at.slice(0, outer.length), own);
        const batch = placeOf(at.slice(0, batchDims), strides);
        const rest = placeOf(at.slice(outer.length), strides.slice(batchDims + depth));
        return {
          index: Array.from({ length: depth }, (_, i) => first + i),
          place: (tuple) => batch + rest + placeOf(tuple, strides.slice(batchDims)),
        };
      },
    };
  },
  ({ batchDims }, steps, x, index) => {
    const depth = index.dims.at(-1)!, count = sizeOf(index.dims) / depth, inner = x.dims.slice(batchDims + depth);
    const named = steps.noted(index), within = stridesOf(inner), perIndex = sizeOf(inner);
    const multipliers = stridesOf(x.dims).slice(batchDims), perBatch = count / sizeOf(index.dims.slice(0, batchDims));
    const batches = placesOf(index.dims.slice(0, batchDims), stridesOf(x.dims).slice(0, batchDims));
    const results: Tensor[] = [];
    for (let at = 0; at < count; at++) {
      const tuple = pick(named, () => Array.from({ length: depth }, (_, axis) => at * depth + axis), [depth]);
      const offset = constants([batches[Math.floor(at / perBatch)] ?? 0]);
      for (let rest = 0; rest < perIndex; rest++) {
        // The places within a part are constants.
        const whole = joined([tuple, constants(within.map((stride, axis) => Math.floor(rest / stride) % inner[axis]))]);
        const scaled = steps.pair("Mult", whole, constants(multipliers));
        results.push(steps.sum(joined([scaled, offset])));
      }
    }
    return joined(results);
  },
);
