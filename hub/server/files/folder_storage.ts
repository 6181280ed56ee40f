/**
 * Objects as files of a folder.
 * @module
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { DamagedBlobError, HubError, StorageError, StorageFullError } from "../errors.ts";
import { type ByteSource, fileBlocks, measure } from "./byte_streams.ts";
import { syncFolder, writeDurably } from "./durable.ts";
import type { Storage, StorageSource, StoredObject } from "./storage.ts";

/** A folder with one file for each object. Files are made in `tmp` beside it and renamed once they are whole. */
export class FolderStorage implements Storage {
  readonly #root: string;
  readonly #tmp: string;
  readonly #made = new Set<string>();

  /** Both on one file system. */
  constructor(root: string, tmp: string) {
    this.#root = root;
    this.#tmp = tmp;
  }

  /** As Storage says. */
  async write(key: string, source: StorageSource): Promise<void> {
    const path = join(this.#root, key);
    const hash = createHash("sha256");
    const check = () => {
      if (hash.digest("hex") === source.sha256) return;
      throw new StorageError(`a file changed while it was stored as ${key}: try again`);
    };
    await typed(key, async () => {
      await this.#folder(dirname(path));
      await writeDurably(path, join(this.#tmp, crypto.randomUUID()), hashed(source.read(), hash), check);
    });
  }

  /** As Storage says; reads it, so that a damaged file is stored anew. */
  async keep(key: string, source: StorageSource): Promise<boolean> {
    const path = join(this.#root, key);
    return await typed(key, async () => {
      try {
        if ((await Deno.stat(path)).size !== source.size) return false;
        if ((await measure(fileBlocks(path))).sha256 !== source.sha256) return false;
        const now = new Date();
        await Deno.utime(path, now, now);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw error;
      }
    });
  }

  /** As Storage says. */
  async read(key: string, size: number, start: number, end: number): Promise<ByteSource> {
    const path = join(this.#root, key);
    return await typed(key, async () => {
      const found = (await Deno.stat(path)).size;
      if (found !== size) {
        throw new DamagedBlobError(`the stored file ${key} has ${found} bytes instead of ${size}`, key);
      }
      return typedBlocks(key, fileBlocks(path, start, end));
    });
  }

  /** As Storage says. */
  async remove(key: string): Promise<void> {
    await typed(key, async () => {
      await Deno.remove(join(this.#root, key)).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    });
  }

  /** As Storage says. */
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    let entries: Deno.DirEntry[];
    try {
      entries = await Array.fromAsync(Deno.readDir(join(this.#root, prefix)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw storageError(prefix, error);
    }
    for (const { name, isDirectory } of entries) {
      const key = `${prefix}${name}`;
      if (isDirectory) {
        yield* this.list(`${key}/`);
        continue;
      }
      const found = await Deno.stat(join(this.#root, key)).catch(() => null);
      if (found) yield { key, modified: found.mtime ?? new Date() };
    }
  }

  /** As Storage says. */
  async close(): Promise<void> {}

  /** Makes a folder so that a power cut does not take it, with what is in it, away again. */
  async #folder(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    for (let at = path; at.length > this.#root.length; at = dirname(at)) await syncFolder(dirname(at));
    this.#made.add(path);
  }
}

/** Runs, and turns the system's errors into the hub's. */
async function typed<T>(key: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw storageError(key, error);
  }
}

async function* typedBlocks(key: string, source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw storageError(key, error);
  }
}

async function* hashed(source: ByteSource, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for await (const block of source) {
    hash.update(block);
    yield block;
  }
}

/** The hub's error for one of the system's; the path is in its cause alone. */
export function storageError(key: string, error: unknown): HubError {
  if (error instanceof HubError) return error;
  const code = (error as { code?: string }).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new StorageFullError("no room is left where the hub keeps files: try again later, or tell its operator", {
      cause: error,
    });
  }
  if (error instanceof Deno.errors.NotFound) {
    return new DamagedBlobError(`the stored file ${key} is gone`, key, { cause: error });
  }
  return new StorageError(`the storage does not answer for ${key} (${code ?? (error as Error).name})`, {
    cause: error,
  });
}
