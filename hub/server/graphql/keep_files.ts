/**
 * Storing what was uploaded, together with the record that refers to it.
 * @module
 */
import type { Files } from "../store/records.ts";
import type { HubContext } from "./context.ts";
import { described } from "../public_error.ts";

/** A file to store. */
export interface Kept {
  /** Its name in the record. */
  name: string;
  /** Its bytes. */
  bytes: Uint8Array;
  /** Whether it is encrypted. */
  isPrivate: boolean;
}

/**
 * Stores files, then makes their record. Where that fails the private ones are removed again; public ones
 * may be another record's too, so they stay until a sweep finds that nobody refers to them.
 */
export async function keepFiles<T>(
  kept: readonly Kept[],
  { services: { blobs, log }, requestId }: HubContext,
  record: (files: Files) => Promise<T>,
): Promise<T> {
  const files: Files = {};
  try {
    for (const { name, bytes, isPrivate } of kept) {
      files[name] = isPrivate ? await blobs.putPrivate(bytes) : await blobs.put(bytes);
    }
    return await record(files);
  } catch (error) {
    for (const { name } of kept.filter(({ name, isPrivate }) => isPrivate && name in files)) {
      await blobs.remove(files[name]).catch((error) => {
        log.warn("upload not removed", { requestId, file: name, ...described(error) });
      });
    }
    throw error;
  }
}
