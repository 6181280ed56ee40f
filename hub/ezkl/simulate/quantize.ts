/**
 * From a network's inputs to the circuit's whole numbers.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { InputType } from "../format/circuit.ts";
import { quantize } from "../numbers/fixed_point.ts";
import { EXACT_LIMIT, PrecisionError } from "../numbers/exact.ts";

/**
 * A graph input as the engine takes it: 32-bit floats times 2^scale; integers lose what is
 * behind the point first, and booleans are 0 or 1.
 * @throws {ArgumentError} for a value that is no finite number
 * @throws {PrecisionError} for a result past 2^53
 */
export function quantizeInput(values: Float32Array, scale: number, datumType: InputType = "F32"): Float64Array {
  const out = new Float64Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (!Number.isFinite(value)) {
      throw new ArgumentError(`quantizeInput: element ${index} is ${value}, expected a finite number`);
    }
    out[index] = quantize(fitting(value, datumType), scale);
    if (Math.abs(out[index]) > EXACT_LIMIT) {
      throw new PrecisionError(
        `quantizeInput: element ${index} is ${value}, which at scale ${scale} passes 2^53; take a smaller scale`,
      );
    }
  }
  return out;
}

function fitting(value: number, datumType: InputType): number {
  switch (datumType) {
    case "Int":
    case "TDim":
      return Math.trunc(value);
    case "Bool":
      return value === 0 ? 0 : 1;
    default:
      return value;
  }
}
