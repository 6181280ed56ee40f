/**
 * What workers write of jobs, each write only while the attempt is still theirs.
 * @module
 */
import { type Database, isUuid, type SqlValue, storable } from "./database.ts";
import { UncertainCommitError } from "./postgres.ts";
import type { ArtifactPatch, ProofPatch } from "./records.ts";

type Patch = ArtifactPatch & ProofPatch;
type Table = "artifacts" | "proofs";

const COLUMNS: { [Name in keyof Required<Patch>]: string } = {
  status: "status",
  stage: "stage",
  progress: "progress",
  waiting: "waiting",
  errors: "errors",
  files: "files",
  price: "price",
  report: "report",
  srs: "srs",
  proof: "proof",
  instances: "instances",
  transcriptType: "transcript_type",
  timings: "timings",
};

/** Writes `patch` if the record is PENDING and at `attempt`; says whether it did. An empty one says that it goes on. */
export async function patchRecord(
  database: Database,
  table: Table,
  id: string,
  attempt: number,
  patch: ArtifactPatch | ProofPatch,
): Promise<boolean> {
  if (!isUuid(id)) return false;
  const values: SqlValue[] = [id, attempt];
  const sets = ["updated_at = now()"];
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    values.push(sqlValue(value));
    sets.push(`${COLUMNS[name as keyof Patch]} = $${values.length}`);
  }
  const write = async (): Promise<boolean> =>
    (await database.query(
      `UPDATE zkgrad_hub.${table} SET ${sets.join(", ")}
        WHERE id = $1 AND attempt = $2 AND status = 'PENDING' RETURNING id`,
      values,
    )).length > 0;
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UncertainCommitError)) throw error;
    // The same write again harms nobody; it is refused where it was the last one and holds already.
    return await write() || await holds(database, table, id, attempt, patch);
  }
}

async function holds(
  database: Database,
  table: Table,
  id: string,
  attempt: number,
  { status }: ArtifactPatch | ProofPatch,
): Promise<boolean> {
  if (status === undefined) return false;
  const rows = await database.query(
    `SELECT id FROM zkgrad_hub.${table} WHERE id = $1 AND attempt = $2 AND status = $3`,
    [id, attempt, status],
  );
  return rows.length > 0;
}

function sqlValue(value: NonNullable<Patch[keyof Patch]> | null): SqlValue {
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(storable);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
