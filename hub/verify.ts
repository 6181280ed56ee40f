/**
 * Verification alone, for programs and pages that are shown proofs: no engine, no Worker, no
 * WebAssembly; Deno, Node, Bun and browsers.
 *
 * The three files of the verifier's side, which decide what is proven, must not come with the
 * proof; see {@linkcode verify}.
 *
 * @example
 * ```ts ignore
 * // Not run: it reads files.
 * import { readProof, settingsFromJson, verify } from "@zkgrad/zkgrad/verify";
 *
 * const settings = settingsFromJson(await Deno.readTextFile("settings.json"));
 * const [vk, srs] = [await Deno.readFile("key.vk"), await Deno.readFile("verifier.srs")];
 * const proof = await Deno.readFile("test.pf");
 * if (!await verify(proof, vk, settings, srs)) throw new Error("the proof does not hold");
 * const [logits] = readProof(proof, settings).outputs!;
 * ```
 * @module
 */
export { ArgumentError, FormatError, ZkgradError } from "../core/base/errors.ts";
export type * from "./ezkl/format/operations.ts";
export { type Proof, proofFromJson, type ProvenValues } from "./ezkl/format/proof.ts";
export { type RunArgs, type Visibility } from "./ezkl/format/run_args.ts";
export { type GraphSettings, type ModuleSizes } from "./ezkl/format/settings.ts";
export { settingsFromJson } from "./ezkl/format/settings_json.ts";
export { type PrettyElements } from "./ezkl/format/witness.ts";
export { verifierSrs } from "./ezkl/srs/verifier.ts";
export { readProof, verify } from "./ezkl/verify.ts";
