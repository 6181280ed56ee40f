/**
 * The one thing in a proof file that the engine does not look at.
 * @module
 */
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
  const same = "0x" + proof.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== same) {
    throw new EngineError(
      "verify: the proof holds, but hex_proof in the same file is another one; do not use the file, ask for it again",
    );
  }
}
