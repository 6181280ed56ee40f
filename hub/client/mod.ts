/**
 * The client of an EZKL hub: the calls of EZKL's tutorial in camel case, and what they
 * lacked: waiting with an end, lists, downloads, and keys pinned against the hub itself.
 * @module
 */
export { type HubAccess, type HubAddress, type HubCallOptions } from "./access.ts";
export {
  type ArtifactDraft,
  cancelHubArtifact,
  createHubArtifact,
  deleteHubArtifact,
  getHubArtifact,
  type HubTarget,
  listHubArtifacts,
} from "./artifacts.ts";
export type { CalibrationReport, CandidateRow, PointRow } from "./calibration_report.ts";
export { type CredentialsRequest, getHubCredentials, type HubCredentials } from "./credentials.ts";
export { downloadArtifactFile, type DownloadOptions, type DownloadProgress, downloadProof } from "./downloads.ts";
export {
  HubClientError,
  type HubErrorDetails,
  HubFailedError,
  HubMismatchError,
  HubRefusedError,
  HubTimeoutError,
  HubUnreachableError,
} from "./errors.ts";
export {
  createHubKey,
  getHubKey,
  type HubKey,
  type HubKeyDraft,
  type HubScope,
  listHubKeys,
  revokeHubKey,
} from "./keys.ts";
export {
  getHubArtifactLine,
  getHubModelInputs,
  getHubProofLine,
  type HubLine,
  type HubModelInput,
  type HubWorker,
  listHubWorkers,
} from "./look.ts";
export { type PageOptions } from "./pages.ts";
export { type HubPin, hubPin, pinArtifact, type PinFiles, verifyHubProof } from "./pin.ts";
export { hubProofFile } from "./proof_file.ts";
export { cancelHubProof, deleteHubProof, getHubProof, listHubProofs, type ProofRequest, proveHub } from "./proofs.ts";
export {
  type HubArtifact,
  type HubFile,
  type HubPrice,
  type HubProof,
  type HubRecord,
  type HubSrs,
  type HubStatus,
} from "./records.ts";
export { type HubData, type HubInput } from "./uploads.ts";
export { waitForArtifact, waitForProof, type WaitOptions } from "./wait.ts";
