/**
 * What every step that works with the engine can be told, and how it is run.
 * @module
 */
import { expect } from "../../core/base/arguments.ts";
import { checkOptions, namesOf } from "../../core/base/known.ts";
import { type CallOptions, Engine } from "./engine/engine.ts";

/** How far a step is. */
export interface ToolProgress {
  /** The step, under EZKL's name: `setup`, `prove`. */
  step: string;
  /** Seconds since it began. */
  elapsed: number;
  /** Seconds that it may take in all, an estimate that can be wrong by a factor of two; null where there is none. */
  expected: number | null;
}

/** How a step of the toolchain is run. */
export interface ToolOptions extends CallOptions {
  /** The engine to use. A step without one starts an engine of its own and ends it again. */
  engine?: Engine;
  /** Called once a second while the engine works; what it throws ends the step. */
  onProgress?: (progress: ToolProgress) => void;
}

/** Names of the options. */
const TOOL_OPTIONS = namesOf<ToolOptions>({ signal: true, timeout: true, engine: true, onProgress: true });

/**
 * Refuses options that the step does not have; `where` begins the error, `more` are the step's own.
 * @throws {ArgumentError} naming the option
 */
export function checkToolOptions(where: string, options: ToolOptions, more: readonly string[] = []): void {
  checkOptions(where, options, [...more, ...TOOL_OPTIONS]);
  const { engine } = options;
  expect(
    engine === undefined || engine instanceof Engine,
    `${where}: engine`,
    engine,
    "an Engine, or none to start one",
  );
}

/** Milliseconds between two reports. */
const TICK = 1000;

/** What a further thread adds to the speed of the first, roughly: parts of the work do not divide, and cores are shared. */
const GAIN = 0.5;

/**
 * Runs `body` with the engine of `options` or one of its own, and reports progress
 * meanwhile. `seconds` is the estimate for one thread, where there is one.
 */
export async function withEngine<T>(
  step: string,
  options: ToolOptions,
  seconds: number | null,
  body: (engine: Engine, call: CallOptions) => Promise<T>,
): Promise<T> {
  checkToolOptions(`${step}()`, options);
  const { signal, timeout, onProgress } = options;
  signal?.throwIfAborted();
  const own = options.engine ? null : new Engine();
  const engine = options.engine ?? own!;
  const stop = new AbortController();
  const timer = onProgress && setInterval(report, TICK);
  const begun = performance.now();
  try {
    report();
    return await body(engine, {
      signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
      ...(timeout === undefined ? {} : { timeout }),
    });
  } finally {
    clearInterval(timer);
    await own?.[Symbol.asyncDispose]();
  }

  function report(): void {
    const expected = seconds === null ? null : seconds / (1 + GAIN * (engine.threads - 1));
    try {
      onProgress?.({ step, elapsed: (performance.now() - begun) / 1000, expected });
    } catch (error) {
      stop.abort(error);
    }
  }
}
