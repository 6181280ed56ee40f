/**
 * Removing files that no record refers to, such as those of an upload that a crash cut short.
 * @module
 */
import type { Storage } from "./storage.ts";

/** What a sweep did. */
export interface SweepReport {
  /** Files looked at. */
  seen: number;
  /** Files removed. */
  removed: number;
}

/** Age in seconds at which a file that nobody refers to cannot be part of an upload any more. */
export const LOST_AFTER = 86_400;

/**
 * Removes objects that were stored (or stored again) more than `ageSeconds` ago and that `isReferenced` denies.
 * The age must be more than an upload takes from its first file to its record, and, in S3, than an hour.
 */
export async function sweepBlobs(
  storage: Storage,
  isReferenced: (key: string) => Promise<boolean>,
  ageSeconds: number = LOST_AFTER,
): Promise<SweepReport> {
  const report: SweepReport = { seen: 0, removed: 0 };
  const before = Date.now() - ageSeconds * 1000;
  for (const prefix of ["blobs/", "private/"]) {
    for await (const { key, modified } of storage.list(prefix)) {
      report.seen++;
      if (modified.getTime() > before || await isReferenced(key)) continue;
      await storage.remove(key);
      report.removed++;
    }
  }
  return report;
}
