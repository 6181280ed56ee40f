/**
 * What a compiled circuit costs before any key is made.
 * @module
 */
import { decodeCircuit } from "./format/circuit_codec.ts";
import { checkCircuit } from "./guard/circuit.ts";
import type { Price } from "./layout/price.ts";

/**
 * Sizes of the keys, memory and time of a compiled circuit: bytes are exact, memory is
 * right within a third and time within a factor of two.
 * @throws {CircuitTooLargeError} for a circuit that the engine could not hold, saying what would help
 * @throws {FormatError} for a file that is no compiled circuit
 */
export function priceCircuit(compiled: Uint8Array): Price {
  return checkCircuit("priceCircuit()", decodeCircuit(compiled)).price;
}
