/**
 * What a compiled circuit costs before any key is made.
 * @module
 */
import { decodeCircuit } from "./format/circuit_codec.ts";
import { checkCircuit } from "./guard/circuit.ts";
import type { Price, ProverName } from "./layout/price.ts";
import { checkFiles } from "./format/given.ts";

/**
 * Sizes of the keys, memory and time of a compiled circuit: bytes are exact, memory is
 * right within a third and time within a factor of two. `prover` says whose; where it is left out it is who would make
 * keys and proofs, which the price names: zkgrad's prover, or EZKL's engine for a circuit that it does not take.
 * @throws {CircuitTooLargeError} for a circuit that the prover could not hold, saying what would help
 * @throws {FormatError} for a file that is no compiled circuit
 */
export function priceCircuit(compiled: Uint8Array, prover?: ProverName): Price {
  checkFiles("priceCircuit()", { compiled });
  return checkCircuit("priceCircuit()", decodeCircuit(compiled), prover ?? null).price;
}
