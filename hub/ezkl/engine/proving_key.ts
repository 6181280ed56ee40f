/**
 * A proving key that is moved to the engine and back rather than copied: the one of a
 * LeNet has 900 MB.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";

/** The bytes of a proving key, here or lent to an engine. */
export class ProvingKey {
  #bytes: Uint8Array<ArrayBuffer> | null;

  /** A key over these bytes, which it takes over: a proof moves their buffer away for its time. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
  }

  /**
   * The key's file.
   * @throws {ArgumentError} while a proof is being made with it
   */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes !== null) return this.#bytes;
    throw new ArgumentError(
      "ProvingKey: its bytes are with an engine that makes a proof; await the proof first, and if it broke off and they do not come back, make the key again",
    );
  }

  /** Marks the bytes as moved to an engine. */
  lend(): void {
    this.#bytes = null;
  }

  /** Takes them back. */
  giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
  }
}
