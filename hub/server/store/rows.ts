/**
 * How records stand in tables: columns by the names that the program knows them under.
 * @module
 */

const JOB = `status, stage, progress, waiting, errors, files, attempt, organization_id AS "organizationId",
  created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Columns of an `ArtifactRecord`. */
export const ARTIFACT_COLUMNS =
  `id, name, description, target, tolerance, run_args AS "runArgs", price, report, srs, ${JOB}`;

/** Columns of a `ProofRecord`. */
export const PROOF_COLUMNS =
  `id, artifact_id AS "artifactId", proof, instances, transcript_type AS "transcriptType", timings, ${JOB}`;
