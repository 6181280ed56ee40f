/**
 * What goes wrong between a client and its hub.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";

/** What is known of an error beside its sentence. */
export interface HubErrorDetails {
  /** HTTP status of the hub's answer; null where there was none. */
  status?: number | null;
  /** The hub's own word for it, such as `NOT_FOUND`; null where it said none. */
  code?: string | null;
  /** Stage at which a job was; null where no job is concerned. */
  stage?: string | null;
  /** Under this the hub's log has the request; null where it said none. */
  requestId?: string | null;
  /** What it comes from. */
  cause?: unknown;
}

/** The base of every error of the client; itself thrown for an answer that no hub gives. */
export class HubClientError extends ZkgradError {
  /** The class, as text. */
  override name = "HubClientError";
  /** HTTP status of the hub's answer; null where there was none. */
  readonly status: number | null;
  /** The hub's own word for it, such as `NOT_FOUND`; null where it said none. */
  readonly code: string | null;
  /** Stage at which a job was, such as `calibration`; null where no job is concerned. */
  readonly stage: string | null;
  /** Under this the hub's log has the request; null where it said none. */
  readonly requestId: string | null;

  /** With a sentence and what is known beside it. */
  constructor(message: string, { status, code, stage, requestId, cause }: HubErrorDetails = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status ?? null;
    this.code = code ?? null;
    this.stage = stage ?? null;
    this.requestId = requestId ?? null;
  }
}

/** No hub answers there, or it was too busy for as long as the client kept asking. */
export class HubUnreachableError extends HubClientError {
  /** The class, as text. */
  override name = "HubUnreachableError";
}

/** The hub understood what was asked and does not do it. */
export class HubRefusedError extends HubClientError {
  /** The class, as text. */
  override name = "HubRefusedError";
}

/** The time that the caller allowed is over; what the hub does goes on. */
export class HubTimeoutError extends HubClientError {
  /** The class, as text. */
  override name = "HubTimeoutError";
}

/** A job ended without what was asked of it, and will not go on. */
export class HubFailedError extends HubClientError {
  /** The class, as text. */
  override name = "HubFailedError";
  /** The artifact's or the proof's id. */
  readonly id: string;
  /** How it ended, such as `FAILED` or `CANCELLED`. */
  readonly outcome: string;
  /** Why, in the hub's sentences. */
  readonly errors: readonly string[];

  /** Of the artifact or proof `id`. */
  constructor(message: string, id: string, outcome: string, errors: readonly string[], details: HubErrorDetails = {}) {
    super(message, details);
    this.id = id;
    this.outcome = outcome;
    this.errors = errors;
  }
}

/** A file or an answer of the hub that is not what its record, or an earlier answer, says. */
export class HubMismatchError extends HubClientError {
  /** The class, as text. */
  override name = "HubMismatchError";
}
