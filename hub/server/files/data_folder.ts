/**
 * The folder that a hub keeps everything in, held by one process at a time.
 * @module
 */
import { join, resolve } from "node:path";
import { ConfigError, DataFolderBusyError } from "../errors.ts";
import { syncFolder, writeDurably } from "./durable.ts";
import type { Bytes } from "./byte_streams.ts";
import { SECRET_BYTES } from "./secret_box.ts";

/** An open data folder. */
export interface DataFolder {
  /** Its absolute path. */
  readonly path: string;
  /** Of the embedded database. */
  readonly db: string;
  /** Of stored files. */
  readonly files: string;
  /** Of files in the making; emptied at every start. On the same file system as `files`. */
  readonly tmp: string;
  /** Of keys fetched from elsewhere; may be deleted while no hub runs. */
  readonly cache: string;
  /** 32 bytes that private files are encrypted under. */
  readonly secret: Bytes;
  /** "config" where the operator gave it; "folder" where it lies in this folder, so that no other host has it. */
  readonly secretOrigin: "config" | "folder";
  /** Lets another hub have it. */
  close(): void;
}

const LOCK = "hub.lock";
const SECRET = "secret.key";

/**
 * Opens or makes a hub's folder. `secret` wins over the one in the folder, which is then neither made nor read.
 * Throws a DataFolderBusyError where another hub has it, a ConfigError where it cannot be a hub's folder.
 */
export async function openDataFolder(folder: string, secret: Bytes | null): Promise<DataFolder> {
  const path = resolve(folder);
  if (secret && secret.length !== SECRET_BYTES) {
    throw new ConfigError(`the secret has ${secret.length} bytes, but ${SECRET_BYTES} are needed: give 64 hex digits`);
  }
  try {
    await prepare(path);
    const lock = await hold(path);
    try {
      const [db, files, tmp, cache] = ["db", "files", "tmp", "cache"].map((name) => join(path, name)) as Four;
      for (const part of [db, files, tmp, cache]) await Deno.mkdir(part, { recursive: true, mode: 0o700 });
      await empty(tmp);
      const secretOrigin = secret ? "config" : "folder";
      secret ??= await folderSecret(path, files, tmp);
      return { path, db, files, tmp, cache, secret, secretOrigin, close: () => lock.close() };
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    const denied = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
    const code = (error as { code?: string }).code;
    if (!denied && code !== "EROFS" && code !== "ENOSPC" && code !== "ENOTDIR") throw error;
    throw new ConfigError(
      `the data folder ${path} cannot be used (${(error as Error).message}): give one with --data that this user may ` +
        "write to and that has room",
      { cause: error },
    );
  }
}

type Four = [string, string, string, string];

/** Makes the folder; refuses one with files of somebody else, as its tmp would be emptied. */
async function prepare(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new ConfigError(`the data folder ${path} is a file: give a folder with --data`, { cause: error });
  }
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) names.push(entry.name);
  if (names.includes(LOCK)) return;
  const foreign = names.filter((name) => name !== "lost+found" && !name.startsWith("."));
  if (foreign.length > 0) {
    throw new ConfigError(
      `the data folder ${path} holds other files, such as ${foreign.sort()[0]}: give a new or empty folder with --data`,
    );
  }
  await Deno.chmod(path, 0o700);
}

/** Takes the lock. The system lets go of it when the process ends, however it ends. */
async function hold(path: string): Promise<Deno.FsFile> {
  const lock = await Deno.open(join(path, LOCK), { create: true, read: true, write: true, mode: 0o600 });
  if (await lock.tryLock(true)) {
    try {
      await lock.truncate();
      await lock.write(new TextEncoder().encode(`${Deno.pid}\n`));
      return lock;
    } catch (error) {
      lock.close();
      throw error;
    }
  }
  const owner = new Uint8Array(16);
  const count = await lock.read(owner);
  lock.close();
  const process = new TextDecoder().decode(owner.subarray(0, count ?? 0)).trim();
  throw new DataFolderBusyError(
    `another hub${process ? ` (process ${process})` : ""} has the data folder ${path}: stop it, or give this one ` +
      "another folder with --data; for several hubs on the same data, set DATABASE_URL and S3_ENDPOINT",
    path,
    process,
  );
}

async function empty(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) await Deno.remove(join(folder, entry.name), { recursive: true });
}

async function folderSecret(path: string, files: string, tmp: string): Promise<Bytes> {
  const file = join(path, SECRET);
  const found = await Deno.readFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (!found) return await makeSecret(file, files, tmp);
  if (found.length !== SECRET_BYTES) {
    throw new ConfigError(
      `${file} has ${found.length} bytes instead of ${SECRET_BYTES}, and private files cannot be read without it: ` +
        "restore it from a back-up, or set ZKGRAD_HUB_SECRET to what it was",
    );
  }
  await Deno.chmod(file, 0o600);
  return found;
}

async function makeSecret(file: string, files: string, tmp: string): Promise<Bytes> {
  const sealed = join(files, "private");
  if (await holdsAny(sealed)) {
    throw new ConfigError(
      `${file} is gone, and the files in ${sealed} cannot be read without it: restore it from a back-up, set ` +
        "ZKGRAD_HUB_SECRET to what it was, or delete that folder and give those files up",
    );
  }
  const made = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  await writeDurably(file, join(tmp, SECRET), [made]);
  await syncFolder(tmp);
  return made;
}

async function holdsAny(folder: string): Promise<boolean> {
  try {
    for await (const _ of Deno.readDir(folder)) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}
