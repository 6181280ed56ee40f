/**
 * Whether bytes are a reference string.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import { G1, G2, isOnG1, isOnG2 } from "../../halo2/curve/bn254.ts";
import { G1_BYTES, G2_BYTES, readG1, readG2 } from "../../halo2/curve/encoding.ts";
import { checkLogrows, FIRST_POINT, lagrangeStart, readLogrows, srsBytes } from "./layout.ts";

/** Points taken at random, beside the first and the last of each half. */
const RANDOM_POINTS = 8;

/**
 * Checks that bytes are a whole reference string in EZKL's raw format: their number, the
 * generators, and a few points of each half for being on the curve. It does not show that the
 * points belong together, nor who knows the secret; see `describeSrs`.
 *
 * @param bytes the file
 * @param caller who asks, for errors
 * @param logrows the k that it must be for, when only one will do
 * @returns its k
 * @throws {FormatError} saying what is wrong with it
 */
export function checkSrs(caller: string, bytes: Uint8Array, logrows?: number): number {
  if (logrows !== undefined) checkLogrows(caller, logrows);
  const found = readLogrows(caller, bytes);
  const refuse = (what: string): never => {
    throw new FormatError(`${caller}: ${what}; the file is damaged or of another format, fetch or make it again`);
  };
  if (logrows !== undefined && found !== logrows) {
    throw new FormatError(
      `${caller}: the reference string is for k = ${found}, expected ${logrows}; every k has a file of its own`,
    );
  }
  const n = 2 ** found;
  const first = readG1(bytes, FIRST_POINT);
  if (first.x !== G1.x || first.y !== G1.y) {
    refuse("the first point of the reference string is not the generator of G1");
  }
  const sample = [0, 1, n - 1, ...Array.from({ length: RANDOM_POINTS }, () => Math.floor(Math.random() * n))];
  for (const start of [FIRST_POINT, lagrangeStart(found)]) {
    for (const index of sample) {
      if (isOnG1(readG1(bytes, start + G1_BYTES * index))) continue;
      refuse(
        `point ${index} of the reference string's ${
          start === FIRST_POINT ? "powers" : "Lagrange form"
        } is not on the curve`,
      );
    }
  }
  const end = srsBytes(found) - 2 * G2_BYTES;
  const generator = readG2(bytes, end);
  const same = [...generator.x, ...generator.y].every((part, i) => part === [...G2.x, ...G2.y][i]);
  if (!same) refuse("the first point of G2 in the reference string is not the generator of G2");
  if (!isOnG2(readG2(bytes, end + G2_BYTES))) {
    refuse("the last point of the reference string is not on the curve of G2");
  }
  return found;
}
