/**
 * Which failures a further attempt can mend, and what users are told of any.
 * @module
 */
import { DeviceError, ZkgradError } from "../../../core/base/errors.ts";
import { EngineError, EngineTimeoutError } from "../../ezkl/mod.ts";
import { DatabaseError, HubError, StorageError, StorageFullError } from "../errors.ts";
import { CompilerFaultError, CompilerLimitError } from "./compiler_errors.ts";

/** A job that cannot be done as it was asked for, in a sentence for who asked. */
export class JobRefusal extends HubError {
  /** The class, as text. */
  override name = "JobRefusal";
  /** HTTP status. */
  override readonly status: number = 422;
  /** For programs. */
  override readonly code: string = "REFUSED";
}

/** Those of the hub's own errors that are about the job; the others are about the hub. */
const REFUSALS = [JobRefusal, CompilerLimitError, CompilerFaultError];

/**
 * Whether an error says something of the model or the input that stays true however often it is tried: all that the
 * toolchain throws on purpose does, whatever the class.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof HubError) return REFUSALS.some((each) => error instanceof each);
  // A call that took too long may have met a busy machine, and what begins with the engine's own name says that it did
  // not start or was ended.
  if (error instanceof EngineTimeoutError) return false;
  // A thread that was lost, or memory that was not to be had just then.
  if (error instanceof DeviceError) return false;
  if (error instanceof EngineError) return !error.message.startsWith("Engine:");
  return error instanceof ZkgradError;
}

/** Whether files or the database are away, which passes. */
export function isOutage(error: unknown): boolean {
  return error instanceof StorageError || error instanceof StorageFullError || error instanceof DatabaseError;
}

/**
 * What the user is told. Errors that nobody threw on purpose stay inside; what works with an input sees to it that its
 * errors quote none of it.
 */
export function sentenceOf(error: unknown): string {
  if (error instanceof ZkgradError) return error.message;
  return "something unexpected happened; the operator finds it in the log";
}
