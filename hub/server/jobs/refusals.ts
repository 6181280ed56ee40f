/**
 * Which failures a further attempt can mend, and what users are told of any.
 * @module
 */
import { ArgumentError, FormatError, ShapeError, ZkgradError } from "../../../core/base/errors.ts";
import { CircuitTooLargeError, EngineError, EnginePanicError, EngineTimeoutError } from "../../ezkl/mod.ts";
import { DatabaseError, HubError, StorageError, StorageFullError } from "../errors.ts";
import { CompilerLimitError } from "./compiler_errors.ts";

/** A job that cannot be done as it was asked for, in a sentence for who asked. */
export class JobRefusal extends HubError {
  /** The class, as text. */
  override name = "JobRefusal";
  /** HTTP status. */
  override readonly status: number = 422;
  /** For programs. */
  override readonly code: string = "REFUSED";
}

const REFUSALS = [ArgumentError, FormatError, ShapeError, CircuitTooLargeError, CompilerLimitError, JobRefusal];

/** Whether an error says something of the model or the input that stays true however often it is tried. */
export function isRefusal(error: unknown): boolean {
  if (REFUSALS.some((each) => error instanceof each)) return true;
  // What begins with the engine's own name says that it did not start or was ended.
  return error instanceof EngineError && !(error instanceof EngineTimeoutError) &&
    !(error instanceof EnginePanicError) && !error.message.startsWith("Engine:");
}

/** Whether files or the database are away, which passes. */
export function isOutage(error: unknown): boolean {
  return error instanceof StorageError || error instanceof StorageFullError || error instanceof DatabaseError;
}

/** What the user is told. Errors that nobody threw on purpose stay inside. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ZkgradError) return withoutInput(error.message);
  return "something unexpected happened; the operator finds it in the log";
}

/**
 * The message without any piece of the input that it quotes: inputs are private, and
 * messages are kept in plain.
 */
export function withoutInput(message: string): string {
  return message
    .replace(/( is not JSON): .*$/s, "$1")
    .replace(
      /(input_data(?:\[\d+\])?.* in .*?) is .*, which at scale (-?\d+) is [^;]*;/s,
      "$1 is too large at scale $2;",
    )
    .replace(/(input_data(?:\[\d+\])? in .*?) is .*, expected/s, "$1 is something else, expected");
}
