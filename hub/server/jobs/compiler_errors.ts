/**
 * How the compiler's Worker fails apart from the compiler's own refusals.
 * @module
 */
import { ArgumentError, FormatError, ShapeError, ZkgradError } from "../../../core/base/errors.ts";
import { CircuitTooLargeError } from "../../ezkl/mod.ts";
import { HubError } from "../errors.ts";

/** A model or its samples take more time, memory or elements than this hub grants. Another try would end the same way. */
export class CompilerLimitError extends HubError {
  /** The class, as text. */
  override name = "CompilerLimitError";
  /** HTTP status. */
  override readonly status: number = 422;
  /** For programs. */
  override readonly code: string = "LIMIT";
}

/** The compiler's Worker broke down. A fresh one serves the next call. */
export class CompilerCrashError extends HubError {
  /** The class, as text. */
  override name = "CompilerCrashError";
  /** For programs. */
  override readonly code: string = "COMPILER_CRASHED";
}

/** An error as it crosses from one Worker to another. */
export interface SentError {
  /** Its class. */
  name: string;
  /** Its sentence. */
  message: string;
}

const CLASSES: readonly (new (message: string) => ZkgradError)[] = [
  ArgumentError,
  FormatError,
  ShapeError,
  CircuitTooLargeError,
  CompilerLimitError,
  ZkgradError,
];

/** An error to send: refusals with their sentence, anything else as what it is called and says. */
export function sentError(error: unknown): SentError {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: "Error", message: String(error) };
}

/** The error that was sent, in its own class; one that no compiler throws on purpose is a crash. */
export function receivedError({ name, message }: SentError): ZkgradError {
  const known = CLASSES.find((each) => each.name === name);
  return known ? new known(message) : new CompilerCrashError(`the compiler broke down, saying ${name}: ${message}`);
}
