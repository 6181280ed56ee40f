/**
 * Deployed models, as their owners see them.
 * @module
 */
import { ConflictError, NotFoundError } from "../errors.ts";
import {
  type Database,
  FOREIGN_KEY_VIOLATION,
  isUuid,
  sqlState,
  type SqlValue,
  storable,
  UNIQUE_VIOLATION,
} from "./database.ts";
import { page } from "./pages.ts";
import { type ArtifactRecord, type Files, NEVER_TOLD, type Page } from "./records.ts";
import { ARTIFACT_COLUMNS } from "./rows.ts";
import type { NewArtifact, PageRequest, Store } from "./store.ts";
import { beginRemoval, unusedFiles } from "./unused_files.ts";

/** What this file gives to the store. */
export type ArtifactStore = Pick<
  Store,
  "createArtifact" | "artifact" | "artifacts" | "cancelArtifact" | "deleteArtifact"
>;

/** Artifacts in `database`. */
export function artifactStore(database: Database): ArtifactStore {
  return {
    async createArtifact(artifact: NewArtifact): Promise<ArtifactRecord> {
      try {
        const rows = await database.query<ArtifactRecord>(
          `INSERT INTO zkgrad_hub.artifacts
             (id, organization_id, name, description, target, tolerance, run_args, files, key_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${ARTIFACT_COLUMNS}`,
          [
            artifact.id,
            artifact.organizationId,
            storable(artifact.name),
            storable(artifact.description),
            storable(artifact.target),
            artifact.tolerance,
            storable(artifact.runArgs),
            JSON.stringify(artifact.files),
            artifact.keyId ?? null,
          ],
        );
        return rows[0]!;
      } catch (error) {
        if (sqlState(error) === UNIQUE_VIOLATION) {
          throw new ConflictError(`there is an artifact ${artifact.id} already`);
        }
        if (sqlState(error) !== FOREIGN_KEY_VIOLATION) throw error;
        throw new NotFoundError("there is no such organization to make an artifact for");
      }
    },

    async artifact(id: string, organizationId: string): Promise<ArtifactRecord | null> {
      if (!isUuid(id) || !isUuid(organizationId)) return null;
      const rows = await database.query<ArtifactRecord>(
        `SELECT ${ARTIFACT_COLUMNS} FROM zkgrad_hub.artifacts WHERE id = $1 AND organization_id = $2`,
        [id, organizationId],
      );
      return rows[0] ?? null;
    },

    async artifacts(
      organizationId: string,
      request: PageRequest,
      sha256: string | null = null,
    ): Promise<Page<ArtifactRecord>> {
      const values: SqlValue[] = [isUuid(organizationId) ? organizationId : null];
      const table = "zkgrad_hub.artifacts";
      let where = "organization_id = $1";
      if (sha256 !== null) {
        values.push(storable(sha256), NEVER_TOLD);
        where += ` AND EXISTS (SELECT FROM jsonb_each(files) AS file
          WHERE file.value ->> 'sha256' = $2 AND file.key <> ALL($3::text[]))`;
      }
      return await page(database, { columns: ARTIFACT_COLUMNS, table, where, values }, request);
    },

    async cancelArtifact(id: string, organizationId: string): Promise<boolean> {
      if (!isUuid(id) || !isUuid(organizationId)) return false;
      const rows = await database.query(
        `UPDATE zkgrad_hub.artifacts SET status = 'CANCELLED', waiting = '', updated_at = now()
          WHERE id = $1 AND organization_id = $2 AND status = 'PENDING' RETURNING id`,
        [id, organizationId],
      );
      return rows.length > 0;
    },

    async deleteArtifact(id: string, organizationId: string): Promise<Files[] | null> {
      if (!isUuid(id) || !isUuid(organizationId)) return null;
      return await database.transaction(async (sql) => {
        await beginRemoval(sql);
        const proofs = await sql.query<{ files: Files }>(
          "DELETE FROM zkgrad_hub.proofs WHERE artifact_id = $1 AND organization_id = $2 RETURNING files",
          [id, organizationId],
        );
        const artifacts = await sql.query<{ files: Files }>(
          "DELETE FROM zkgrad_hub.artifacts WHERE id = $1 AND organization_id = $2 RETURNING files",
          [id, organizationId],
        );
        if (artifacts.length === 0) return null;
        return await unusedFiles(sql, [...artifacts, ...proofs].map(({ files }) => files));
      });
    },
  };
}
