/**
 * Sorting and searching, as steps: what a circuit takes columns of their own for.
 * @module
 */
import { sizeOf } from "../../../core/base/shape.ts";
import { and, equals, greater, greaterEqual, holdTo, or } from "./logic.ts";
import { FRESH, type Operand, placed } from "./operand.ts";
import type { Steps } from "./steps.ts";

/** Which of equal elements comes last. */
export type Ties = "any" | "smallest index first" | "largest index first";

/** A tensor of witness values that stand in no cell. */
export function fresh(dims: number[]): Operand {
  return { dims, codes: new Int32Array(sizeOf(dims)).fill(FRESH) };
}

/** The elements of `x` in ascending order, and with ties the places that they came from, in no cell. */
export function sorted(steps: Steps, x: Operand, ties: Ties = "any"): [values: Operand, places: Operand] {
  const count = sizeOf(x.dims);
  if (count === 1) return [{ ...x, dims: [1] }, steps.constants([0])];
  const { grid } = steps;
  grid.copy(count);
  steps.put(x);
  grid.shuffle(count);
  const pairs = [count - 1];
  const a = placed(pairs), b = placed(pairs);
  if (ties === "any") {
    holdTo(steps, 1, greaterEqual(steps, b, a));
  } else {
    const isGreater = greater(steps, b, a), isEqual = equals(steps, b, a);
    const inOrder = greater(steps, fresh(pairs), fresh(pairs));
    holdTo(steps, 1, or(steps, isGreater, and(steps, isEqual, inOrder)));
  }
  return [placed([count]), fresh([count])];
}

/** The elements of flat `x` at the places that `index` computes. */
export function select(steps: Steps, x: Operand, index: Operand): Operand {
  steps.put(x);
  steps.put(index);
  steps.grid.search(sizeOf(x.dims), sizeOf(index.dims));
  return placed([sizeOf(index.dims)]);
}

/**
 * The places in a tensor of shape `dims` that `index` names along one axis: flat, for an index of one axis that
 * serves all the others.
 */
export function linearPlaces(
  steps: Steps,
  index: Operand,
  dims: readonly number[],
  axis: number,
  isFlat: boolean,
): Operand {
  if (!isFlat && index.dims.length === 1) return index;
  const over = isFlat ? dims.with(axis, sizeOf(index.dims)) : index.dims;
  const stride = (at: number) => sizeOf(dims.slice(at + 1));
  steps.put(index);
  steps.loop(sizeOf(over), (place) => {
    let offset = 0, rest = place;
    for (let at = over.length - 1; at >= 0; at--) {
      if (at !== axis) offset += rest % over[at] * stride(at);
      rest = Math.floor(rest / over[at]);
    }
    const scaled = steps.pair("Mult", placed([1]), steps.constants([stride(axis)]));
    return steps.pair("Add", scaled, steps.constants([offset]));
  });
  return placed([sizeOf(over)]);
}
