/**
 * The verifier: it gets a proof, a key, settings and a reference string, and nothing of the prover's.
 * @module
 */
import { serveCalls } from "../app/calls.ts";
import { proofFromJson, proofToJson } from "../../ezkl/format/proof.ts";
import { settingsFromJson } from "../../ezkl/format/settings_json.ts";
import { describeSrs, type SrsOrigin } from "../../ezkl/srs/describe.ts";
import { readProof, verify } from "../../ezkl/verify.ts";

/** What a verifier is given, as bytes of EZKL's files. */
export interface VerifierFiles {
  /** `test.pf`. */
  readonly proof: Uint8Array;
  /** `key.vk`. */
  readonly vk: Uint8Array;
  /** `settings.json`. */
  readonly settings: Uint8Array;
  /** The reference string, or its verifier's part. */
  readonly srs: Uint8Array;
}

/** What it found. */
export interface Verdict {
  /** Whether the proof holds. */
  readonly holds: boolean;
  /** Why it was not even looked at; null where it was. */
  readonly refusal: string | null;
  /** Public outputs, tensor by tensor; null where none are public. */
  readonly outputs: readonly (readonly number[])[] | null;
  /** Public inputs. */
  readonly inputs: readonly (readonly number[])[] | null;
  /** Hashes that the proof shows. */
  readonly hashes: readonly string[];
  /** Where the reference string comes from. */
  readonly origin: SrsOrigin;
  /** Seconds that it took. */
  readonly seconds: number;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const functions = {
  /** Whether a proof holds, and what it shows; what cannot be read is refused with a sentence. */
  async verify({ proof, vk, settings: json, srs }: VerifierFiles): Promise<Verdict> {
    const begun = performance.now();
    const none = { outputs: null, inputs: null, hashes: [], origin: "unknown" as SrsOrigin };
    const seconds = () => (performance.now() - begun) / 1000;
    try {
      const settings = settingsFromJson(text(json));
      const holds = await verify(proof, vk, settings, srs);
      const time = seconds(), { origin } = await describeSrs(srs);
      if (!holds) return { ...none, holds, refusal: null, origin, seconds: time };
      const { outputs, inputs, hashes = [] } = readProof(proof, settings);
      const lists = (tensors?: readonly Float64Array[]) => tensors?.map((tensor) => [...tensor]) ?? null;
      return {
        holds,
        refusal: null,
        outputs: lists(outputs),
        inputs: lists(inputs),
        hashes: hashes.map((hash) => `0x${hash.toString(16).padStart(64, "0")}`),
        origin,
        seconds: time,
      };
    } catch (error) {
      return {
        ...none,
        holds: false,
        refusal: error instanceof Error ? error.message : `${error}`,
        seconds: seconds(),
      };
    }
  },
  /** The proof with one bit changed, drawn by lot; which of how many. */
  changeBit(proof: Uint8Array): { readonly proof: Uint8Array; readonly bit: number; readonly bits: number } {
    const file = proofFromJson(text(proof)), bits = 8 * file.proof.length;
    const bit = crypto.getRandomValues(new Uint32Array(1))[0] % bits;
    file.proof[bit >> 3] ^= 1 << bit % 8;
    return { proof: new TextEncoder().encode(proofToJson(file)), bit, bits };
  },
};

/** What the page may call. */
export type VerifyFunctions = typeof functions;

serveCalls(functions);
