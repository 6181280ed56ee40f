/**
 * Large public files that a worker fetched from S3, kept on its disk by their hash.
 * @module
 */
import { join } from "node:path";
import type { HubConfig } from "../config.ts";
import type { FileRef } from "../store/records.ts";
import type { Blobs } from "./blobs.ts";
import { type Bytes, sha256 } from "./byte_streams.ts";
import type { DataFolder } from "./data_folder.ts";
import { writeDurably } from "./durable.ts";

/** Reads blobs, faster the second time. */
export interface KeyCache {
  /** All bytes of a blob, checked against its hash. */
  read(ref: FileRef): Promise<Bytes>;
}

/** A cache in the data folder where files are in S3; where they are in the folder itself, none is needed. */
export function openKeyCache(
  config: Pick<HubConfig, "s3" | "cacheBytes">,
  folder: Pick<DataFolder, "cache" | "tmp">,
  blobs: Blobs,
): KeyCache {
  if (!config.s3) return { read: (ref) => blobs.read(ref) };
  return new FolderCache(blobs, folder.cache, folder.tmp, config.cacheBytes);
}

/** A folder of files named by their hash, the least recently read removed first. Private files never enter it. */
export class FolderCache implements KeyCache {
  readonly #blobs: Blobs;
  readonly #folder: string;
  readonly #tmp: string;
  readonly #limit: number;
  readonly #reading = new Map<string, Promise<Bytes>>();
  #keeping: Promise<void> = Promise.resolve();
  #clock = 0;

  /** Holds up to `limit` bytes in `folder`; files are made in `tmp`, on the same file system. */
  constructor(blobs: Blobs, folder: string, tmp: string, limit: number) {
    this.#blobs = blobs;
    this.#folder = folder;
    this.#tmp = tmp;
    this.#limit = limit;
  }

  /** As KeyCache says. Those who ask for the same at once get the same array: it must not be changed. */
  async read(ref: FileRef): Promise<Bytes> {
    if (!ref.key.startsWith("blobs/") || ref.size > this.#limit) return await this.#blobs.read(ref);
    let reading = this.#reading.get(ref.sha256);
    if (!reading) {
      reading = this.#fetch(ref).finally(() => this.#reading.delete(ref.sha256));
      this.#reading.set(ref.sha256, reading);
    }
    return await reading;
  }

  async #fetch(ref: FileRef): Promise<Bytes> {
    const path = join(this.#folder, ref.sha256);
    const kept = await Deno.readFile(path).catch(() => null);
    if (kept && await sha256(kept) === ref.sha256) {
      await this.#touch(path);
      return kept;
    }
    const bytes = await this.#blobs.read(ref);
    // A cache that cannot be written makes the next read slow; it is no reason to fail this one.
    this.#keeping = this.#keeping.then(() => this.#keep(path, bytes)).catch(() => {});
    await this.#keeping;
    return bytes;
  }

  async #keep(path: string, bytes: Bytes): Promise<void> {
    await this.#makeRoom(bytes.length);
    await writeDurably(path, join(this.#tmp, crypto.randomUUID()), [bytes]);
    await this.#touch(path);
  }

  async #makeRoom(needed: number): Promise<void> {
    const files: { path: string; size: number; used: number }[] = [];
    for await (const { name } of Deno.readDir(this.#folder)) {
      const path = join(this.#folder, name);
      const { size, mtime } = await Deno.stat(path);
      files.push({ path, size, used: mtime?.getTime() ?? 0 });
    }
    let total = needed + files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.used - b.used)) {
      if (total <= this.#limit) return;
      await Deno.remove(path);
      total -= size;
    }
  }

  /** Marks a file as read last; two in one millisecond keep their order. */
  async #touch(path: string): Promise<void> {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    await Deno.utime(path, new Date(this.#clock), new Date(this.#clock)).catch(() => {});
  }
}
