/**
 * Which files nobody refers to any more. References are held by artifacts, by proofs and by stage results. A stage
 * result is only a shortcut to files, so it does not keep them for ever: it is dropped once no artifact and no proof
 * refers to any of its files and no job that runs may be about to. A result without files is tiny and stays.
 * @module
 */
import type { Database, Sql } from "./database.ts";
import type { FileRef, Files } from "./records.ts";
import type { Store } from "./store.ts";

/** What this file gives to the store. */
export type UnusedFileStore = Pick<Store, "isReferenced" | "dropUnusedResults" | "beingRemoved" | "removalOver">;

/** Whoever takes longer than this to remove files was killed meanwhile; see `REMOVAL_SECONDS`. */
const LOST = "interval '60 seconds'";

/** References to files in `database`. */
export function unusedFileStore(database: Database): UnusedFileStore {
  return {
    async isReferenced(blobKey: string): Promise<boolean> {
      return (await unreferenced(database, [blobKey])).size === 0;
    },

    async dropUnusedResults(): Promise<Files[]> {
      return await database.transaction(async (sql) => {
        await beginRemoval(sql);
        return await unusedFiles(sql, []);
      });
    },

    async beingRemoved(blobKeys: readonly string[]): Promise<boolean> {
      const rows = await database.query(
        `SELECT FROM zkgrad_hub.removals WHERE blob_key = ANY($1::text[]) AND begun_at > now() - ${LOST} LIMIT 1`,
        [blobKeys],
      );
      return rows.length > 0;
    },

    async removalOver(blobKeys: readonly string[]): Promise<void> {
      await database.transaction(async (sql) => {
        await beginRemoval(sql);
        await sql.query("UPDATE zkgrad_hub.removals SET takers = takers - 1 WHERE blob_key = ANY($1::text[])", [
          blobKeys,
        ]);
        await sql.query("DELETE FROM zkgrad_hub.removals WHERE takers <= 0");
      });
    },
  };
}

/**
 * Begins a transaction that takes references away. Such transactions take turns: two that ran at once would each see
 * the other's records, and leave the files that only those two shared. No stage result is used or made meanwhile.
 */
export async function beginRemoval(sql: Sql): Promise<void> {
  await sql.query("LOCK TABLE zkgrad_hub.stage_results IN EXCLUSIVE MODE");
}

/**
 * Within a transaction that was begun so, after its records are deleted: drops the stage results that are not needed
 * and returns those of `removed` and of their files that nothing refers to, each once.
 */
export async function unusedFiles(sql: Sql, removed: readonly Files[]): Promise<Files[]> {
  const dropped = await sql.query<{ files: Files }>(
    // A job that runs used its results after it began, and so after the first of those that run began.
    `DELETE FROM zkgrad_hub.stage_results r
      WHERE cardinality(r.blob_keys) > 0
        AND NOT EXISTS (SELECT FROM zkgrad_hub.artifacts a WHERE a.blob_keys && r.blob_keys)
        AND NOT EXISTS (SELECT FROM zkgrad_hub.proofs p WHERE p.blob_keys && r.blob_keys)
        AND r.used_at < coalesce(least(
              (SELECT min(begun_at) FROM zkgrad_hub.artifacts WHERE status = 'PENDING'),
              (SELECT min(begun_at) FROM zkgrad_hub.proofs WHERE status = 'PENDING')), 'infinity')
      RETURNING files`,
  );
  const candidates = [...removed, ...dropped.map(({ files }) => files)];
  const unused = await unreferenced(sql, candidates.flatMap((files) => Object.values(files).map(({ key }) => key)));
  const result: Files[] = [];
  for (const files of candidates) {
    const kept = Object.entries(files).filter(([, file]: [string, FileRef]) => unused.delete(file.key));
    if (kept.length > 0) result.push(Object.fromEntries(kept));
  }
  await noteRemoval(sql, result.flatMap((files) => Object.values(files).map(({ key }) => key)));
  return result;
}

/**
 * Notes which files are about to be removed. Who stores equal bytes meanwhile finds them there, and his record, which
 * comes a moment later, would name a file that goes. So he waits, once his record is there, until no removal of the file is
 * noted, and then sees whether it is there still; and who removes looks for records once more after the note is made.
 * Whichever comes first, one of the two sees the other.
 */
async function noteRemoval(sql: Sql, keys: readonly string[]): Promise<void> {
  await sql.query(
    `INSERT INTO zkgrad_hub.removals AS r (blob_key, takers, begun_at)
     SELECT DISTINCT key, 1, now() FROM unnest($1::text[]) AS key
     ON CONFLICT (blob_key) DO UPDATE SET begun_at = excluded.begun_at,
       takers = CASE WHEN r.begun_at > now() - ${LOST} THEN r.takers + 1 ELSE 1 END`,
    [keys],
  );
}

async function unreferenced(sql: Sql, keys: readonly string[]): Promise<Set<string>> {
  const rows = await sql.query<{ key: string }>(
    `SELECT key FROM unnest($1::text[]) AS key
      WHERE NOT EXISTS (SELECT FROM zkgrad_hub.artifacts WHERE blob_keys @> ARRAY[key])
        AND NOT EXISTS (SELECT FROM zkgrad_hub.proofs WHERE blob_keys @> ARRAY[key])
        AND NOT EXISTS (SELECT FROM zkgrad_hub.stage_results WHERE blob_keys @> ARRAY[key])`,
    [keys],
  );
  return new Set(rows.map(({ key }) => key));
}
