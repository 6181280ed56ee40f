/**
 * Small public files that were read lately, in memory: one proof after another of the same circuit reads the same ones.
 * @module
 */
import type { FileRef } from "../store/records.ts";
import type { Bytes } from "./byte_streams.ts";
import type { KeyCache } from "./key_cache.ts";

/** Bytes in all. Of a larger key the reading is no part of a proof's time that matters. */
const LIMIT = 48 * 2 ** 20;

/** Reads through another cache, and keeps what is small; the least recently read goes first. */
export class WarmCache implements KeyCache {
  readonly #under: KeyCache;
  readonly #limit: number;
  readonly #kept = new Map<string, Bytes>();
  #total = 0;

  /** Holds up to `limit` bytes of what `under` reads. */
  constructor(under: KeyCache, limit: number = LIMIT) {
    this.#under = under;
    this.#limit = limit;
  }

  /** As KeyCache says; a copy, because an engine takes what it is lent away. */
  async read(ref: FileRef): Promise<Bytes> {
    const kept = this.#kept.get(ref.sha256);
    if (kept?.length === ref.size) {
      this.#kept.delete(ref.sha256);
      this.#kept.set(ref.sha256, kept);
      return kept.slice();
    }
    const bytes = await this.#under.read(ref);
    if (ref.size <= this.#limit && !this.#kept.has(ref.sha256)) this.#keep(ref.sha256, bytes.slice());
    return bytes;
  }

  #keep(hash: string, bytes: Bytes): void {
    this.#kept.set(hash, bytes);
    this.#total += bytes.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#total <= this.#limit) return;
      this.#kept.delete(oldest);
      this.#total -= length;
    }
  }
}
