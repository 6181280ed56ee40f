/**
 * Whether a proof holds, and what it shows: EZKL's `verify`.
 * @module
 */
import { decodeInstances, proofFromJson, type ProvenValues } from "./format/proof.ts";
import type { GraphSettings } from "./format/settings.ts";
import { settingsToJson } from "./format/settings_json.ts";
import { proofBytes } from "./guard/proof.ts";
import { checkVk } from "./guard/keys.ts";
import { checkSrs } from "./srs/check.ts";
import { verifierSrs } from "./srs/verifier.ts";
import { type ToolOptions, withEngine } from "./tool.ts";

/**
 * True if and only if a proof holds; false for a whole proof that does not. Everything
 * else, a damaged file or one of another kind, is an error, so that no answer but true
 * lets a proof pass.
 *
 * The verifier decides what is proven by choosing key, settings and reference string
 * himself: they must not come with the proof. The string may be of any k and of the same
 * ceremony, the 516 bytes of `verifierSrs` too. A proof under a string that `describeSrs`
 * calls unsafe can be forged by whoever made the string.
 *
 * @example
 * ```ts ignore
 * if (await verify(proof, vk, settings, srs)) {
 *   const [logits] = readProof(proof, settings).outputs!;
 * }
 * ```
 * @throws {FormatError} for a file that is damaged, a proof whose `hex_proof` is another proof, and a key of another circuit
 * @throws {EngineError} where the engine gives no clear answer
 */
export async function verify(
  proof: Uint8Array,
  vk: Uint8Array,
  settings: GraphSettings,
  srs: Uint8Array,
  options: ToolOptions = {},
): Promise<boolean> {
  const { proof: words } = proofFromJson(new TextDecoder().decode(proof));
  checkVk("verify()", vk, settings);
  const logrows = checkSrs(srs);
  if (words.length !== (proofBytes(settings, vk) ?? words.length)) return false;
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
  return answer === true;
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
