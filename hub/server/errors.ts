/**
 * What goes wrong in a hub. Each error knows its HTTP status and a code for programs; its message is a
 * sentence that may be shown to the user.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";

/** The base of what a hub throws on purpose. */
export class HubError extends ZkgradError {
  /** The class, as text. */
  override name = "HubError";
  /** HTTP status that it is answered with. */
  readonly status: number = 500;
  /** What it is, for programs; stands in a GraphQL error's `extensions.code`. */
  readonly code: string = "INTERNAL";
}

/** The request itself is wrong. */
export class BadRequestError extends HubError {
  /** The class, as text. */
  override name = "BadRequestError";
  /** HTTP status. */
  override readonly status: number = 400;
  /** For programs. */
  override readonly code: string = "BAD_REQUEST";
}

/** No API key, or one that opens nothing. */
export class UnauthorizedError extends HubError {
  /** The class, as text. */
  override name = "UnauthorizedError";
  /** HTTP status. */
  override readonly status: number = 401;
  /** For programs. */
  override readonly code: string = "UNAUTHORIZED";
}

/** The key is good, but the operator does not allow this. */
export class ForbiddenError extends HubError {
  /** The class, as text. */
  override name = "ForbiddenError";
  /** HTTP status. */
  override readonly status: number = 403;
  /** For programs. */
  override readonly code: string = "FORBIDDEN";
}

/** There is no such thing, or it is another organisation's: the two look alike. */
export class NotFoundError extends HubError {
  /** The class, as text. */
  override name = "NotFoundError";
  /** HTTP status. */
  override readonly status: number = 404;
  /** For programs. */
  override readonly code: string = "NOT_FOUND";
}

/** It cannot be done in the state that the thing is in. */
export class ConflictError extends HubError {
  /** The class, as text. */
  override name = "ConflictError";
  /** HTTP status. */
  override readonly status: number = 409;
  /** For programs. */
  override readonly code: string = "CONFLICT";
}

/** More bytes than the operator takes. */
export class TooLargeError extends HubError {
  /** The class, as text. */
  override name = "TooLargeError";
  /** HTTP status. */
  override readonly status: number = 413;
  /** For programs. */
  override readonly code: string = "TOO_LARGE";
}

/** More requests than the operator takes. */
export class TooManyRequestsError extends HubError {
  /** The class, as text. */
  override name = "TooManyRequestsError";
  /** HTTP status. */
  override readonly status: number = 429;
  /** For programs. */
  override readonly code: string = "TOO_MANY_REQUESTS";
  /** Seconds after which it is worth another try, for the header Retry-After. */
  readonly retryAfter: number;

  /** `retryAfter` in seconds. */
  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** The file storage does not answer or refuses; later it may be there again. */
export class StorageError extends HubError {
  /** The class, as text. */
  override name = "StorageError";
  /** HTTP status. */
  override readonly status: number = 503;
  /** For programs. */
  override readonly code: string = "STORAGE_UNAVAILABLE";
}

/** No room for files is left. */
export class StorageFullError extends HubError {
  /** The class, as text. */
  override name = "StorageFullError";
  /** HTTP status. */
  override readonly status: number = 507;
  /** For programs. */
  override readonly code: string = "STORAGE_FULL";
}

/** A stored file is not what was stored, or is not there although a record names it. */
export class DamagedBlobError extends HubError {
  /** The class, as text. */
  override name = "DamagedBlobError";
  /** For programs. */
  override readonly code: string = "DAMAGED_BLOB";
  /** The file's key in the storage. */
  readonly key: string;

  /** Of the file under `key`. */
  constructor(message: string, key: string, options?: ErrorOptions) {
    super(message, options);
    this.key = key;
  }
}

/** Encrypted bytes that this secret does not open, or that were changed. */
export class DecryptError extends HubError {
  /** The class, as text. */
  override name = "DecryptError";
  /** For programs. */
  override readonly code: string = "DECRYPT";
}

/** The database does not answer; later it may be there again. */
export class DatabaseError extends HubError {
  /** The class, as text. */
  override name = "DatabaseError";
  /** HTTP status. */
  override readonly status: number = 503;
  /** For programs. */
  override readonly code: string = "DATABASE_UNAVAILABLE";
}

/** Another hub has the data folder. */
export class DataFolderBusyError extends HubError {
  /** The class, as text. */
  override name = "DataFolderBusyError";
  /** For programs. */
  override readonly code: string = "DATA_FOLDER_BUSY";
  /** The folder. */
  readonly path: string;
  /** The id of the process that has it, or an empty text where that is not known. */
  readonly process: string;

  /** Of the folder at `path`, which `process` has. */
  constructor(message: string, path: string, process: string) {
    super(message);
    this.path = path;
    this.process = process;
  }
}

/** A setting that cannot be used. */
export class ConfigError extends HubError {
  /** The class, as text. */
  override name = "ConfigError";
  /** For programs. */
  override readonly code: string = "CONFIG";
}
