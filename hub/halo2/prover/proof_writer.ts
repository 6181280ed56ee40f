/**
 * A proof while it is written: its bytes, and the challenges that they lead to.
 * @module
 */
import type { G1Point } from "../curve/bn254.ts";
import { wordOf } from "../curve/words.ts";
import { Transcript } from "../verify/transcript.ts";

/** Writes points and values, and draws challenges. */
export class ProofWriter {
  readonly #transcript = new Transcript();
  readonly #parts: Uint8Array[] = [];

  /** Begins with the key's digest and the instances, which are no part of the proof. */
  constructor(digest: bigint, instances: readonly bigint[]) {
    this.#transcript.scalar(digest);
    for (const instance of instances) this.#transcript.scalar(instance);
  }

  /** Writes commitments. */
  points(points: readonly (G1Point | null)[]): void {
    for (const point of points) {
      // Blinding makes it as unlikely as guessing a key; a verifier would refuse it.
      if (point === null) throw new Error("a blinded commitment is the point at infinity");
      this.#transcript.point(point);
      this.#parts.push(wordOf(point.x), wordOf(point.y));
    }
  }

  /** Writes values, from 0 to r - 1. */
  values(values: readonly bigint[]): void {
    for (const value of values) {
      this.#transcript.scalar(value);
      this.#parts.push(wordOf(value));
    }
  }

  /** The next challenge. */
  squeeze(): bigint {
    return this.#transcript.squeeze();
  }

  /** The proof's bytes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
