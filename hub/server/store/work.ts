/**
 * What workers ask and write. A worker begins an attempt and is given its number; whoever begins the same record after
 * it takes the number away, and what the first one writes then is refused.
 * @module
 */
import { type Database, isUuid, storable } from "./database.ts";
import { patchRecord } from "./patches.ts";
import type { ArtifactPatch, ArtifactRecord, Files, ProofPatch, ProofRecord } from "./records.ts";
import { ARTIFACT_COLUMNS, PROOF_COLUMNS } from "./rows.ts";
import type { PendingJob, Store, WorkerNote } from "./store.ts";

/** What this file gives to the store. */
export type WorkStore = Pick<
  Store,
  | "beginArtifact"
  | "beginProof"
  | "patchArtifact"
  | "patchProof"
  | "pendingArtifacts"
  | "pendingProofs"
  | "stageResult"
  | "saveStageResult"
  | "noteWorker"
  | "forgetWorker"
  | "workers"
>;

const BEGIN = `SET attempt = attempt + 1, begun_at = now(), updated_at = now() WHERE id = $1 AND status = 'PENDING'`;

/** Work in `database`. */
export function workStore(database: Database): WorkStore {
  return {
    async beginArtifact(id: string): Promise<ArtifactRecord | null> {
      if (!isUuid(id)) return null;
      const rows = await database.query<ArtifactRecord>(
        `UPDATE zkgrad_hub.artifacts ${BEGIN} RETURNING ${ARTIFACT_COLUMNS}`,
        [id],
      );
      return rows[0] ?? null;
    },

    async beginProof(id: string): Promise<{ proof: ProofRecord; artifact: ArtifactRecord } | null> {
      if (!isUuid(id)) return null;
      return await database.transaction(async (sql) => {
        const [proof] = await sql.query<ProofRecord>(
          `UPDATE zkgrad_hub.proofs ${BEGIN} RETURNING ${PROOF_COLUMNS}`,
          [id],
        );
        if (proof === undefined) return null;
        const [artifact] = await sql.query<ArtifactRecord>(
          `SELECT ${ARTIFACT_COLUMNS} FROM zkgrad_hub.artifacts WHERE id = $1`,
          [proof.artifactId],
        );
        return artifact === undefined ? null : { proof, artifact };
      });
    },

    async patchArtifact(id: string, attempt: number, patch: ArtifactPatch): Promise<boolean> {
      return await patchRecord(database, "artifacts", id, attempt, patch);
    },

    async patchProof(id: string, attempt: number, patch: ProofPatch): Promise<boolean> {
      return await patchRecord(database, "proofs", id, attempt, patch);
    },

    async pendingArtifacts(): Promise<PendingJob[]> {
      return await database.query<PendingJob>(
        `SELECT id, attempt, updated_at AS "updatedAt", price FROM zkgrad_hub.artifacts
          WHERE status = 'PENDING' ORDER BY created_at, id`,
      );
    },

    async pendingProofs(): Promise<PendingJob[]> {
      return await database.query<PendingJob>(
        `SELECT p.id, p.attempt, p.updated_at AS "updatedAt", a.price
           FROM zkgrad_hub.proofs p JOIN zkgrad_hub.artifacts a ON a.id = p.artifact_id
          WHERE p.status = 'PENDING' ORDER BY p.created_at, p.id`,
      );
    },

    async stageResult(fingerprint: string): Promise<{ files: Files; note: string } | null> {
      // Its time of use keeps it while the job that asks for it runs.
      const rows = await database.query<{ files: Files; note: string }>(
        "UPDATE zkgrad_hub.stage_results SET used_at = clock_timestamp() WHERE fingerprint = $1 RETURNING files, note",
        [fingerprint],
      );
      return rows[0] ?? null;
    },

    async saveStageResult(fingerprint: string, stage: string, files: Files, note: string): Promise<void> {
      // Whoever saves one that is there found it unusable: the new one counts.
      await database.query(
        `INSERT INTO zkgrad_hub.stage_results (fingerprint, stage, files, note, used_at)
         VALUES ($1, $2, $3, $4, clock_timestamp())
         ON CONFLICT (fingerprint)
           DO UPDATE SET files = excluded.files, note = excluded.note, used_at = excluded.used_at`,
        [fingerprint, stage, JSON.stringify(files), storable(note)],
      );
    },

    async noteWorker(id: string, memoryGiB: number): Promise<void> {
      await database.query(
        `WITH gone AS (DELETE FROM zkgrad_hub.workers WHERE seen < now() - interval '1 day' AND id <> $1)
         INSERT INTO zkgrad_hub.workers (id, memory_gib, seen) VALUES ($1, $2, now())
         ON CONFLICT (id) DO UPDATE SET memory_gib = excluded.memory_gib, seen = excluded.seen`,
        [id, memoryGiB],
      );
    },

    async forgetWorker(id: string): Promise<void> {
      await database.query("DELETE FROM zkgrad_hub.workers WHERE id = $1", [id]);
    },

    async workers(seconds: number): Promise<WorkerNote[]> {
      return await database.query<WorkerNote>(
        `SELECT id, memory_gib AS "memoryGiB", seen FROM zkgrad_hub.workers
          WHERE seen > now() - make_interval(secs => $1) ORDER BY id`,
        [seconds],
      );
    },
  };
}
