/**
 * A compiled circuit's file, and what is told of another file in its place.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import type { GraphCircuit } from "../format/circuit.ts";
import { decodeCircuit } from "../format/circuit_codec.ts";

/**
 * The circuit in the bytes of the file `name`.
 * @throws {FormatError} where they are no circuit, or a damaged one
 */
export function circuitFile(bytes: Uint8Array, name: string): GraphCircuit {
  try {
    return decodeCircuit(bytes, name);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(
      `${name} is no compiled circuit of EZKL 21, or is damaged; compile the network again (${
        cause.message.replace(`${name}: `, "")
      })`,
      { cause },
    );
  }
}
