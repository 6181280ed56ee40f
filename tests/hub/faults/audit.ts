/** Keeps, inside a hub's database, every end that a record comes to and every change after it. */
import assert from "node:assert/strict";
import type { Database } from "../../../hub/server/store/database.ts";

const STATEMENTS = [
  "CREATE SCHEMA audit",
  `CREATE TABLE audit.ends (
     n bigint GENERATED ALWAYS AS IDENTITY,
     kind text NOT NULL, id uuid NOT NULL, before text NOT NULL, status text NOT NULL, attempt integer NOT NULL,
     result text, at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO audit.ends (kind, id, before, status, attempt, result) VALUES (
         TG_TABLE_NAME, NEW.id, OLD.status, NEW.status, NEW.attempt,
         md5((to_jsonb(NEW) - 'updated_at')::text));
       RETURN NULL;
     END
   $$`,
  ...["artifacts", "proofs"].map((table) =>
    `CREATE TRIGGER ${table}_audit AFTER UPDATE ON zkgrad_hub.${table} FOR EACH ROW
       WHEN (NEW.status <> 'PENDING' OR OLD.status <> 'PENDING') EXECUTE FUNCTION audit.note()`
  ),
];

/** Begins to keep them. */
export async function beginAudit(database: Database): Promise<void> {
  for (const statement of STATEMENTS) await database.query(statement);
}

/** Records of a database that is at rest. */
export interface Books {
  /** By status. */
  artifacts: Record<string, number>;
  /** By status. */
  proofs: Record<string, number>;
  /** By id: how often it was begun. */
  attempts: Map<string, number>;
  /** Keys of files that records and stage results refer to. */
  files: Set<string>;
}

/** Checks that every record came to its end once and stayed as it was then. */
export async function checkBooks(database: Database): Promise<Books> {
  const ends = await database.query<{ kind: string; id: string; before: string; status: string; attempt: number }>(
    "SELECT kind, id, before, status, attempt FROM audit.ends ORDER BY n",
  );
  const books: Books = { artifacts: {}, proofs: {}, attempts: new Map(), files: new Set() };
  for (const kind of ["artifacts", "proofs"] as const) {
    const records = await database.query<{ id: string; status: string; attempt: number; files: unknown }>(
      `SELECT id, status, attempt, files FROM zkgrad_hub.${kind}`,
    );
    for (const { id, status, attempt, files } of records) {
      books[kind][status] = (books[kind][status] ?? 0) + 1;
      books.attempts.set(id, attempt);
      const own = ends.filter((end) => end.id === id && end.kind === kind);
      const told = `${kind} ${id}: ${JSON.stringify(own)}`;
      if (status === "PENDING") assert.equal(own.length, 0, told);
      else assert.deepEqual(own, [{ kind, id, before: "PENDING", status, attempt }], told);
      const uploads = Object.keys(files as object).filter((name) => /^(input|cal_data)\.json$/.test(name));
      if (status === "SUCCESS") assert.deepEqual(uploads, [], `${kind} ${id} kept its uploads`);
    }
  }
  const referred = await database.query<{ key: string }>(
    ["artifacts", "proofs", "stage_results"].map((table) => `SELECT unnest(blob_keys) AS key FROM zkgrad_hub.${table}`)
      .join(" UNION "),
  );
  for (const { key } of referred) books.files.add(key);
  return books;
}
