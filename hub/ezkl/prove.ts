/**
 * A proof of what a circuit computed: EZKL's `prove`.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { pauses } from "../../core/base/pauses.ts";
import { EngineError } from "./engine/errors.ts";
import { ProvingKey } from "./engine/proving_key.ts";
import { decodeCircuit } from "./format/circuit_codec.ts";
import { fieldToHex } from "./format/field.ts";
import { formatJson } from "./format/json.ts";
import type { GraphSettings } from "./format/settings.ts";
import { witnessFromJson } from "./format/witness.ts";
import { checkCircuit } from "./guard/circuit.ts";
import { checkKeyCircuit } from "./guard/key_circuit.ts";
import { checkKeySrs } from "./guard/key_srs.ts";
import { checkPk, vkOf } from "./guard/keys.ts";
import { checkSrsFor } from "./guard/srs.ts";
import { checkWitness } from "./guard/witness.ts";
import { columnsOf } from "../halo2/circuit/columns.ts";
import { KEY_HEADER, vkBytesOf } from "../halo2/circuit/key_bytes.ts";
import { computeWitness } from "./prover/compute_witness.ts";
import { askedProver, checkToolOptions, type ToolOptions, withEngine, withProver } from "./tool.ts";
import { verify } from "./verify.ts";
import { checkFiles } from "./format/given.ts";

/**
 * The bytes of a proof file for a witness. zkgrad's prover takes the circuit's verifying key, or the proving key of
 * EZKL's format, which begins with it; EZKL's engine takes the proving key: a `ProvingKey` is moved to it and back,
 * bytes are copied. No two proofs are equal: each is blinded by new random numbers. The proof is verified before it is
 * returned.
 *
 * A proof is worth what its reference string is worth; `describeSrs` tells.
 *
 * @example
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import {
 *   compileCircuit,
 *   genSettings,
 *   genSrs,
 *   genWitness,
 *   inputJson,
 *   prove,
 *   setup,
 * } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for a try; getSrs gets a ceremony's
 * const { vk } = await setup(compiled, srs);
 * const witness = await genWitness(compiled, inputJson(Float32Array.of(1, 0, -1)));
 * const proof = await prove(witness, vk, compiled, srs); // the bytes of test.pf
 * ```
 * @throws {ArgumentError} for a witness whose proof would not verify, naming the node, and for files of several circuits
 * or reference strings
 * @throws {FormatError} for a file that is damaged
 * @throws {EngineError} for a proof of the engine's that does not verify, which shows that the key is of another circuit
 */
export async function prove(
  witness: Uint8Array,
  key: Uint8Array | ProvingKey,
  compiled: Uint8Array,
  srs: Uint8Array,
  options: ToolOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkToolOptions("prove()", options);
  const bytes = key instanceof ProvingKey ? key.bytes : key;
  checkFiles("prove()", { witness, key: bytes, compiled, srs });
  const circuit = decodeCircuit(compiled), pause = pauses(options.signal);
  const { settings } = circuit;
  const values = witnessFromJson(new TextDecoder().decode(witness));
  checkSrsFor("prove()", srs, settings.runArgs.logrows);
  const isVk = !(key instanceof ProvingKey) && isVerifyingKey(bytes, settings);
  if (!isVk) checkPk("prove()", bytes, settings, !(key instanceof ProvingKey));
  await pause();
  const { price: { seconds, prover }, layout } = checkCircuit("prove()", circuit, askedProver(options));
  if (!isVk && layout) checkKeyCircuit("prove()", bytes, settings, layout);
  checkKeySrs("prove()", bytes, settings, srs);
  const vk = isVk ? bytes : vkOf(bytes, settings);
  await pause();
  if (prover === "zkgrad") {
    return await withProver("prove", options, seconds.proof, async (prover, call) => {
      await checkWitness(values, circuit, (inputs) => Promise.resolve(computeWitness(circuit, inputs)));
      await pause();
      return await prover.prove(witness, vk, compiled, srs, call);
    });
  }
  if (isVk) {
    throw new ArgumentError(
      "prove(): EZKL's engine makes the proofs of this circuit, and the key is its verifying key; give the proving key " +
        'that setup() makes with the prover "ezkljs"',
    );
  }
  return await withEngine("prove", options, seconds.proof, async (engine, call) => {
    await checkWitness(values, circuit, async (inputs) => {
      const input = formatJson({ input_data: inputs.map((tensor) => tensor.map(fieldToHex)) }, "input.json");
      return witnessFromJson(new TextDecoder().decode(await engine.genWitness(compiled, input, call)));
    });
    const proof = await engine.prove(witness, key, compiled, srs, call);
    if (await verify(proof, vk, settings, srs)) return proof;
    throw new EngineError(
      "prove(): the proof was made and does not verify, so it is not returned; the proving key is of another circuit " +
        "of the same size, or damaged: make both keys of this compiled circuit again with setup()",
    );
  });
}

/** Whether a key has the length of a verifying key of the settings. */
function isVerifyingKey(key: Uint8Array, settings: GraphSettings): boolean {
  if (key.length < KEY_HEADER) return false;
  const fixed = new DataView(key.buffer, key.byteOffset).getUint32(3, true);
  return key.length === vkBytesOf(columnsOf(settings), fixed, key[2] === 1);
}
