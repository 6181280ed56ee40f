/**
 * The verifier's challenges, drawn from what the prover has said so far: the transcript that
 * EZKL calls EVM, because a contract can hash it.
 * @module
 */
import { keccak_256 } from "npm:@noble/hashes@2.4.0/sha3.js";
import { type G1Point, R } from "../curve/bn254.ts";
import { numberOf, WORD, wordOf } from "../curve/words.ts";

/** What was absorbed since the last challenge. */
export class Transcript {
  #said: Uint8Array[] = [];

  /** Takes an element of the field. */
  scalar(value: bigint): void {
    this.#said.push(wordOf(value));
  }

  /** Takes a point. */
  point({ x, y }: G1Point): void {
    this.#said.push(wordOf(x), wordOf(y));
  }

  /** A challenge, which is the beginning of what the next one is drawn from. */
  squeeze(): bigint {
    const hash = keccak_256.create();
    const bytes = this.#said.reduce((sum, { length }) => sum + length, 0);
    for (const part of this.#said) hash.update(part);
    // Two challenges in a row would be hashes of the same 32 bytes.
    if (bytes === WORD) hash.update(Uint8Array.of(1));
    const digest = hash.digest();
    this.#said = [digest];
    return numberOf(digest, 0) % R;
  }
}
