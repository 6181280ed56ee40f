/**
 * Reading and writing of files, where there is a file system.
 * @module
 */
import { bytes as checkBytes, expect, text, whole } from "./arguments.ts";
import { ArgumentError, FormatError, ZkgradError } from "./errors.ts";
import { builtin, type FileSystem } from "./host.ts";

/** Whether this runtime has files (Deno, Node and Bun do, a browser does not). */
export function hasFiles(): boolean {
  return builtin("node:fs/promises") !== undefined;
}

/**
 * Writes a file so that it is there whole or not at all: to a temporary name
 * beside it, then to the disk, then renamed. Missing folders are made.
 *
 * Throws an `ArgumentError` for a path that cannot be written and a
 * `ZkgradError` for a disk that is full or fails; the temporary file is removed
 * and an earlier file of that name is as it was.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  text("writeFileAtomic(): the path", path);
  checkBytes("writeFileAtomic(): the contents", bytes);
  const fs = files();
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    if (path === "" || slash === path.length - 1) throw Object.assign(new Error("no file name"), { code: "EISDIR" });
    if (slash > 0) await makeFolder(fs, path.slice(0, slash));
    const handle = await fs.open(temporary, "wx");
    try {
      for (let at = 0; at < bytes.length;) {
        at += (await handle.write(bytes, at, Math.min(bytes.length - at, 2 ** 30))).bytesWritten;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, path);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => {}); // the first error is the one to report
    throw explained(cause, "written", path);
  }
}

/** Makes a folder where it is missing; throws as {@linkcode writeFileAtomic} does where no file can be written into it. */
export async function checkWritable(folder: string): Promise<void> {
  const probe = `${folder}/.writable`;
  await writeFileAtomic(probe, new Uint8Array());
  await files().rm(probe, { force: true });
}

/**
 * The bytes of a file, or null where there is none. Throws a `FormatError` for
 * a file of more than `limit` bytes, before any of it is read, and an
 * `ArgumentError` for a path that is not a readable file.
 */
export async function readFileIfThere(path: string | URL, limit: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const fs = files();
  try {
    const found = await fs.stat(path);
    if (!found.isFile()) throw Object.assign(new Error("not a regular file"), { code: "EISDIR" });
    if (found.size > limit) {
      throw new FormatError(
        `${show(path)} has ${found.size} bytes, expected at most ${limit}: it is not what it should be`,
      );
    }
    const bytes = await fs.readFile(path);
    return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return null;
    throw explained(cause, "read", path);
  }
}

/** As {@linkcode readFileIfThere}, but a missing file is an `ArgumentError`. */
export async function readFile(path: string | URL, limit = 2 ** 30): Promise<Uint8Array<ArrayBuffer>> {
  expect(typeof path === "string" || path instanceof URL, "readFile(): the path", path, "text or a URL");
  whole("readFile(): the limit", limit, 0);
  const bytes = await readFileIfThere(path, limit);
  if (!bytes) throw new ArgumentError(`${show(path)} cannot be read: there is no such file; check the path`);
  return bytes;
}

/**
 * Gives those of the files that are there the next free number, one for all of them:
 * `last.safetensors` becomes `last.1.safetensors`. Nothing is written over.
 *
 * @returns Their new names. Throws an `ArgumentError` where they cannot be renamed.
 */
export async function setAside(folder: string, names: readonly string[]): Promise<string[]> {
  text("setAside(): the folder", folder);
  const texts = Array.isArray(names) && names.every((name) => typeof name === "string");
  expect(texts, "setAside(): the names", names, "a list of names of files");
  const fs = files();
  try {
    const there = new Set(await fs.readdir(folder));
    const numbered = (name: string, number: number): string => name.replace(/(\.[^.]*)?$/, `.${number}$1`);
    let number = 1;
    while (names.some((name) => there.has(numbered(name, number)))) number++;
    const found = names.filter((name) => there.has(name));
    for (const name of found) await fs.rename(`${folder}/${name}`, `${folder}/${numbered(name, number)}`);
    return found.map((name) => numbered(name, number));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return [];
    throw explained(cause, "written", folder);
  }
}

function files(): FileSystem {
  const fs = builtin("node:fs/promises");
  if (!fs) {
    throw new ArgumentError(
      "There is no file system in this runtime; hand over the bytes themselves instead of a path",
    );
  }
  return fs;
}

/** As `mkdir -p`, but a folder that is there needs no permission. */
async function makeFolder(fs: FileSystem, folder: string): Promise<void> {
  const there = await fs.stat(folder).then((found) => found.isDirectory(), () => false);
  if (!there) await fs.mkdir(folder, { recursive: true });
}

function explained(cause: unknown, verb: "read" | "written", path: string | URL): Error {
  if (cause instanceof ZkgradError) return cause;
  const name = show(path);
  const say = (what: string): string => `${name} cannot be ${verb}: ${what}`;
  switch (codeOf(cause)) {
    case "NotCapable": {
      const folder = name.replace(/[/\\][^/\\]*$/, "") || "/";
      const flags = verb === "read" ? `--allow-read=${folder}` : `--allow-read=${folder} --allow-write=${folder}`;
      return new ArgumentError(say(`the program has no permission; run it with ${flags}`), { cause });
    }
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new ArgumentError(say("the file or its folder does not allow it; change its permissions or the path"), {
        cause,
      });
    case "EISDIR":
      return new ArgumentError(say("it is a folder or a device; give the path of a file"), { cause });
    case "ENOTDIR":
    case "EEXIST":
      return new ArgumentError(say("a part of the path is a file, not a folder; give another path"), { cause });
    case "ENOSPC":
    case "EDQUOT":
      return new ZkgradError(say("the disk is full; free some space or give a path on another disk"), { cause });
    default:
      return new ZkgradError(say(messageOf(cause)), { cause });
  }
}

function codeOf(cause: unknown): string {
  const { code, name } = cause as { code?: string; name?: string };
  return name === "NotCapable" ? name : code ?? "";
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A path for a sentence: a URL's as the system writes it, where it is one of a file. */
export function show(path: string | URL): string {
  if (!(path instanceof URL)) return path === "" ? "The empty path" : path;
  try {
    return builtin("node:url")?.fileURLToPath(path) ?? path.href;
  } catch {
    return path.href;
  }
}
