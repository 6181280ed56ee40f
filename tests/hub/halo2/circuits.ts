/** Circuits that were proven by other programs: native EZKL 21 and the npm engine. */
import { proofFromJson } from "../../../hub/ezkl/format/proof.ts";
import type { GraphSettings } from "../../../hub/ezkl/format/settings.ts";
import { settingsFromJson } from "../../../hub/ezkl/format/settings_json.ts";
import { unsafeSrs } from "../ezkl/srs/fixtures.ts";
import { MADE } from "../ezkl/format/fixtures.ts";

const here = new URL("./fixtures/", import.meta.url), made = new URL("../ezkl/made/", import.meta.url);

/** What native EZKL found for the circuits of the engine, whose files it did not write. */
const ENGINE_DIGESTS: Record<string, bigint> = {
  gemm: 0x17f35daed7990eccfaaddd8517ad2409113785c127d0eeb06adbc19508cc5421n,
  gemm_sigmoid: 0x2a53dc925f4317f46986bd43e37932f5b8a7eee2b4f5e6e26f13dcae99cc9392n,
  conv_relu: 0x133c0082eff04b5012e009e9d5313ff35069dd02d308f0277aea2061515032b1n,
  conv_sigmoid_avgpool: 0x00518009d851ac856bd45b352a53c0fde8a244bd3b42565d905952011fcafd82n,
};

/** A circuit with a proof. */
export interface ProvenCircuit {
  /** Its folder. */
  name: string;
  /** As its file is. */
  settingsText: string;
  settings: GraphSettings;
  vk: Uint8Array<ArrayBuffer>;
  /** `proof.json`. */
  proof: Uint8Array<ArrayBuffer>;
  /** The proof alone. */
  words: Uint8Array<ArrayBuffer>;
  /** The reference string for k = 1. */
  srs: Uint8Array<ArrayBuffer>;
  /** The key's digest as native EZKL finds it. */
  digest: bigint;
}

/** Names of the circuits that native EZKL made, and of those that the engine made. */
export const NATIVE: readonly string[] = [...Deno.readDirSync(here)].filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name).sort();

/** All of them. */
export const CIRCUITS: readonly string[] = [...MADE, ...NATIVE];

/** A circuit with all its files. */
export function circuit(name: string): ProvenCircuit {
  const isMade = MADE.includes(name), folder = new URL(`${name}/`, isMade ? made : here);
  const settingsText = Deno.readTextFileSync(new URL("settings.json", folder));
  const settings = settingsFromJson(settingsText);
  const proof = Deno.readFileSync(new URL("proof.json", folder));
  const srs = isMade ? unsafeSrs(1) : Deno.readFileSync(new URL(`k${settings.runArgs.logrows}.srs`, here));
  return {
    name,
    settingsText,
    settings,
    vk: Deno.readFileSync(new URL("vk.key", folder)),
    proof,
    words: proofFromJson(new TextDecoder().decode(proof)).proof,
    srs,
    digest: isMade ? ENGINE_DIGESTS[name] : BigInt(Deno.readTextFileSync(new URL("native_digest.txt", folder)).trim()),
  };
}
