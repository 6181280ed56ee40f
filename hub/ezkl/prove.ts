/**
 * A proof of what a circuit computed: EZKL's `prove`.
 * @module
 */
import { EngineError } from "./engine/errors.ts";
import { ProvingKey } from "./engine/proving_key.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { witnessFromJson } from "./format/witness.ts";
import { checkCircuit } from "./guard/circuit.ts";
import { checkKeyCircuit } from "./guard/key_circuit.ts";
import { checkKeySrs } from "./guard/key_srs.ts";
import { checkPk, vkOf } from "./guard/keys.ts";
import { checkSrsFor } from "./guard/srs.ts";
import { checkWitness } from "./guard/witness.ts";
import { checkToolOptions, type ToolOptions, withEngine } from "./tool.ts";
import { verify } from "./verify.ts";

/**
 * The bytes of a proof file for a witness. A `ProvingKey` is moved to the engine and
 * back, bytes are copied. No two proofs are equal: each is blinded by new random numbers.
 * The proof is verified before it is returned.
 *
 * A proof is worth what its reference string is worth; `describeSrs` tells.
 *
 * @example
 * ```ts ignore
 * await Deno.writeFile("test.pf", await prove(witness, pk, compiled, srs));
 * ```
 * @throws {ArgumentError} for a witness whose proof would not verify, naming the node, and for files of several circuits
 * or reference strings
 * @throws {FormatError} for a file that is damaged
 * @throws {EngineError} for a proof that does not verify, which shows that the key is of another circuit
 */
export async function prove(
  witness: Uint8Array,
  pk: Uint8Array | ProvingKey,
  compiled: Uint8Array,
  srs: Uint8Array,
  options: ToolOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkToolOptions("prove()", options);
  const circuit = decodeCircuit(compiled);
  const { settings } = circuit;
  const values = witnessFromJson(new TextDecoder().decode(witness));
  checkSrsFor("prove()", srs, settings.runArgs.logrows);
  const key = pk instanceof ProvingKey ? pk.bytes : pk;
  checkPk("prove()", key, settings);
  const { price: { seconds }, layout } = checkCircuit("prove()", circuit);
  if (layout) checkKeyCircuit("prove()", key, settings, layout);
  checkKeySrs("prove()", key, settings, srs);
  const vk = vkOf(key, settings);
  return await withEngine("prove", options, seconds.proof, async (engine, call) => {
    await checkWitness(values, circuit, (input) => engine.genWitness(compiled, input, call));
    const proof = await engine.prove(witness, pk, compiled, srs, call);
    if (await verify(proof, vk, settings, srs)) return proof;
    throw new EngineError(
      "prove(): the proof was made and does not verify, so it is not returned; the proving key is of another circuit " +
        "of the same size, or damaged: make both keys of this compiled circuit again with setup()",
    );
  });
}
