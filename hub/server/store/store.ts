/**
 * Everything the hub asks of its database.
 * @module
 */
import type {
  ArtifactPatch,
  ArtifactRecord,
  Files,
  Organization,
  Page,
  ProofPatch,
  ProofRecord,
  Scope,
} from "./records.ts";

/** What a new artifact starts from. */
export type NewArtifact =
  & Pick<
    ArtifactRecord,
    "id" | "organizationId" | "name" | "description" | "target" | "tolerance" | "runArgs" | "files"
  >
  & AskedBy;

/** What a new proof starts from. */
export type NewProof = Pick<ProofRecord, "id" | "artifactId" | "organizationId" | "files"> & AskedBy & {
  /** Seconds after its end when it is deleted; it stays without. */
  keepSeconds?: number | null;
};

/** Whose usage a new record counts as. */
export interface AskedBy {
  /** The API key's id; nobody's usage without one. */
  keyId?: string;
}

/** Where a list begins and how long it is. */
export interface PageRequest {
  /** How many records at most, 1 to 200. */
  first: number;
  /** The `next` of the part before, or null for the newest. */
  after: string | null;
}

/** What a worker says of itself. */
export interface WorkerNote {
  /** Its name, of its own choice. */
  id: string;
  /** Memory that it has for jobs. */
  memoryGiB: number;
  /** When it last said that it lives. */
  seen: Date;
}

/** What was done with an API key, deleted records too. */
export interface KeyUsage {
  /** Models deployed. */
  artifacts: number;
  /** Proofs made. */
  proofs: number;
  /** Bytes uploaded. */
  bytes: number;
  /** Seconds that workers took for its proofs: witness, proof and verification. */
  seconds: number;
}

/** Somebody's key, looked up. */
export interface KnownKey {
  /** Whose it is. */
  organization: Organization;
  /** Its id. */
  keyId: string;
  /** What it may do. */
  scopes: readonly Scope[];
}

/** Where a job stands, and how long such jobs took. */
export interface LineNote {
  /** Jobs that are before it and not done, running ones too; 0 once a worker has it. */
  ahead: number;
  /** Seconds since a worker has it, or null. */
  running: number | null;
  /** Seconds that jobs of its kind took lately, of its own artifact where there were any; null where there were none. */
  own: number | null;
  /** Seconds that the jobs before it will take by what such jobs took; null where that is not known of all. */
  before: number | null;
}

/** What is told of an API key: everything but its secret, which nobody knows. */
export interface ApiKeyNote extends KeyUsage {
  /** 16 hex digits; they stand in the key. */
  id: string;
  /** Given by whoever made it. */
  label: string;
  /** What it may do. */
  scopes: Scope[];
  /** When it was made. */
  createdAt: Date;
  /** Since when it opens nothing, or null. */
  revokedAt: Date | null;
}

/** A record that waits for a worker or has one. */
export interface PendingJob {
  /** The record's id. */
  id: string;
  /** How often it was begun. */
  attempt: number;
  /** When anything of it changed last. */
  updatedAt: Date;
  /** What the circuit costs, JSON of `Price`; null as long as it is not known. */
  price: string | null;
}

/**
 * The hub's account book. Methods with an organisation see nothing of another's: a foreign
 * id is answered as one that does not exist (null, false, an empty page).
 */
export interface Store {
  // Organisations and keys (store/organizations.ts, store/api_keys.ts)
  /** Makes one; throws `ConflictError` where the name is taken. */
  createOrganization(name: string): Promise<Organization>;
  /** The one of that name, or null. */
  organizationByName(name: string): Promise<Organization | null>;
  /** All of them, by name: for the operator alone. */
  organizations(): Promise<Organization[]>;
  /**
   * Makes a key and returns its text `zkg_<id>_<secret>`, which is stored nowhere. It may do everything where nothing
   * else is said. Throws `NotFoundError` where there is no such organisation.
   */
  createApiKey(organizationId: string, label: string, scopes?: readonly Scope[]): Promise<string>;
  /** A key that is known and not revoked, or null. Compares in constant time. */
  authenticate(key: string): Promise<KnownKey | null>;
  /** Makes a key open nothing from now on; false where there is none or it is revoked already. */
  revokeApiKey(keyId: string): Promise<boolean>;
  /** An organisation's keys, oldest first, revoked ones too. */
  apiKeys(organizationId: string): Promise<ApiKeyNote[]>;

