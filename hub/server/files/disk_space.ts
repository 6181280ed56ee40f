/**
 * How much room a folder's disk has.
 * @module
 */
import { statfs } from "node:fs/promises";
import { StorageFullError } from "../errors.ts";

/** Bytes that this process may still write to the file system of `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws a StorageFullError unless `needed` bytes fit and `reserve` bytes stay free after them. */
export async function requireFree(folder: string, needed: number, reserve: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free - needed < reserve) {
    throw new StorageFullError(
      `no room for ${mebibytes(needed)} MiB: ${mebibytes(free)} MiB are free where the hub keeps files, and ` +
        `${mebibytes(reserve)} MiB of them stay free; try again later, or ask the operator for a larger disk`,
    );
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 0);
}
