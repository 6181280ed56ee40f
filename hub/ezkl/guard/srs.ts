/**
 * Whether a reference string is the one that a circuit needs.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { checkSrs } from "../srs/check.ts";
import { readLogrows } from "../srs/layout.ts";

/**
 * Refuses a reference string of another k: the keys would take its k, and no proof
 * made with them would hold.
 * @throws {ArgumentError} with both numbers
 * @throws {FormatError} for bytes that are no reference string
 */
export function checkSrsFor(caller: string, srs: Uint8Array, logrows: number): void {
  const found = readLogrows(caller, srs);
  if (found !== logrows) {
    throw new ArgumentError(
      `${caller}: the reference string is for k = ${found}, and the circuit has logrows ${logrows}; give the string for ` +
        `k = ${logrows}, which getSrs(${logrows}, ...) gets and genSrs(${logrows}) makes for tests, or compile the ` +
        "circuit for another logrows",
    );
  }
  checkSrs(caller, srs);
}
