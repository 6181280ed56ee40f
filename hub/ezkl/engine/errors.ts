/**
 * What can go wrong in the proving engine: it refused a file, it broke down, or it took too long.
 * A proof that is not valid is none of these; `Engine.verify` answers false.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";

/** The engine refused a call, or could not be started. Its own words are in the message. */
export class EngineError extends ZkgradError {
  /** The class, as text. */
  override name = "EngineError";
}

/** The engine broke down inside WebAssembly. It is thrown away and a new one serves the next call. */
export class EnginePanicError extends EngineError {
  /** The class, as text. */
  override name = "EnginePanicError";
}

/** A call was not done within its `timeout`; the engine that ran it is thrown away. */
export class EngineTimeoutError extends EngineError {
  /** The class, as text. */
  override name = "EngineTimeoutError";
}
