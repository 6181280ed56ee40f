/**
 * Proofs, as those who asked for them see them.
 * @module
 */
import { ConflictError } from "../errors.ts";
import { type Database, isUuid, sqlState, type SqlValue, UNIQUE_VIOLATION } from "./database.ts";
import { page } from "./pages.ts";
import type { Files, Page, ProofRecord } from "./records.ts";
import { PROOF_COLUMNS } from "./rows.ts";
import type { NewProof, PageRequest, Store } from "./store.ts";
import { beginRemoval, unusedFiles } from "./unused_files.ts";

/** What this file gives to the store. */
export type ProofStore = Pick<
  Store,
  "createProof" | "proof" | "proofs" | "cancelProof" | "deleteProof" | "deleteOldProofs"
>;

/** Proofs that are over, and nobody wants kept any longer. */
const OLD = `keep_seconds IS NOT NULL AND status <> 'PENDING'
  AND updated_at <= now() - make_interval(secs => keep_seconds)`;

/** Proofs in `database`. */
export function proofStore(database: Database): ProofStore {
  return {
    async createProof(proof: NewProof): Promise<ProofRecord | null> {
      if (!isUuid(proof.artifactId) || !isUuid(proof.organizationId)) return null;
      try {
        // The lock makes one that is being deleted count as gone.
        const rows = await database.query<ProofRecord>(
          `INSERT INTO zkgrad_hub.proofs (id, artifact_id, organization_id, files, key_id, keep_seconds)
           SELECT $1::uuid, id, organization_id, $4::jsonb, $5::text, $6::integer FROM zkgrad_hub.artifacts
            WHERE id = $2 AND organization_id = $3 FOR KEY SHARE
           RETURNING ${PROOF_COLUMNS}`,
          [
            proof.id,
            proof.artifactId,
            proof.organizationId,
            JSON.stringify(proof.files),
            proof.keyId ?? null,
            proof.keepSeconds ?? null,
          ],
        );
        return rows[0] ?? null;
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
        throw new ConflictError(`there is a proof ${proof.id} already`);
      }
    },

    async proof(id: string, organizationId: string): Promise<ProofRecord | null> {
      if (!isUuid(id) || !isUuid(organizationId)) return null;
      const rows = await database.query<ProofRecord>(
        `SELECT ${PROOF_COLUMNS} FROM zkgrad_hub.proofs WHERE id = $1 AND organization_id = $2`,
        [id, organizationId],
      );
      return rows[0] ?? null;
    },

    async proofs(organizationId: string, artifactId: string | null, request: PageRequest): Promise<Page<ProofRecord>> {
      const values: SqlValue[] = [isUuid(organizationId) ? organizationId : null];
      let where = "organization_id = $1";
      if (artifactId !== null) {
        values.push(isUuid(artifactId) ? artifactId : null);
        where += " AND artifact_id = $2";
      }
      return await page(database, { columns: PROOF_COLUMNS, table: "zkgrad_hub.proofs", where, values }, request);
    },

    async cancelProof(id: string, organizationId: string): Promise<boolean> {
      if (!isUuid(id) || !isUuid(organizationId)) return false;
      const rows = await database.query(
        `UPDATE zkgrad_hub.proofs SET status = 'CANCELLED', waiting = '', updated_at = now()
          WHERE id = $1 AND organization_id = $2 AND status = 'PENDING' RETURNING id`,
        [id, organizationId],
      );
      return rows.length > 0;
    },

    async deleteProof(id: string, organizationId: string): Promise<Files[] | null> {
      if (!isUuid(id) || !isUuid(organizationId)) return null;
      return await database.transaction(async (sql) => {
        await beginRemoval(sql);
        const rows = await sql.query<{ files: Files }>(
          "DELETE FROM zkgrad_hub.proofs WHERE id = $1 AND organization_id = $2 RETURNING files",
          [id, organizationId],
        );
        return rows.length === 0 ? null : await unusedFiles(sql, rows.map(({ files }) => files));
      });
    },

    async deleteOldProofs(): Promise<Files[]> {
      // Jobs wait for whoever removes, so it is looked before.
      if ((await database.query(`SELECT FROM zkgrad_hub.proofs WHERE ${OLD} LIMIT 1`)).length === 0) return [];
      return await database.transaction(async (sql) => {
        await beginRemoval(sql);
        const rows = await sql.query<{ files: Files }>(`DELETE FROM zkgrad_hub.proofs WHERE ${OLD} RETURNING files`);
        return await unusedFiles(sql, rows.map(({ files }) => files));
      });
    },
  };
}
