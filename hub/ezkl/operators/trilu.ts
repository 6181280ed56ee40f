/**
 * Trilu: the part of matrices above or below a diagonal.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { Attributes } from "../network/attributes.ts";
import { activation } from "../network/lowering.ts";
import { places, reshape } from "./making.ts";
import { move } from "./moved.ts";
import { input, type Operator } from "./operator.ts";

/** The operator. */
export const trilu: Operator = {
  name: "Trilu",
  lower(lowering) {
    const attributes = new Attributes(lowering.node, ["k", "upper"]), x = activation(lowering, 0);
    if (lowering.inputs.length > 1) throw new ArgumentError("its k is computed, expected a constant");
    const upper = attributes.integer("upper", 1) !== 0, k = attributes.integer("k", 0);
    const op = move("Trilu", { kind: "Linear", op: { name: "Trilu", upper, k } }, (shape) => {
      const [rows, columns] = shape.slice(-2);
      return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => {
        const beyond = at % columns - Math.floor(at / columns) % rows - k;
        return (upper ? beyond >= 0 : beyond <= 0) ? at : -1;
      });
    }, [1]);
    // EZKL takes the second axis and the third for the matrices', and does nothing where there is no third.
    const rows = x.shape.slice(-2), matrices = sizeOf(x.shape.slice(0, -2));
    const batch = x.shape.length === 3 ? x : reshape(lowering, x, [matrices, ...rows]);
    return reshape(lowering, lowering.add(op, [batch, places(lowering, [k], x)], batch.shape), x.shape);
  },
  cases: [
    {
      inputs: [input(3, 4), { shape: [], values: [1], type: "INT64" }],
      differs: "EZKL leaves a single matrix as it is",
    },
    {
      name: "of two axes of matrices",
      inputs: [input(2, 2, 3, 3), { shape: [], values: [0], type: "INT64" }],
      differs: "EZKL takes the wrong axes for the matrices'",
    },
    { name: "below", inputs: [input(2, 3, 3), { shape: [], values: [0], type: "INT64" }], attributes: { upper: 0 } },
  ],
};
