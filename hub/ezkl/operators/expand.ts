/**
 * Expand, Tile: elements repeated. A repeated element is a copy, so Expand costs a cell an element and Tile, which
 * only points to the same cells again, none.
 * @module
 */
import { spreadPlaces } from "../network/floats.ts";
import { Attributes } from "../network/attributes.ts";
import { activation, type LoweredValue, type Lowering, madeShape } from "../network/lowering.ts";
import { floatsOf, numbers, reshape } from "./making.ts";
import { move, picked } from "./moved.ts";
import { input, type Operator, wholes } from "./operator.ts";

/** A value spread to a shape. */
export function expanded(lowering: Lowering, x: LoweredValue, shape: readonly number[]): LoweredValue {
  if (x.shape.join() === shape.join()) return x;
  if (x.constant !== null) {
    const values = floatsOf(x);
    return numbers(lowering, Array.from(spreadPlaces(x.shape, shape), (place) => values[place]), shape, x);
  }
  const whole = reshape(lowering, x, [...shape.slice(x.shape.length).map(() => 1), ...x.shape]);
  const op = move(
    "MultiBroadcastTo",
    { kind: "Linear", op: { name: "MultiBroadcastTo", shape: [...shape] } },
    spreadPlaces,
  );
  return lowering.add(op, [whole], shape);
}

/** Spread to a shape. */
export const expand: Operator = {
  name: "Expand",
  lower(lowering) {
    new Attributes(lowering.node, ["shape"]);
    const shape = madeShape(lowering, "shape");
    return expanded(lowering, activation(lowering, 0), shape.length === 0 ? [1] : shape);
  },
  cases: [
    { inputs: [input(1, 3, 1), wholes(2, 3, 2)] },
    { name: "with more axes", inputs: [input(3, 1), wholes(2, 3, 2)], differs: "EZKL compares from the first axis on" },
  ],
};

/** Repeated as a whole. */
export const tile: Operator = {
  name: "Tile",
  lower(lowering) {
    madeShape(lowering, "repeats");
    return new Attributes(lowering.node, ["repeats"]).integers("repeats")!.reduce((x, times, axis) => {
      const size = x.shape[axis];
      return picked(lowering, x, axis, Array.from({ length: size * times }, (_, at) => at % size));
    }, activation(lowering, 0));
  },
  cases: [{ inputs: [input(2, 3), wholes(2, 2)], differs: "EZKL has no operation for its reader's Tile" }],
};
