/**
 * What S3's errors mean to the hub.
 * @module
 */
import type { S3Config } from "../config.ts";
import { DamagedBlobError, HubError, StorageError, StorageFullError } from "../errors.ts";

/** An answer of S3's that is no success. */
export class S3Error extends Error {
  /** S3's name for it, such as `NoSuchBucket`, where it gives one. */
  override name = "Error";
  /** The HTTP status. */
  readonly status: number;

  /** `code` becomes its name. */
  constructor(code: string | undefined, message: string, status: number) {
    super(message);
    if (code) this.name = code;
    this.status = status;
  }
}

/** Whether it may work a moment later: no answer at all, too busy, or an error of the server's. */
export function passing(error: unknown): boolean {
  if (error instanceof HubError) return false;
  const status = httpStatus(error);
  return status === null || status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507);
}

/** The HTTP status that an error came with, or null where the storage did not answer. */
export function httpStatus(error: unknown): number | null {
  return error instanceof S3Error ? error.status : null;
}

/** The hub's error for one of S3's; addresses are in its cause alone. */
export function s3Error(key: string, error: unknown, config: S3Config): HubError {
  if (error instanceof HubError) return error;
  const { name, message } = error as Error;
  const options = { cause: error };
  switch (httpStatus(error)) {
    case 404:
      if (name !== "NoSuchBucket") return new DamagedBlobError(`the stored file ${key} is gone`, key, options);
      return new StorageError(`the storage has no bucket ${config.bucket}: make it, or set S3_BUCKET`, options);
    case 416:
      return new DamagedBlobError(`the stored file ${key} is shorter than it was`, key, options);
    case 401:
    case 403:
      return new StorageError(
        "the storage refuses the hub's access key: its operator should look at S3_ACCESS_KEY_ID, " +
          "S3_SECRET_ACCESS_KEY and what they may do with the bucket",
        options,
      );
    case 507:
      return new StorageFullError(
        "no room is left in the storage: try again later, or tell the hub's operator",
        options,
      );
  }
  const reason = (error as { code?: string }).code ?? (name === "Error" ? message : name);
  return new StorageError(`the storage does not answer for ${key} (${reason}): try again later`, options);
}
