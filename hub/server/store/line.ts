/**
 * Where a job stands among all that wait, told from the records: they are the truth, and a job in the line only the word
 * that somebody should look at one. Jobs are taken in the order in which they were asked for, except that what needs a
 * larger worker waits for it; so a place is where it will be its turn at the latest where workers are alike.
 * @module
 */
import { type Database, isUuid } from "./database.ts";
import type { LineNote, Store } from "./store.ts";

/** What this file gives to the store. */
export type LineStore = Pick<Store, "line">;

/** Jobs that tell how long such jobs take: the last ones. */
const LATELY = 20;

/** The seconds of the last attempt of those that went well. */
const took = (table: string, where = "TRUE"): string =>
  `(SELECT avg(seconds) FROM (
     SELECT extract(epoch FROM updated_at - begun_at)::double precision AS seconds FROM zkgrad_hub.${table}
      WHERE status = 'SUCCESS' AND begun_at IS NOT NULL AND ${where} ORDER BY updated_at DESC LIMIT ${LATELY}
   ) AS lately)`;

/** Places in `database`. */
export function lineStore(database: Database): LineStore {
  return {
    async line(kind: "artifact" | "proof", id: string): Promise<LineNote | null> {
      if (!isUuid(id)) return null;
      const rows = await database.query<LineNote>(
        `WITH pending AS (
           SELECT id, created_at, begun_at, stage, 'artifact' AS kind FROM zkgrad_hub.artifacts WHERE status = 'PENDING'
           UNION ALL
           SELECT id, created_at, begun_at, stage, 'proof' FROM zkgrad_hub.proofs WHERE status = 'PENDING'
         ),
         it AS (SELECT *, stage <> 'queued' AS begun FROM pending WHERE id = $1 AND kind = $2),
         took AS (SELECT ${took("artifacts")} AS artifact, ${took("proofs")} AS proof),
         ahead AS (
           SELECT p.kind, count(*)::integer AS jobs FROM pending p, it
            WHERE NOT it.begun AND (p.created_at, p.id) < (it.created_at, it.id) GROUP BY p.kind
         )
         SELECT coalesce((SELECT sum(jobs) FROM ahead), 0)::integer AS ahead,
                CASE WHEN it.begun
                     THEN extract(epoch FROM clock_timestamp() - it.begun_at)::double precision END AS running,
                CASE $2 WHEN 'artifact' THEN took.artifact ELSE coalesce(
                  ${took("proofs", "artifact_id = (SELECT artifact_id FROM zkgrad_hub.proofs WHERE id = $1)")},
                  took.proof
                ) END AS own,
                (SELECT CASE WHEN bool_or(CASE kind WHEN 'artifact' THEN took.artifact ELSE took.proof END IS NULL)
                             THEN NULL
                             ELSE coalesce(sum(jobs * CASE kind WHEN 'artifact' THEN took.artifact ELSE took.proof END), 0)
                        END FROM ahead) AS before
           FROM it, took`,
        [id, kind],
      );
      return rows[0] ?? null;
    },
  };
}
