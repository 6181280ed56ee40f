/**
 * Writing a file so that it is there whole or not at all, a power cut included.
 * @module
 */
import { dirname } from "node:path";
import type { ByteSource } from "./byte_streams.ts";

/**
 * Writes `beside` (on the same file system), has it reach the disk, and renames it to `path`. `check` is
 * called before the rename and may throw. Nothing of it remains after an error.
 */
export async function writeDurably(
  path: string,
  beside: string,
  source: ByteSource,
  check: () => void = () => {},
): Promise<void> {
  try {
    {
      using file = await Deno.open(beside, { createNew: true, write: true, mode: 0o600 });
      for await (const block of source) {
        for (let at = 0; at < block.length;) at += await file.write(block.subarray(at));
      }
      await file.sync();
    }
    check();
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Has a folder's entries reach the disk. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}
