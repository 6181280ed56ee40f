/**
 * A proof's file from what a hub tells in GraphQL.
 * @module
 */
import { FormatError } from "../../core/base/errors.ts";
import { proofFromJson, proofToJson } from "../ezkl/format/proof.ts";
import type { HubProof } from "./records.ts";

/**
 * The bytes of EZKL's proof file, from the three things that a verifier reads. The file of
 * {@linkcode downloadProof} also has the values for people; hubs of the old contract have no
 * file.
 * @throws {FormatError} for a proof that is not done, or is none
 */
export function hubProofFile({ id, status, proof, instances, transcriptType }: HubProof): Uint8Array<ArrayBuffer> {
  if (proof === null || instances === null) {
    throw new FormatError(`hubProofFile(): proof ${id} is ${status} and has no bytes; waitForProof() says when it has`);
  }
  const hex = proof.replace(/^0x/, "");
  if (!/^([0-9a-f]{2})+$/i.test(hex)) {
    throw new FormatError(`hubProofFile(): the bytes of proof ${id} are no hexadecimal digits; is it damaged?`);
  }
  const file = {
    protocol: null,
    instances,
    proof: Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)),
    hex_proof: null,
    transcript_type: transcriptType ?? "EVM",
    split: null,
    pretty_public_inputs: null,
    timestamp: null,
    commitment: "KZG",
    version: null,
  };
  // Through the reader, which refuses instances that are no numbers of the field.
  return new TextEncoder().encode(proofToJson(proofFromJson(JSON.stringify(file), `proof ${id}`)));
}
