/**
 * What a verifier keeps of an artifact, so that no hub can tell him later what to believe.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { checkOptions, namesOf } from "../../core/base/known.ts";
import type { GraphSettings } from "../ezkl/format/settings.ts";
import { settingsFromJson } from "../ezkl/format/settings_json.ts";
import { readVerifyingKey } from "../halo2/circuit/verifying_key.ts";
import { checkSrs } from "../ezkl/srs/check.ts";
import { sha256 } from "../ezkl/srs/sha256.ts";
import { verifierSrs } from "../ezkl/srs/verifier.ts";
import { verify } from "../ezkl/verify.ts";
import { checkAccess, type HubAccess } from "./access.ts";
import { askArtifact } from "./artifacts.ts";
import { calling, checkText } from "./call.ts";
import { fetchFile } from "./downloads.ts";
import { HubRefusedError } from "./errors.ts";
import { hubProofFile } from "./proof_file.ts";
import { ARTIFACT_FIELDS } from "./fields.ts";
import { type HubProof, isGood } from "./records.ts";

/** The three files that decide what a proof proves, as bytes. */
export interface PinFiles {
  /** `settings.json`. */
  settings: Uint8Array;
  /** `key.vk`. */
  vk: Uint8Array;
  /** The verifier's part of the reference string, or the whole of it. */
  srs: Uint8Array;
}

const PIN_FILES = namesOf<PinFiles>({ settings: true, vk: true, srs: true });

/** What proofs of one artifact are verified against. Keep the three files, or at least their hashes. */
export interface HubPin {
  /** The artifact. */
  artifactId: string;
  /** The circuit's settings; `readProof` takes them. */
  settings: GraphSettings;
  /** The same as the file `settings.json`. */
  settingsFile: Uint8Array;
  /** The verifying key, `key.vk`. */
  vk: Uint8Array;
  /** The verifier's part of the reference string, 516 bytes; `describeSrs` says where it comes from. */
  srs: Uint8Array;
  /** SHA-256 of the three files, in lower-case hexadecimal. */
  hashes: { settings: string; vk: string; srs: string };
}

/** Files that hold the reference string's part for verifiers, the smallest first. */
const SRS_FILES = ["verifier.srs", "kzg.srs", "kzg.unsafe.srs"];

/**
 * Downloads what a verifier needs of an artifact that is done: settings, verifying key and
 * the verifier's part of the reference string. Each is checked against the hash in the
 * artifact's record, and all against each other.
 *
 * Pin once, when the model is deployed. Later proofs are then of this circuit or do not
 * verify, whatever the hub says. That the circuit is your network, the pin does not show:
 * compile it yourself with these settings, run `setup`, and compare the keys.
 *
 * @example
 * ```ts ignore
 * // Not run: it asks a hub that runs elsewhere; the module's own example runs.
 * const pin = await pinArtifact(id, { credentials });
 * const proof = await downloadProof(proofId, { credentials });
 * if (await verifyHubProof(proof, pin)) {
 *   const { outputs } = readProof(proof, pin.settings);
 * }
 * ```
 * @throws {HubRefusedError} where the artifact is not done
 * @throws {HubMismatchError} where a file is not the one of the record
 * @throws {FormatError} where the files do not belong together
 */
export async function pinArtifact(id: string, access: HubAccess): Promise<HubPin> {
  const caller = "pinArtifact()";
  checkAccess(caller, access);
  checkText(caller, "id", id);
  return await calling(caller, access, async (hub, signal) => {
    const artifact = await askArtifact(caller, hub, id, ARTIFACT_FIELDS, signal);
    const { files = [], status, stage = null } = artifact;
    if (!isGood(artifact)) {
      throw new HubRefusedError(
        `${caller}: artifact ${id} on ${hub.place} is ${status}, expected SUCCESS; waitForArtifact() says when it is done`,
        { stage },
      );
    }
    const [settings, vk, srs] = await Promise.all([["settings.json"], ["key.vk"], SRS_FILES].map((names) => {
      const name = names.find((name) => files.some((file) => file.name === name));
      if (name !== undefined) return fetchFile(caller, hub, files.find((file) => file.name === name)!, signal);
      throw new HubRefusedError(
        `${caller}: artifact ${id} on ${hub.place} has no file ${names[0]}; hubs of the old contract keep none`,
      );
    }));
    return await hubPin(id, { settings, vk, srs });
  });
}

/**
 * A pin from the files that were kept of one.
 * @throws {FormatError} where the files are damaged or do not belong together
 */
export async function hubPin(artifactId: string, files: PinFiles): Promise<HubPin> {
  checkOptions("hubPin(): files", files, PIN_FILES);
  const settings = settingsFromJson(new TextDecoder().decode(files.settings), "settings.json");
  readVerifyingKey("hubPin()", files.vk, settings);
  checkSrs("hubPin()", files.srs);
  const srs = verifierSrs(files.srs);
  const [settingsHash, vkHash, srsHash] = await Promise.all([files.settings, files.vk, srs].map(sha256));
  return {
    artifactId,
    settings,
    settingsFile: files.settings,
    vk: files.vk,
    srs,
    hashes: { settings: settingsHash, vk: vkHash, srs: srsHash },
  };
}

/**
 * Whether a proof of a hub holds, found out on this machine against what was pinned; as
 * `verify`, true if and only if it does.
 *
 * @param proof the bytes of {@linkcode downloadProof}, or what {@linkcode getHubProof} gives
 * @throws {FormatError} for a proof that is damaged or not done
 */
export async function verifyHubProof(
  proof: Uint8Array | HubProof,
  pin: HubPin,
  ...more: never[]
): Promise<boolean> {
  if (more.length > 0) {
    throw new ArgumentError("verifyHubProof() takes a proof and a pin, and nothing else: it needs no engine");
  }
  const { settings, hashes, ...files } = pin;
  const found = await Promise.all([files.settingsFile, files.vk, files.srs].map(sha256));
  [hashes.settings, hashes.vk, hashes.srs].forEach((hash, index) => {
    if (found[index] === hash) return;
    const name = ["settings.json", "key.vk", "the reference string"][index];
    throw new FormatError(
      `verifyHubProof(): ${name} of the pin has the SHA-256 ${found[index]}, expected ${hash}; it was changed since`,
    );
  });
  const bytes = proof instanceof Uint8Array ? proof : hubProofFile(proof);
  return await verify(bytes, files.vk, settings, files.srs);
}
