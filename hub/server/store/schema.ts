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
  [
    // Keys from before there were scopes keep all of them.
    `ALTER TABLE zkgrad_hub.api_keys ADD COLUMN scopes text[] NOT NULL DEFAULT '{deploy,prove,read}'
       CHECK (scopes <@ ARRAY['deploy', 'prove', 'read'] AND cardinality(scopes) > 0)`,
    "ALTER TABLE zkgrad_hub.artifacts ADD COLUMN key_id text",
    "ALTER TABLE zkgrad_hub.proofs ADD COLUMN key_id text",
    `CREATE TABLE zkgrad_hub.key_usage (
       key_id text PRIMARY KEY,
       artifacts integer NOT NULL DEFAULT 0,
       proofs integer NOT NULL DEFAULT 0,
       bytes double precision NOT NULL DEFAULT 0,
       seconds double precision NOT NULL DEFAULT 0
     )`,
    // Counted where the record is written, so that each counts once, whichever process writes it and however often it
    // tries; what is deleted later was used all the same.
    `CREATE FUNCTION zkgrad_hub.count_upload() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         INSERT INTO zkgrad_hub.key_usage AS u (key_id, artifacts, bytes)
         VALUES (
           NEW.key_id,
           CASE TG_TABLE_NAME WHEN 'artifacts' THEN 1 ELSE 0 END,
           (SELECT coalesce(sum((file.value ->> 'size')::double precision), 0) FROM jsonb_each(NEW.files) AS file)
         )
         ON CONFLICT (key_id) DO UPDATE SET artifacts = u.artifacts + excluded.artifacts, bytes = u.bytes + excluded.bytes;
         RETURN NULL;
       END
     $$`,
    `CREATE FUNCTION zkgrad_hub.count_proof() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         INSERT INTO zkgrad_hub.key_usage AS u (key_id, proofs, seconds)
         VALUES (
           NEW.key_id,
           1,
           (SELECT coalesce(sum(step.value::double precision), 0) FROM jsonb_each_text(NEW.timings::jsonb) AS step)
         )
         ON CONFLICT (key_id) DO UPDATE SET proofs = u.proofs + 1, seconds = u.seconds + excluded.seconds;
         RETURN NULL;
       END
     $$`,
    ...["artifacts", "proofs"].map((table) =>
      `CREATE INDEX ${table}_lately ON zkgrad_hub.${table} (updated_at DESC) WHERE status = 'SUCCESS'`
    ),
    ...["artifacts", "proofs"].map((table) =>
      `CREATE TRIGGER ${table}_uploaded AFTER INSERT ON zkgrad_hub.${table}
         FOR EACH ROW WHEN (NEW.key_id IS NOT NULL) EXECUTE FUNCTION zkgrad_hub.count_upload()`
    ),
    `CREATE TRIGGER proofs_made AFTER UPDATE ON zkgrad_hub.proofs
       FOR EACH ROW WHEN (NEW.key_id IS NOT NULL AND OLD.status = 'PENDING' AND NEW.status = 'SUCCESS')
       EXECUTE FUNCTION zkgrad_hub.count_proof()`,
  ],
  [
    "ALTER TABLE zkgrad_hub.proofs ADD COLUMN keep_seconds integer CHECK (keep_seconds >= 0)",
    "CREATE INDEX proofs_kept_briefly ON zkgrad_hub.proofs (updated_at) WHERE keep_seconds IS NOT NULL",
  ],
];
