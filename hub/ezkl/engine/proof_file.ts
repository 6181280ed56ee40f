/**
 * The one thing in a proof file that the engine does not look at.
 * @module
 */
import { bytesToHex } from "../format/hex.ts";
import { EngineError } from "./errors.ts";

/**
 * Refuses a proof file whose `hex_proof` is not its `proof`. The engine checks only the
 * second, and a contract would be given the first.
 * @throws {EngineError} when they differ
 */
export function checkOneProof(file: Uint8Array): void {
  const { proof, hex_proof: hex } = JSON.parse(new TextDecoder().decode(file)) as {
    proof: number[];
    hex_proof?: string | null;
  };
  if (hex === undefined || hex === null) return;
  const same = `0x${bytesToHex(proof)}`;
  if (hex !== same) {
    throw new EngineError(
      "verify: the proof holds, but hex_proof in the same file is another one; do not use the file, ask for it again",
    );
  }
}
