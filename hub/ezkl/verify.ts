/**
 * Whether a proof holds, and what it shows: EZKL's `verify`.
 * @module
 */
import { decodeInstances, hasAllInstances, type Proof, proofFromJson, type ProvenValues } from "./format/proof.ts";
import type { GraphSettings } from "./format/settings.ts";
import { settingsToJson } from "./format/settings_json.ts";
import { checkKeySrs } from "./guard/key_srs.ts";
import { checkVk } from "./guard/keys.ts";
import { checkPretty } from "./guard/pretty.ts";
import { proofBytes } from "./guard/proof.ts";
import { checkSrs } from "./srs/check.ts";
import { verifierSrs } from "./srs/verifier.ts";
import { checkToolOptions, type ToolOptions, withEngine } from "./tool.ts";

/**
 * True if and only if a proof holds; false for a whole proof that does not. Everything
 * else, a damaged file or one of another kind, is an error, so that no answer but true
 * lets a proof pass.
 *
 * The verifier decides what is proven by choosing key, settings and reference string
 * himself: they must not come with the proof. The string may be of any k and of the same
 * ceremony, the 516 bytes of `verifierSrs` too. A proof under a string that `describeSrs`
 * calls unsafe can be forged by whoever made the string. A key of another string than the one
 * given is refused where both are for one k; else that cannot be seen, and the answer is false.
 *
 * @example
 * ```ts ignore
 * if (await verify(proof, vk, settings, srs)) {
 *   const [logits] = readProof(proof, settings).outputs!;
 * }
 * ```
 * @throws {FormatError} for a file that is damaged, a proof whose `hex_proof` or `pretty_public_inputs` is another's, and
 * a key of another circuit
 * @throws {ArgumentError} for a key that was made with another reference string of its k
 * @throws {EngineError} where the engine gives no clear answer
 */
export async function verify(
  proof: Uint8Array,
  vk: Uint8Array,
  settings: GraphSettings,
  srs: Uint8Array,
  options: ToolOptions = {},
): Promise<boolean> {
  checkToolOptions("verify()", options);
  const file = proofFromJson(new TextDecoder().decode(proof));
  const isWhole = hasAllInstances(file, settings);
  checkVk("verify()", vk, settings);
  const logrows = checkSrs(srs);
  checkKeySrs("verify()", vk, settings, srs);
  // The engine reads a proof to its end and says nothing of what follows.
  if (!isWhole || file.proof.length !== proofBytes(settings, vk)) return false;
  const settingsFile = new TextEncoder().encode(settingsToJson(settings));
  // Every k holds the verifier's three points, and the engine wants to copy what it is given. Making the shortest
  // string takes a fifth of a small proof's verification, so one that is it already is taken as it is.
  const points = logrows === 1 ? srs : verifierSrs(srs);
  const answer = await withEngine(
    "verify",
    options,
    null,
    (engine, call) => engine.verify(proof, vk, settingsFile, points, call),
  );
  if (answer !== true) return false;
  checkShown(file, settings);
  return true;
}

/** A proof that holds may still tell people other numbers than it proves. */
function checkShown(proof: Proof, settings: GraphSettings): void {
  const { inputs, outputs } = decodeInstances(proof, settings).integers;
  const { modelInputScales, modelOutputScales } = settings;
  checkPretty(
    "proof.json: pretty_public_inputs",
    proof.prettyPublicInputs,
    inputs && { integers: inputs, scales: modelInputScales },
    outputs && { integers: outputs, scales: modelOutputScales },
  );
}

/**
 * What a proof shows, as floats: from its instances, which are proven, and never from its
 * `pretty_public_inputs`, which are not. Says nothing about whether the proof holds; ask
 * {@linkcode verify} first.
 *
 * @throws {FormatError} for a damaged proof, and for one with more or fewer numbers than the settings have
 */
export function readProof(proof: Uint8Array | string, settings: GraphSettings): ProvenValues {
  const text = typeof proof === "string" ? proof : new TextDecoder().decode(proof);
  return decodeInstances(proofFromJson(text), settings);
}
