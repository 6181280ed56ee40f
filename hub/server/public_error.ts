/**
 * What is said of an error: outside, and in the log.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";
import { HubError } from "./errors.ts";

/** What may be said of an error outside. */
export interface PublicError {
  /** A sentence. */
  message: string;
  /** For programs. */
  code: string;
  /** HTTP status. */
  status: number;
  /** Whether an operator should look at it. */
  internal: boolean;
}

/** What may be said of an error: the sentences of this project's errors, and nothing of others. */
export function publicError(error: unknown): PublicError {
  if (error instanceof HubError) {
    return { message: error.message, code: error.code, status: error.status, internal: error.status === 500 };
  }
  if (error instanceof ZkgradError) {
    return { message: error.message, code: "BAD_REQUEST", status: 400, internal: false };
  }
  const message = "something went wrong inside the hub; its log tells the operator more under this request's id";
  return { message, code: "INTERNAL", status: 500, internal: true };
}

/** What the log says of an error. */
export function described(error: unknown): { error: string; stack: string | null } {
  if (!(error instanceof Error)) return { error: typeof error, stack: null };
  return { error: `${error.name}: ${error.message}`.slice(0, 500), stack: error.stack?.slice(0, 2000) ?? null };
}
