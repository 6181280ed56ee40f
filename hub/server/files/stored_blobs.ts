/**
 * The hub's files over any storage: named by their hash, or private and encrypted.
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DamagedBlobError, DecryptError, StorageError } from "../errors.ts";
import type { FileRef } from "../store/records.ts";
import { type Blobs, isPrivate } from "./blobs.ts";
import { begin, type BegunBytes, toStream } from "./begun_bytes.ts";
import { type Bytes, type ByteSource, fileBlocks, gather, measure, memoryBlocks, sha256 } from "./byte_streams.ts";
import { storageError } from "./folder_storage.ts";
import { within } from "./patience.ts";
import { sealedSize, type SecretBox } from "./secret_box.ts";
import type { Storage, StorageSource } from "./storage.ts";

/** A readiness probe does not wait longer. */
const PING_SECONDS = 3;
const KEY = /^(blobs\/[0-9a-f]{2}\/[0-9a-f]{64}|private\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The key of public bytes with this hash. */
export function blobKey(sha256: string): string {
  return `blobs/${sha256.slice(0, 2)}/${sha256}`;
}

/** Blobs in a storage, private ones sealed in a box. */
export class StoredBlobs implements Blobs {
  readonly #storage: Storage;
  readonly #box: SecretBox;
  readonly #tmp: string;

  /** `tmp` takes sealed bytes whose number is not known yet. */
  constructor(storage: Storage, box: SecretBox, tmp: string) {
    this.#storage = storage;
    this.#box = box;
    this.#tmp = tmp;
  }

  /** As Blobs says. */
  async put(bytes: Uint8Array): Promise<FileRef> {
    return await this.#putPublic(memorySource(bytes, await sha256(bytes)));
  }

  /** As Blobs says. */
  async putFile(path: string): Promise<FileRef> {
    return await this.#putPublic(await fileSource(path));
  }

  /** As Blobs says. */
  async putPrivate(bytes: Uint8Array): Promise<FileRef> {
    const key = `private/${crypto.randomUUID()}`;
    const sealed = await this.#box.seal(bytes, key);
    await this.#storage.write(key, memorySource(sealed, await sha256(sealed)));
    return { key, sha256: await sha256(bytes), size: bytes.length };
  }

  /** As Blobs says. */
  async putPrivateStream(stream: ReadableStream<Uint8Array>): Promise<FileRef> {
    const key = `private/${crypto.randomUUID()}`;
    const beside = join(this.#tmp, crypto.randomUUID());
    const hash = createHash("sha256");
    let size = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const block of stream) {
        hash.update(block);
        size += block.length;
        yield block;
      }
    };
    try {
      try {
        using file = await Deno.open(beside, { createNew: true, write: true, mode: 0o600 });
        for await (const block of this.#box.sealStream(counted(), key)) {
          for (let at = 0; at < block.length;) at += await file.write(block.subarray(at));
        }
      } catch (error) {
        throw (error as { code?: string }).code ? storageError(key, error) : error;
      }
      await this.#storage.write(key, await fileSource(beside));
    } finally {
      await Deno.remove(beside).catch(() => {});
    }
    return { key, sha256: hash.digest("hex"), size };
  }

  /** As Blobs says. */
  async read(ref: FileRef): Promise<Bytes> {
    const bytes = await gather(await this.#open(ref, 0, ref.size), ref.size);
    if (bytes.length !== ref.size || await sha256(bytes) !== ref.sha256) throw changed(ref);
    return bytes;
  }

  /** As Blobs says. The last block of a whole file comes only once the hash is known to be right. */
  async stream(ref: FileRef, start = 0, end: number = ref.size): Promise<ReadableStream<Uint8Array>> {
    const from = Math.min(Math.max(0, start), ref.size);
    const to = Math.min(Math.max(from, end), ref.size);
    const source = await this.#open(ref, from, to);
    return toStream(source, from === 0 && to === ref.size ? checked(source, ref) : source);
  }

  /** As Blobs says. */
  async remove(ref: FileRef): Promise<void> {
    await this.#storage.remove(goodKey(ref));
  }

  /** As Blobs says. */
  async ping(): Promise<boolean> {
    return await within(PING_SECONDS, this.check()).then(() => true, () => false);
  }

  /** Writes, reads and removes a small file; throws what is wrong where that does not work. */
  async check(): Promise<void> {
    const ref = await this.putPrivate(crypto.getRandomValues(new Uint8Array(32)));
    try {
      await this.read(ref);
    } finally {
      await this.remove(ref);
    }
  }

  /** Lets go of connections. */
  async close(): Promise<void> {
    await this.#storage.close();
  }

  async #putPublic(source: StorageSource): Promise<FileRef> {
    const key = blobKey(source.sha256);
    if (!await this.#storage.keep(key, source)) await this.#storage.write(key, source);
    return { key, sha256: source.sha256, size: source.size };
  }

  /** Its bytes, the first of them read already, so that a file that cannot be read is known at once. */
  async #open(ref: FileRef, start: number, end: number): Promise<BegunBytes> {
    const key = goodKey(ref);
    if (!isPrivate(ref)) return await begin(blocks(await this.#storage.read(key, ref.size, start, end)));
    const total = sealedSize(ref.size);
    const read = (from: number, to: number) => this.#storage.read(key, total, from, to);
    return await begin(opened(this.#box.openStream(read, ref.size, key, start, end), key));
  }
}

function memorySource(bytes: Uint8Array, hash: string): StorageSource {
  return { size: bytes.length, sha256: hash, read: () => memoryBlocks(bytes) };
}

async function fileSource(path: string): Promise<StorageSource> {
  try {
    return { ...await measure(fileBlocks(path)), read: () => fileBlocks(path) };
  } catch (error) {
    throw new StorageError("a file that was to be stored cannot be read: try again", { cause: error });
  }
}

/** Keys come from records; one that is none would be a way out of the storage. */
function goodKey(ref: FileRef): string {
  if (!KEY.test(ref.key)) throw new DamagedBlobError(`${JSON.stringify(ref.key)} is no key of a stored file`, ref.key);
  return ref.key;
}

function changed(ref: FileRef): DamagedBlobError {
  return new DamagedBlobError(
    `the stored file ${ref.key} is damaged: its SHA-256 is not the one it was stored with`,
    ref.key,
  );
}

async function* blocks(source: ByteSource): AsyncGenerator<Uint8Array> {
  yield* source;
}

async function* opened(source: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    if (!(error instanceof DecryptError)) throw error;
    throw new DamagedBlobError(
      `the stored file ${key} cannot be decrypted: it was changed, or this hub's secret is another one`,
      key,
      { cause: error },
    );
  }
}

async function* checked(source: AsyncIterable<Uint8Array>, ref: FileRef): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let held: Uint8Array | null = null;
  for await (const block of source) {
    if (held) yield held;
    hash.update(block);
    held = block;
  }
  if (hash.digest("hex") !== ref.sha256) throw changed(ref);
  if (held) yield held;
}
