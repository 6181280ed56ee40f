/**
 * A proof of what a circuit computed: EZKL's `prove`.
 * @module
 */
import { ProvingKey } from "./engine/proving_key.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { witnessFromJson } from "./format/witness.ts";
import { checkCircuit } from "./guard/circuit.ts";
import { checkPk } from "./guard/keys.ts";
import { checkSrsFor } from "./guard/srs.ts";
import { checkWitness } from "./guard/witness.ts";
import { type ToolOptions, withEngine } from "./tool.ts";

/**
 * The bytes of a proof file for a witness. A `ProvingKey` is moved to the engine and
 * back, bytes are copied. No two proofs are equal: each is blinded by new random numbers.
 *
 * A proof is worth what its reference string is worth; `describeSrs` tells.
 *
 * @example
 * ```ts ignore
 * await Deno.writeFile("test.pf", await prove(witness, pk, compiled, srs));
 * ```
 * @throws {ArgumentError} for a witness whose proof would not verify, naming the node, and for files of several circuits
 * @throws {FormatError} for a file that is damaged
 */
export async function prove(
  witness: Uint8Array,
  pk: Uint8Array | ProvingKey,
  compiled: Uint8Array,
  srs: Uint8Array,
  options: ToolOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const circuit = decodeCircuit(compiled);
  checkSrsFor("prove()", srs, circuit.settings.runArgs.logrows);
  checkWitness(witnessFromJson(new TextDecoder().decode(witness)), circuit);
  checkPk("prove()", pk instanceof ProvingKey ? pk.bytes : pk, circuit.settings);
  const { seconds } = checkCircuit("prove()", circuit);
  return await withEngine(
    "prove",
    options,
    seconds.proof,
    (engine, call) => engine.prove(witness, pk, compiled, srs, call),
  );
}
