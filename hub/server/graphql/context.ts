/**
 * What resolvers are given of a request.
 * @module
 */
import type { Services } from "../services.ts";
import type { ArtifactRecord, Organization, Scope } from "../store/records.ts";

/** Somebody with a good key. */
export interface Caller {
  /** Whose the key is. */
  readonly organization: Organization;
  /** Which of the organisation's keys it is. */
  readonly keyId: string;
  /** What the key may do. */
  readonly scopes: readonly Scope[];
  /** Whether the key still opens something; long answers ask again. */
  stillAllowed(): Promise<boolean>;
}

/** What a request may still cost. */
export interface Budget {
  /** Stored files that may still be read for its answer. */
  reads: number;
}

/** One request. */
export interface HubContext {
  /** The hub's parts. */
  readonly services: Services;
  /** Who asks. */
  readonly caller: Caller;
  /** The request's name in the log. */
  readonly requestId: string;
  /** Aborted when the hub wants to end; long answers end then. */
  readonly closing: AbortSignal;
  /** What it may still cost. */
  readonly budget: Budget;
  /** Artifacts that were looked up already, so that a list of proofs asks once for each. */
  readonly artifacts: Map<string, Promise<ArtifactRecord | null>>;
}

/** Files that one answer may read: a page of artifacts with their settings. */
export const MAX_READS = 200;
