/**
 * The bytes of a structured reference string: the number k; 2^k points s^i · G1; the same
 * 2^k points in Lagrange form; G2; s · G2.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import { G1_BYTES, G2_BYTES } from "../../halo2/curve/encoding.ts";

/** Where the points s^i · G1 begin. */
export const FIRST_POINT: number = 4;
/** The largest k that was ever published. */
export const MAX_LOGROWS: number = 26;

/** The size of the file for 2^logrows rows. */
export function srsBytes(logrows: number): number {
  return FIRST_POINT + 2 * G1_BYTES * 2 ** logrows + 2 * G2_BYTES;
}

/** Where the points in Lagrange form begin. */
export function lagrangeStart(logrows: number): number {
  return FIRST_POINT + G1_BYTES * 2 ** logrows;
}

/**
 * Refuses what is no number of rows.
 * @throws {ArgumentError} for anything but a whole number from 1 to `most`
 */
export function checkLogrows(caller: string, logrows: number, most: number = MAX_LOGROWS): void {
  if (!Number.isInteger(logrows) || logrows < 1 || logrows > most) {
    throw new ArgumentError(`${caller}: logrows is ${logrows}, expected a whole number from 1 to ${most}`);
  }
}

/**
 * The k that the bytes begin with, once their number fits it; of a file that is read in parts, `length` is the whole's.
 * @throws {FormatError} for bytes that are no reference string
 */
export function readLogrows(caller: string, bytes: Uint8Array, length: number = bytes.length): number {
  if (length < FIRST_POINT) {
    throw new FormatError(`${caller}: ${length} bytes are no reference string, expected at least ${srsBytes(1)}`);
  }
  const logrows = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (logrows < 1 || logrows > MAX_LOGROWS) {
    throw new FormatError(
      `${caller}: the file begins with k = ${logrows}, expected 1 to ${MAX_LOGROWS}: it is no reference string in EZKL's ` +
        "raw format",
    );
  }
  if (length !== srsBytes(logrows)) {
    throw new FormatError(
      `${caller}: the file begins with k = ${logrows} and has ${length} bytes, expected ${srsBytes(logrows)}; ` +
        "fetch or make it again",
    );
  }
  return logrows;
}
