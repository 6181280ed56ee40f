/**
 * Sorting and searching, as steps: what a circuit takes columns of their own for.
 * @module
 */
import { sizeOf, stridesOf } from "../../../core/base/shape.ts";
import { and, equals, greater, greaterEqual, or } from "./logic.ts";
import type { Steps } from "./steps.ts";
import { constants, filled, joined, pick, reshaped, type Tensor } from "./tensor.ts";

/** Which of equal elements comes last. */
export type Ties = "any" | "smallest index first" | "largest index first";

/** The elements of `x` in ascending order, and the places that they came from, which stand in no cell. */
export function sorted(steps: Steps, x: Tensor, ties: Ties = "any"): [values: Tensor, places: Tensor] {
  const count = sizeOf(x.dims), flat = reshaped(x, [count]);
  if (count === 1) return [flat, constants([0])];
  const order = steps.grid.sheet?.advice ? orderOf(flat, ties) : null;
  const values = steps.laid(0, [count], () => order!.map((at) => flat.elements!.values[at]));
  steps.grid.copy(count);
  shuffle(steps, values, flat, order);
  const places = steps.claimed([count], () => order!);
  const lower = (y: Tensor) => pick(y, () => Array.from({ length: count - 1 }, (_, at) => at), [count - 1]);
  const higher = (y: Tensor) => pick(y, () => Array.from({ length: count - 1 }, (_, at) => at + 1), [count - 1]);
  const a = lower(values), b = higher(values), ones = filled(1, a.dims);
  if (ties === "any") {
    steps.equal(ones, greaterEqual(steps, b, a));
    return [values, places];
  }
  const isGreater = greater(steps, b, a), isEqual = equals(steps, b, a);
  const [first, second] = ties === "smallest index first" ? [lower, higher] : [higher, lower];
  const inOrder = greater(steps, second(places), first(places));
  steps.equal(ones, or(steps, isGreater, and(steps, isEqual, inOrder)));
  return [values, places];
}

/** The places of the elements in ascending order. */
function orderOf({ elements }: Tensor, ties: Ties): number[] {
  const { values } = elements!, turned = ties === "largest index first" ? -1 : 1;
  const order = values.map((_, at) => at);
  return order.sort((a, b) => {
    const [x, y] = [values[a]!, values[b]!];
    return x < y ? -1 : x > y ? 1 : turned * (a - b);
  });
}

/** Holds `values` to the elements of `x` in another order. */
function shuffle(steps: Steps, values: Tensor, x: Tensor, order: readonly number[] | null): void {
  const { grid } = steps, count = sizeOf(x.dims), { row, number } = grid.takeShuffle(count);
  grid.putBeside(0, values, row);
  grid.put(0, x);
  const numbers = grid.putBeside(1, filled(number, [count]), row);
  grid.put(1, numbers);
  grid.putBeside(2, steps.claimed([count], () => order!), row);
  grid.put(2, constants(Array.from({ length: count }, (_, at) => at)));
  grid.asking("shuffle", count, row, count);
}

/** The elements of `x` at the places that `index` computes. */
export function select(steps: Steps, x: Tensor, index: Tensor): Tensor {
  const { grid } = steps, size = sizeOf(x.dims), count = sizeOf(index.dims), { row, number } = grid.takeSearch(size);
  grid.putBeside(0, constants(Array.from({ length: size }, (_, at) => at)), row);
  grid.putBeside(1, reshaped(x, [size]), row);
  grid.putBeside(2, filled(number, [size]), row);
  const places = grid.put(0, reshaped(index, [count]));
  const found = steps.laid(1, [count], () => {
    const { values } = x.elements!;
    return places.elements!.values.map((place) => place === null ? null : values[Number(place)] ?? null);
  });
  grid.put(2, filled(number, [count]));
  grid.asking("search", count, row, size);
  return found;
}

/**
 * The places in a tensor of shape `dims` that `index` names along one axis: flat, for an index of one axis that
 * serves all the others.
 */
export function linearPlaces(
  steps: Steps,
  index: Tensor,
  dims: readonly number[],
  axis: number,
  isFlat: boolean,
): Tensor {
  if (!isFlat && index.dims.length === 1) return index;
  const over = isFlat ? dims.with(axis, sizeOf(index.dims)) : index.dims, strides = stridesOf(dims);
  const named = steps.noted(index), multiplier = constants([strides[axis]]);
  return joined(steps.loop(sizeOf(over), (place) => {
    let offset = 0, rest = place, own = place;
    for (let at = over.length - 1; at >= 0; at--) {
      const here = rest % over[at];
      rest = Math.floor(rest / over[at]);
      if (at !== axis) offset += here * strides[at];
      else if (isFlat) own = here;
    }
    const scaled = steps.pair("Mult", pick(named, () => [own], [1]), multiplier);
    return steps.pair("Add", scaled, constants([offset]));
  }));
}
