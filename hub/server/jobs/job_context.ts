/**
 * What a worker's jobs work with.
 * @module
 */
import type { KeyCache } from "../files/key_cache.ts";
import type { Services } from "../services.ts";
import type { Compiler } from "./compiler.ts";
import type { EngineHolder } from "./engine_holder.ts";

/** The parts of one worker. */
export interface JobContext {
  /** The hub's parts. */
  readonly services: Services;
  /** Calibrates and compiles. */
  readonly compiler: Compiler;
  /** Who makes witnesses, keys and proofs. */
  readonly holder: EngineHolder;
  /** Reads public files. */
  readonly keys: KeyCache;
  /** Seconds that a job waits in place for files or the database to come back. */
  readonly outageSeconds: number;
}
