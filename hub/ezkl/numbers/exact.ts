/**
 * Whole numbers in 64-bit floats: how far they are exact.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";

/** A number of the circuit passes 2^53, where 64-bit floats stop being exact whole numbers. */
export class PrecisionError extends ZkgradError {
  /** The class, as text. */
  override name = "PrecisionError";
}

/** 2^53 - 1: sums and products whose magnitude stays below are exact in any order. */
export const EXACT_LIMIT: number = Number.MAX_SAFE_INTEGER;

/**
 * Refuses numbers that may reach `bound`.
 * @throws {PrecisionError} when `bound` is past the limit, or no number
 */
export function mustBeExact(bound: number, where: string): void {
  if (bound <= EXACT_LIMIT) return;
  throw new PrecisionError(
    `${where} may reach ${bound.toExponential(2)}, and whole numbers are simulated exactly to 2^53 only; ` +
      `take smaller scales or a smaller scaleRebaseMultiplier`,
  );
}
