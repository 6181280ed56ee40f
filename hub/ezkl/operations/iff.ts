/**
 * Iff: the second operand where the first is 1, the third where it is 0.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { choice } from "../cells/logic.ts";
import { broadcastPlaces, broadcastShape } from "../numbers/places.ts";
import { Scratch } from "../numbers/values.ts";
import type { CircuitOperation } from "./operation.ts";

/** A choice by 0 and 1. */
export const iff: CircuitOperation<{ name: "Iff" }> = {
  lay: (_, { steps, inputs: [mask, a, b] }) => choice(steps, mask, a, b),
  step(_, { operands, recorder, where }) {
    const shapes = operands.map(({ shape }) => shape);
    const shape = shapes.reduce<readonly number[] | undefined>(
      (all, own) => all && broadcastShape(all, own),
      shapes[0],
    );
    if (operands.length !== 3 || shape === undefined) {
      throw new ArgumentError(`${where}: it chooses between shapes ${shapes.map((own) => `[${own}]`).join(", ")}`);
    }
    const places = shapes.map((own) => broadcastPlaces(own, shape)), size = sizeOf(shape), scratch = new Scratch();
    return {
      size,
      run(inputs, lanes) {
        recorder.range(1);
        const out = scratch.take(size * lanes);
        const at = (operand: number, element: number, lane: number) => {
          const { data, lanes: own } = inputs[operand], from = places[operand][element];
          return data[own === 1 ? from : from * own + lane];
        };
        for (let element = 0, index = 0; element < size; element++) {
          for (let lane = 0; lane < lanes; lane++, index++) {
            out[index] = at(at(0, element, lane) === 0 ? 2 : 1, element, lane);
          }
        }
        return out;
      },
    };
  },
};
