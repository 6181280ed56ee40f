/**
 * What users upload for jobs and nobody needs once they have been used: private, and deleted then.
 * @module
 */

/** Of an artifact: gone once the calibration is kept. */
export const ARTIFACT_UPLOADS: readonly string[] = ["cal_data.json", "input.json"];

/** Of a proof: gone once the witness is kept. */
export const PROOF_UPLOADS: readonly string[] = ["input.json"];