  // Artifacts (store/artifacts.ts)
  /** Writes a new one, PENDING; its id is a new UUID of the caller's. */
  createArtifact(artifact: NewArtifact): Promise<ArtifactRecord>;
  /** One, or null. */
  artifact(id: string, organizationId: string): Promise<ArtifactRecord | null>;
  /**
   * An organisation's, newest first; where a hash is given, those that have a file of it which their owner is told of.
   * Throws `BadRequestError` for a length or cursor that is none.
   */
  artifacts(organizationId: string, page: PageRequest, sha256?: string | null): Promise<Page<ArtifactRecord>>;
  /** Makes a PENDING one CANCELLED; false for every other. */
  cancelArtifact(id: string, organizationId: string): Promise<boolean>;
  /** Deletes it with its proofs; returns the files nobody else refers to, which the caller removes, or null. */
  deleteArtifact(id: string, organizationId: string): Promise<Files[] | null>;

  // Proofs (store/proofs.ts)
  /** Writes a new one, PENDING. Null where the artifact is not the organisation's. */
  createProof(proof: NewProof): Promise<ProofRecord | null>;
  /** One, or null. */
  proof(id: string, organizationId: string): Promise<ProofRecord | null>;
  /** An organisation's, or only those of one artifact, newest first; as `artifacts` does. */
  proofs(organizationId: string, artifactId: string | null, page: PageRequest): Promise<Page<ProofRecord>>;
  /** Makes a PENDING one CANCELLED; false for every other. */
  cancelProof(id: string, organizationId: string): Promise<boolean>;
  /** Deletes it; returns the files nobody else refers to, which the caller removes, or null. */
  deleteProof(id: string, organizationId: string): Promise<Files[] | null>;
  /** Deletes, of all organisations, those that are over and were kept as long as was asked; as `deleteProof` does. */
  deleteOldProofs(): Promise<Files[]>;

  // For workers (store/work.ts)
  /** Begins an attempt: returns the record with its new attempt number, or null where it is not PENDING any more. */
  beginArtifact(id: string): Promise<ArtifactRecord | null>;
  /** Begins an attempt at a proof; as `beginArtifact` does. */
  beginProof(id: string): Promise<{ proof: ProofRecord; artifact: ArtifactRecord } | null>;
  /** Writes, if the record is PENDING and `attempt` is still its number. False: somebody else has it now; leave it. */
  patchArtifact(id: string, attempt: number, patch: ArtifactPatch): Promise<boolean>;
  /** Writes to a proof; as `patchArtifact` does. */
  patchProof(id: string, attempt: number, patch: ProofPatch): Promise<boolean>;
  /** PENDING artifacts, oldest first. */
  pendingArtifacts(): Promise<PendingJob[]>;
  /** PENDING proofs, oldest first, each with its artifact's price. */
  pendingProofs(): Promise<PendingJob[]>;
  /** A stage that was run before on the same inputs: its results, or null. A job that runs may rely on them. */
  stageResult(fingerprint: string): Promise<{ files: Files; note: string } | null>;
  /** Keeps a stage's results for others; they take the place of earlier ones under that fingerprint. */
  saveStageResult(fingerprint: string, stage: string, files: Files, note: string): Promise<void>;
  /** Notes that a worker lives. */
  noteWorker(id: string, memoryGiB: number): Promise<void>;
  /** Notes that a worker has left. */
  forgetWorker(id: string): Promise<void>;
  /** Workers seen within the last `seconds`. */
  workers(seconds: number): Promise<WorkerNote[]>;

  // The line (store/line.ts)
  /** Where a PENDING artifact or proof stands; null for every other. */
  line(kind: "artifact" | "proof", id: string): Promise<LineNote | null>;

  // Files nobody needs (store/unused_files.ts)
  /** Whether any record or stage result refers to a blob. */
  isReferenced(blobKey: string): Promise<boolean>;
  /**
   * Drops stage results that no record refers to and no running job may use; returns the files that only they
   * referred to, which the caller removes. Deleting an artifact or a proof does the same on its way.
   */
  dropUnusedResults(): Promise<Files[]>;
  /** Whether somebody was given one of these files to remove, within the last minute, and has not said that it is done. */
  beingRemoved(blobKeys: readonly string[]): Promise<boolean>;
  /** Says of files that `deleteArtifact`, `deleteProof` or `dropUnusedResults` gave that they are removed, or left. */
  removalOver(blobKeys: readonly string[]): Promise<void>;

  // Changes (store/changes.ts). Every write to a record notifies channel `zkgrad_hub` with its id in the same transaction.
  /**
   * Hears that a record changed, in this process or another, or that a change may have been missed. Ends with the
   * returned function. `hear` must not throw.
   */
  onChange(id: string, hear: () => void): () => void;

  // Agreements (store/agreements.ts)
  /** Keeps a value under a name, unless there is one already; returns the one that is kept. */
  agree(name: string, value: string): Promise<string>;

  /** Whether the database answers, within two seconds. */
  ping(): Promise<boolean>;
  /** Records by status; statuses without any are absent. */
  counts(): Promise<{ artifacts: Record<string, number>; proofs: Record<string, number> }>;
  /** Closes the database too, after what is under way. */
  close(): Promise<void>;
}
