/**
 * Files that nobody refers to any more go at once, and those that somebody is about to refer to stay: equal public bytes
 * are stored once, so that one may delete a model while another deploys the same.
 * @module
 */
import { DamagedBlobError } from "../errors.ts";
import type { FileRef, Files } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { type Blobs, isPrivate } from "./blobs.ts";

/** Seconds after which the rest is left to the sweep: by then nobody waits for this removal any more, see the store. */
const REMOVAL_SECONDS = 30;

/** Milliseconds between two looks at whether a removal is over. */
const LOOK = 50;

/** What both sides need. */
export interface BlobKeepers {
  /** The account book. */
  readonly store: Pick<Store, "isReferenced" | "beingRemoved" | "removalOver">;
  /** The files. */
  readonly blobs: Blobs;
}

/** Removes files that the store gave to be removed; what fails is told and left to the sweep. */
export async function removeUnused(
  unused: readonly Files[],
  { store, blobs }: BlobKeepers,
  failed: (error: unknown) => void,
): Promise<void> {
  const files = unused.flatMap((each) => Object.values(each));
  if (files.length === 0) return;
  const end = performance.now() + REMOVAL_SECONDS * 1000;
  try {
    for (const file of files) {
      try {
        if (performance.now() > end) throw new Error("the storage took too long, so files were left");
        // Somebody may have stored the same since the store looked.
        if (isPrivate(file) || !await store.isReferenced(file.key)) await blobs.remove(file);
      } catch (error) {
        failed(error);
      }
    }
  } finally {
    await store.removalOver(files.map(({ key }) => key)).catch(failed);
  }
}

/**
 * To be called once a record refers to files that were stored before it was there: whether they are there still. If not,
 * they were removed with the last record that referred to them, and have to be stored again, which is for good.
 */
export async function haveStayed(files: readonly FileRef[], { store, blobs }: BlobKeepers): Promise<boolean> {
  const kept = files.filter((file) => !isPrivate(file));
  if (kept.length === 0) return true;
  const keys = kept.map(({ key }) => key);
  while (await store.beingRemoved(keys)) await new Promise((resolve) => setTimeout(resolve, LOOK));
  return await areThere(kept, blobs);
}

/** Whether files can be read. */
export async function areThere(files: readonly FileRef[], blobs: Blobs): Promise<boolean> {
  try {
    for (const file of files) await (await blobs.stream(file, 0, 1)).cancel();
    return true;
  } catch (error) {
    if (error instanceof DamagedBlobError) return false;
    throw error;
  }
}
