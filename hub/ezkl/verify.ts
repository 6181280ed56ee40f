/**
 * Whether a proof holds, and what it shows: EZKL's `verify`, in TypeScript alone.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { readVerifyingKey } from "../halo2/circuit/verifying_key.ts";
import { proofHolds } from "../halo2/verify/verify_proof.ts";
import { fieldToBigEndianHex, signedOf, unsignedOf } from "./format/field.ts";
import { decodeInstances, hasAllInstances, type Proof, proofFromJson, type ProvenValues } from "./format/proof.ts";
import type { GraphSettings } from "./format/settings.ts";
import { checkKeySrs } from "./guard/key_srs.ts";
import { checkPretty } from "./guard/pretty.ts";
import { checkSrs } from "./srs/check.ts";
import { secretG2 } from "./srs/verifier.ts";
import { checkFiles, checkJson, checkSettings } from "./format/given.ts";

/**
 * True if and only if a proof holds; false for a whole proof that does not. Everything
 * else, a damaged file or one of another kind, is an error, so that no answer but true
 * lets a proof pass. Needs no engine, no Worker and no WebAssembly: any JavaScript will do.
 *
 * Key, settings and reference string **must come from the verifier's side**: they decide what
 * is proven, and a prover who may choose one of them can prove anything. The settings say which
 * numbers of the proof are shown, with what scale, and how the key is read; the key holds the
 * network with its weights; whoever knows the string's secret can forge. Keep the three from the
 * day the circuit was made, or their hashes, and take from the prover the proof alone. Whether
 * they are the circuit of a certain network, only making them again from that network shows.
 *
 * The string may be of any k and of the same ceremony, the 516 bytes of `verifierSrs` too: only
 * G1, G2 and s · G2 are used. A proof under a string that `describeSrs` calls unsafe can be forged
 * by whoever made the string. A key of another string than the one given is refused where both are
 * for one k; else that cannot be seen, and the answer is false.
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
 *   readProof,
 *   setup,
 *   verify,
 * } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for a try; getSrs gets a ceremony's
 * const { vk } = await setup(compiled, srs);
 * const witness = await genWitness(compiled, inputJson(Float32Array.of(1, 0, -1)));
 * const proof = await prove(witness, vk, compiled, srs);
 *
 * if (!await verify(proof, vk, settings, srs)) throw new Error("the proof does not hold");
 * const [logits] = readProof(proof, settings).outputs!;
 * ```
 * @throws {FormatError} for a file that is damaged, a proof whose `hex_proof` or `pretty_public_inputs` is another's, and
 * a key of another circuit
 * @throws {ArgumentError} for a key that was made with another reference string of its k, and for a fifth argument
 */
export async function verify(
  proof: Uint8Array,
  vk: Uint8Array,
  settings: GraphSettings,
  srs: Uint8Array,
  ...more: never[]
): Promise<boolean> {
  if (more.length > 0) {
    throw new ArgumentError(
      "verify() takes a proof, a verifying key, settings and a reference string, and nothing else: it needs no engine; " +
        "to hear EZKL's own verifier, call verify() of an Engine",
    );
  }
  checkFiles("verify()", { proof, vk, srs });
  checkSettings("verify()", settings);
  const file = proofFromJson(new TextDecoder().decode(proof), "the proof");
  checkKind(file, settings);
  const isWhole = hasAllInstances(file, settings);
  const key = readVerifyingKey("verify()", vk, settings);
  checkSrs("verify()", srs);
  checkKeySrs("verify()", vk, settings, srs);
  const instances = file.instances.flat().map(unsignedOf);
  const statement = { settings, vk: key, secretG2: secretG2(srs), instances };
  if (!isWhole || !proofHolds("verify()", file.proof, statement)) return false;
  checkShown(file, settings);
  return await Promise.resolve(true);
}

/** Refuses what is proven in another way than the one that is checked here. */
function checkKind({ transcriptType, commitment }: Proof, { runArgs }: GraphSettings): void {
  if (transcriptType !== "EVM") {
    throw new FormatError(
      `proof.json: transcript_type is ${
        JSON.stringify(transcriptType)
      }, expected "EVM", the only one that is verified ` +
        "here; make the proof with ezkl prove --proof-type single",
    );
  }
  const other = [commitment, runArgs.commitment].find((scheme) => scheme !== null && scheme !== "KZG");
  if (other !== undefined) {
    throw new FormatError(
      `verify(): the proof's commitments or the settings' are ${
        JSON.stringify(other)
      }, expected "KZG", the only scheme ` +
        "that is verified here; compile the circuit with the commitment KZG",
    );
  }
}

/** A proof that holds may still tell people other numbers than it proves. */
function checkShown(proof: Proof, settings: GraphSettings): void {
  const { integers: { inputs, outputs }, hashes } = decodeInstances(proof, settings);
  const { modelInputScales, modelOutputScales } = settings;
  checkPretty(
    "proof.json: pretty_public_inputs",
    proof.prettyPublicInputs,
    inputs && { integers: inputs, scales: modelInputScales },
    outputs && { integers: outputs, scales: modelOutputScales },
  );
  const told = proof.prettyPublicInputs;
  if (hashes && told) {
    checkHashes([...told.processedInputs, ...told.processedParams, ...told.processedOutputs].flat(), hashes);
  }
}

function checkHashes(told: readonly string[], proven: readonly bigint[]): void {
  const texts = proven.map((hash) => fieldToBigEndianHex(signedOf(hash)));
  if (told.length === 0 || (told.length === texts.length && told.every((text, index) => text === texts[index]))) return;
  throw new FormatError(
    `proof.json: pretty_public_inputs tells the hashes ${told.join(", ")}, and the proof is about ${
      texts.join(", ")
    }; ` +
      "it was changed",
  );
}

/**
 * What a proof shows, as floats: from its instances, which are proven, and never from its
 * `pretty_public_inputs`, which are not. Says nothing about whether the proof holds; ask
 * {@linkcode verify} first. The settings say which numbers are shown and what their scale is, so
 * they must be the verifier's own, and not come with the proof.
 *
 * @throws {FormatError} for a damaged proof, and for one with more or fewer numbers than the settings have
 */
export function readProof(proof: Uint8Array | string, settings: GraphSettings): ProvenValues {
  checkJson("readProof()", "proof", proof);
  checkSettings("readProof()", settings);
  const text = typeof proof === "string" ? proof : new TextDecoder().decode(proof);
  return decodeInstances(proofFromJson(text, "the proof"), settings);
}
