/**
 * From a number to the whole number that a circuit has in its place.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";

/** EZKL keeps whole numbers in 128 bits while it compiles. */
const LIMIT = 2 ** 127;

/**
 * x * 2^scale to the nearest whole number, halves away from zero. The product is
 * exact in double precision, so the result is too; what is not a number is 0.
 * Throws an `ArgumentError` for a result beyond 128 bits.
 */
export function quantize(x: number, scale: number): number {
  const product = x * 2 ** scale;
  if (Number.isNaN(product)) return 0;
  if (Math.abs(product) < LIMIT) return roundAway(product);
  throw new ArgumentError(
    `quantize(): ${x} at scale ${scale} is beyond the 128 bits that a circuit's numbers have; take a smaller scale`,
  );
}

/** The smallest scale, up to `most`, at which every value is a whole number; `most` where there is none. */
export function fewestBits(values: ArrayLike<number>, most: number): number {
  let scale = 0;
  for (let at = 0; at < values.length && scale < most; at++) {
    while (scale < most && !Number.isInteger(values[at] * 2 ** scale)) scale++;
  }
  return scale;
}
