/**
 * Which fields of artifacts and proofs are asked for.
 * @module
 */

/** Fields that every hub knows. */
export const ARTIFACT_CONTRACT = "id name status errors";
/** Fields that show how far it is. */
export const ARTIFACT_PROGRESS = `${ARTIFACT_CONTRACT} stage progress waiting updatedAt`;
/** All fields. */
export const ARTIFACT_FIELDS = `${ARTIFACT_PROGRESS} description target settings
  price { cells rows logrows adviceColumns fixedColumns pkBytes heapBytes secondsKeys secondsProof } report
  srs { origin logrows unsafe } files { name size sha256 url } createdAt`;

/** Fields that every hub knows. */
export const PROOF_CONTRACT = "id artifact { id name } status proof instances transcriptType";
/** Fields that show how far it is. */
export const PROOF_PROGRESS = "id artifact { id name } status errors stage progress waiting updatedAt";
/** All fields. */
export const PROOF_FIELDS = `${PROOF_CONTRACT} errors stage progress waiting timings { stage seconds } outputs
  files { name size sha256 url } createdAt updatedAt`;
