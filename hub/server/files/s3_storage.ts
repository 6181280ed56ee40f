/**
 * Objects in S3-compatible storage.
 * @module
 */
import { createHash } from "node:crypto";
import type { S3Config } from "../config.ts";
import { DamagedBlobError, StorageError } from "../errors.ts";
import type { ByteSource } from "./byte_streams.ts";
import { type Attempt, patiently, within } from "./patience.ts";
import { passing, s3Error } from "./s3_errors.ts";
import type { S3Body, S3Bucket } from "./s3_client.ts";
import type { Storage, StorageSource, StoredObject } from "./storage.ts";

/** Milliseconds for which an object counts as stored just now; far less than the age of what a sweep removes. */
const YOUNG = 3_600_000;
/** Milliseconds before a broken download is taken up again. */
const PAUSE = 100;

/** A bucket; a single object may have up to 5 GB. Calls are tried again until the patience is used up. */
export class S3Storage implements Storage {
  readonly #config: S3Config;
  readonly #patience: number;
  #bucket: Promise<S3Bucket> | null = null;

  /** `patience` in seconds. */
  constructor(config: S3Config, patience: number) {
    this.#config = config;
    this.#patience = patience;
  }

  /** As Storage says. */
  async write(key: string, source: StorageSource): Promise<void> {
    await this.#ask(key, async (bucket, attempt) => {
      const hash = createHash("sha256");
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        let moved = 0;
        for await (const block of source.read()) {
          hash.update(block);
          yield block;
          attempt.moved(moved += block.length);
        }
      };
      await bucket.put(key, counted(), source.size, source.sha256, attempt.signal);
      if (hash.digest("hex") === source.sha256) return;
      // Not every server compares the hash.
      await bucket.remove(key, attempt.signal);
      throw new StorageError(`a file changed while it was stored as ${key}: try again`);
    });
  }

  /** As Storage says; what S3 keeps under a hash is taken to be right if its size is. An old one is sent again. */
  async keep(key: string, source: StorageSource): Promise<boolean> {
    const found = await this.#ask(key, (bucket, { signal }) => bucket.head(key, signal));
    return found?.size === source.size && Date.now() - found.modified.getTime() < YOUNG;
  }

  /** As Storage says. A connection that breaks is taken up again where it broke. */
  async read(key: string, size: number, start: number, end: number): Promise<ByteSource> {
    const from = (at: number): Promise<S3Body> =>
      this.#ask(key, async (bucket, { signal }) => {
        const body = await bucket.get(key, at, end, signal);
        if (body.total === size) return body;
        body.close();
        throw new DamagedBlobError(`the stored file ${key} has ${body.total} bytes instead of ${size}`, key);
      });
    if (start < end) return this.#download(key, await from(start), start, end, from);
    if (size > 0) return [];
    const found = await this.#ask(key, (bucket, { signal }) => bucket.head(key, signal));
    if (found?.size === 0) return [];
    throw new DamagedBlobError(`the stored file ${key} is gone or has other bytes`, key);
  }

  /** As Storage says. */
  async remove(key: string): Promise<void> {
    await this.#ask(key, (bucket, { signal }) => bucket.remove(key, signal));
  }

  /** As Storage says. */
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    let next: string | undefined;
    do {
      const from = next;
      const [objects, after] = await this.#ask(prefix, (bucket, { signal }) => bucket.list(prefix, from, signal));
      yield* objects;
      next = after;
    } while (next);
  }

  /** As Storage says. */
  async close(): Promise<void> {
    (await this.#bucket)?.close();
  }

  async *#download(
    key: string,
    body: S3Body,
    start: number,
    end: number,
    from: (at: number) => Promise<S3Body>,
  ): AsyncGenerator<Uint8Array> {
    let last = performance.now();
    for (let at = start;;) {
      try {
        for (;;) {
          const next = await within(this.#patience / 2, body.next());
          if (!next) break;
          const block = next.subarray(0, end - at);
          at += block.length;
          yield block;
          last = performance.now();
        }
        if (at === end) return;
        throw new Error(`the connection ended after ${at - start} of ${end - start} bytes`);
      } catch (error) {
        if ((performance.now() - last) / 1000 > this.#patience) throw s3Error(key, error, this.#config);
      } finally {
        body.close();
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      body = await from(at);
    }
  }

  async #ask<T>(key: string, ask: (bucket: S3Bucket, attempt: Attempt) => Promise<T>): Promise<T> {
    this.#bucket ??= import("./s3_client.ts").then(({ S3Bucket }) => new S3Bucket(this.#config));
    const bucket = await this.#bucket;
    try {
      return await patiently(this.#patience, passing, (attempt) => ask(bucket, attempt));
    } catch (error) {
      throw s3Error(key, error, this.#config);
    }
  }
}
