/**
 * Storing what was uploaded, together with the record that refers to it.
 * @module
 */
import { haveStayed } from "../files/unused_blobs.ts";
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
  { services, requestId }: HubContext,
  record: (files: Files) => Promise<T>,
): Promise<T> {
  const { blobs, log } = services;
  const files: Files = {};
  let made: T;
  try {
    for (const { name, bytes, isPrivate } of kept) {
      files[name] = isPrivate ? await blobs.putPrivate(bytes) : await blobs.put(bytes);
    }
    made = await record(files);
  } catch (error) {
    for (const { name } of kept.filter(({ name, isPrivate }) => isPrivate && name in files)) {
      await blobs.remove(files[name]).catch((error) => {
        log.warn("upload not removed", { requestId, file: name, ...described(error) });
      });
    }
    throw error;
  }
  try {
    if (!await haveStayed(Object.values(files), services)) {
      for (const { bytes } of kept.filter(({ isPrivate }) => !isPrivate)) await blobs.put(bytes);
    }
  } catch (error) {
    // The record is there, and its job says so where a file is missing.
    log.warn("upload not looked after", { requestId, ...described(error) });
  }
  return made;
}
