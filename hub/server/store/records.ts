/**
 * What the hub keeps account of.
 * @module
 */

/** Where an artifact or a proof is: PENDING until it is one of the others, for good. */
export type Status = "PENDING" | "SUCCESS" | "FAILED" | "CANCELLED";

/** Steps of an artifact's job, in order. */
export type ArtifactStage = "queued" | "calibration" | "circuit" | "srs" | "keys" | "done";

/** Steps of a proof's job, in order. */
export type ProofStage = "queued" | "witness" | "proof" | "verification" | "done";

/** Who owns artifacts and proofs. */
export interface Organization {
  /** A UUID. */
  id: string;
  /** Its name, unique. */
  name: string;
}

/** What an API key may do: deploy models, ask for proofs, look at artifacts and proofs. */
export type Scope = "deploy" | "prove" | "read";

/** All scopes. */
export const SCOPES: readonly Scope[] = ["deploy", "prove", "read"];

/** A file in the blob store. */
export interface FileRef {
  /** Its key in the blob store. */
  key: string;
  /** SHA-256 of its plain bytes, in hex. */
  sha256: string;
  /** Bytes, before any encryption. */
  size: number;
}

/** Uploaded inputs: they go in and never out, and nobody is told of them. */
export const NEVER_TOLD: readonly string[] = ["input.json", "cal_data.json"];

/** Files by the names that users know them under, such as `settings.json`. */
export type Files = Record<string, FileRef>;

/** A deployed model. */
export interface ArtifactRecord {
  /** A UUID. */
  id: string;
  /** Its owner. */
  organizationId: string;
  /** Given by the user. */
  name: string;
  /** Given by the user, or empty. */
  description: string;
  /** Where it is. */
  status: Status;
  /** Which step it is at, or ended at. */
  stage: ArtifactStage;
  /** Share of that step that is done, 0 to 1. */
  progress: number;
  /** Why it waits, or an empty text. */
  waiting: string;
  /** Why it failed: sentences. */
  errors: string[];
  /** resources, accuracy, resources/col-overflow or fidelity. */
  target: string;
  /** The contract's tolerance. */
  tolerance: number;
  /** Run arguments with ezkl's names in camel case, JSON. */
  runArgs: string;
  /** Uploads and results; the private ones (input.json, cal_data.json) leave it once they are deleted. */
  files: Files;
  /** What the circuit costs, JSON of `Price`, or null. */
  price: string | null;
  /** How calibration chose, JSON, or null. */
  report: string | null;
  /** Of the reference string: its origin and logrows, JSON of `SrsNote`, or null. */
  srs: string | null;
  /** How often a worker has begun it. A worker's writes count only while it is still the number it began with. */
  attempt: number;
  /** When it was made. */
  createdAt: Date;
  /** When anything of it changed last. */
  updatedAt: Date;
}

/** Which reference string keys were made with. */
export interface SrsNote {
  /** "ceremony" or "unsafe", as describeSrs() says. */
  origin: string;
  /** Its size. */
  logrows: number;
  /** Whether proofs made with it prove nothing to others. */
  unsafe: boolean;
}

/** A proof that was asked for. */
export interface ProofRecord {
  /** A UUID. */
  id: string;
  /** Of which artifact. */
  artifactId: string;
  /** The artifact's owner. */
  organizationId: string;
  /** Where it is. */
  status: Status;
  /** Which step it is at, or ended at. */
  stage: ProofStage;
  /** Share of that step that is done, 0 to 1. */
  progress: number;
  /** Why it waits, or an empty text. */
  waiting: string;
  /** Why it failed: sentences. */
  errors: string[];
  /** input.json until the witness is made; witness.json; test.pf. */
  files: Files;
  /** The proof's bytes in hex with 0x, or null. */
  proof: string | null;
  /** Public values as the proof file has them: one list of hex texts, JSON, or null. */
  instances: string | null;
  /** "EVM", or null. */
  transcriptType: string | null;
  /** Seconds by step, JSON of `Record<string, number>`, or null. */
  timings: string | null;
  /** As an artifact's. */
  attempt: number;
  /** When it was asked for. */
  createdAt: Date;
  /** When anything of it changed last. */
  updatedAt: Date;
}

/** What a worker writes of an artifact while its job runs: new values; what is absent stays. */
export interface ArtifactPatch {
  /** Where it is; with anything but PENDING the job is over. */
  status?: Status;
  /** Which step. */
  stage?: ArtifactStage;
  /** Share of the step, 0 to 1. */
  progress?: number;
  /** Why it waits. */
  waiting?: string;
  /** Why it failed. */
  errors?: string[];
  /** All files from now on, not only new ones. */
  files?: Files;
  /** JSON of `Price`. */
  price?: string | null;
  /** How calibration chose, JSON. */
  report?: string | null;
  /** JSON of `SrsNote`. */
  srs?: string | null;
}

/** What a worker writes of a proof while its job runs: new values; what is absent stays. */
export interface ProofPatch {
  /** Where it is; with anything but PENDING the job is over. */
  status?: Status;
  /** Which step. */
  stage?: ProofStage;
  /** Share of the step, 0 to 1. */
  progress?: number;
  /** Why it waits. */
  waiting?: string;
  /** Why it failed. */
  errors?: string[];
  /** All files from now on, not only new ones. */
  files?: Files;
  /** Bytes in hex with 0x. */
  proof?: string | null;
  /** Public values, JSON. */
  instances?: string | null;
  /** "EVM". */
  transcriptType?: string | null;
  /** Seconds by step, JSON. */
  timings?: string | null;
}

/** Part of a list, newest first. */
export interface Page<T> {
  /** The records. */
  items: T[];
  /** Give it as `after` for the next part; null at the end. */
  next: string | null;
}
