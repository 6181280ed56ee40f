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

/**
 * The compiler has a fault that this model brings out. It computes the same each time, so another try would end the same
 * way.
 */
export class CompilerFaultError extends HubError {
  /** The class, as text. */
  override name = "CompilerFaultError";
  /** HTTP status. */
  override readonly status: number = 422;
  /** For programs. */
  override readonly code: string = "COMPILER_FAULT";
}

/** An error as it crosses from one Worker to another. */
export interface SentError {
  /** Its class. */
  name: string;
  /** Its sentence. */
  message: string;
  /** Whether the toolchain threw it on purpose. */
  meant: boolean;
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
  if (!(error instanceof Error)) return { name: "Error", message: String(error), meant: false };
  return { name: error.name, message: error.message, meant: error instanceof ZkgradError };
}

/** The error that was sent, in its own class where it matters; one that no compiler throws on purpose is its fault. */
export function receivedError({ name, message, meant }: SentError): ZkgradError {
  const known = CLASSES.find((each) => each.name === name);
  if (known) return new known(message);
  if (meant) return Object.assign(new ZkgradError(message), { name });
  return new CompilerFaultError(
    `the compiler cannot do this model, saying ${name}: ${message}; see that it is a whole ONNX file, and tell the ` +
      "operator of the hub",
  );
}
