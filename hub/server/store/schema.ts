/**
 * The tables, as the steps that made them. A step that was released is never changed: what is new is a new step.
 * @module
 */

// What artifacts and proofs have in common. Times are kept to the millisecond, which is what a Date holds, so that a
// place in a list that is read out and given back is the same place.
const JOB_COLUMNS = `
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED', 'CANCELLED')),
  stage text NOT NULL DEFAULT 'queued',
  progress double precision NOT NULL DEFAULT 0,
  waiting text NOT NULL DEFAULT '',
  errors text[] NOT NULL DEFAULT '{}',
  files jsonb NOT NULL,
  blob_keys text[] NOT NULL GENERATED ALWAYS AS (zkgrad_hub.blob_keys(files)) STORED,
  attempt integer NOT NULL DEFAULT 0,
  begun_at timestamptz,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()`;

const JOB_INDEXES = ["artifacts", "proofs"].flatMap((table) => [
  `CREATE INDEX ${table}_by_organization ON zkgrad_hub.${table} (organization_id, created_at DESC, id DESC)`,
  `CREATE INDEX ${table}_pending ON zkgrad_hub.${table} (created_at, id) WHERE status = 'PENDING'`,
  `CREATE INDEX ${table}_blob_keys ON zkgrad_hub.${table} USING gin (blob_keys)`,
  `CREATE TRIGGER ${table}_changed AFTER INSERT OR UPDATE OR DELETE ON zkgrad_hub.${table}
     FOR EACH ROW EXECUTE FUNCTION zkgrad_hub.tell_change()`,
]);

/** Steps in order, each a list of statements. The first one's number is 1. */
export const STEPS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE zkgrad_hub.organizations (
       id uuid PRIMARY KEY,
       name text NOT NULL UNIQUE,
       created_at timestamptz(3) NOT NULL DEFAULT now()
     )`,
    `CREATE TABLE zkgrad_hub.api_keys (
       id text PRIMARY KEY,
       organization_id uuid NOT NULL REFERENCES zkgrad_hub.organizations,
       label text NOT NULL,
       secret_hash bytea NOT NULL,
       created_at timestamptz(3) NOT NULL DEFAULT now(),
       revoked_at timestamptz(3)
     )`,
    `CREATE FUNCTION zkgrad_hub.blob_keys(files jsonb) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
       SELECT array(SELECT file.value ->> 'key' FROM jsonb_each(files) AS file)
     $$`,
    `CREATE FUNCTION zkgrad_hub.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         PERFORM pg_notify('zkgrad_hub', coalesce(NEW.id, OLD.id)::text);
         RETURN NULL;
       END
     $$`,
    `CREATE TABLE zkgrad_hub.artifacts (
       id uuid PRIMARY KEY,
       organization_id uuid NOT NULL REFERENCES zkgrad_hub.organizations,
       name text NOT NULL,
       description text NOT NULL,
       target text NOT NULL,
       tolerance double precision NOT NULL,
       run_args text NOT NULL,
       price text,
       report text,
       srs text,
       ${JOB_COLUMNS}
     )`,
    `CREATE TABLE zkgrad_hub.proofs (
       id uuid PRIMARY KEY,
       artifact_id uuid NOT NULL REFERENCES zkgrad_hub.artifacts ON DELETE CASCADE,
       organization_id uuid NOT NULL REFERENCES zkgrad_hub.organizations,
       proof text,
       instances text,
       transcript_type text,
       timings text,
       ${JOB_COLUMNS}
     )`,
    ...JOB_INDEXES,
    "CREATE INDEX proofs_by_artifact ON zkgrad_hub.proofs (artifact_id, created_at DESC, id DESC)",
    `CREATE TABLE zkgrad_hub.stage_results (
       fingerprint text PRIMARY KEY,
       stage text NOT NULL,
       files jsonb NOT NULL,
       blob_keys text[] NOT NULL GENERATED ALWAYS AS (zkgrad_hub.blob_keys(files)) STORED,
       note text NOT NULL,
       used_at timestamptz NOT NULL DEFAULT now()
     )`,
    "CREATE INDEX stage_results_blob_keys ON zkgrad_hub.stage_results USING gin (blob_keys)",
    `CREATE TABLE zkgrad_hub.workers (
       id text PRIMARY KEY,
       memory_gib double precision NOT NULL,
       seen timestamptz(3) NOT NULL
     )`,
  ],
  ["CREATE TABLE zkgrad_hub.agreements (name text PRIMARY KEY, value text NOT NULL)"],
  [
    `CREATE TABLE zkgrad_hub.removals (
       blob_key text PRIMARY KEY,
       takers integer NOT NULL,
       begun_at timestamptz NOT NULL
     )`,
  ],
];
