/**
 * What every step that computes can be told, and who computes: zkgrad's prover, or EZKL's engine.
 * @module
 */
import { expect } from "../../core/base/arguments.ts";
import { checkOptions, namesOf } from "../../core/base/known.ts";
import { type CallOptions, Engine } from "./engine/engine.ts";
import { EngineTimeoutError } from "./engine/errors.ts";
import { checkNumberOptions } from "./format/numbers.ts";
import type { ProverName } from "./layout/price.ts";
import { Prover } from "./prover/prover.ts";

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
  /**
   * Who makes witnesses, keys and proofs: `"zkgrad"`, its own prover, or one of these that goes on living; or `"ezkljs"`,
   * EZKL's engine. Where nothing is said it is EZKL's engine if `engine` is given, else zkgrad's prover, and for a circuit
   * that it does not take EZKL's engine.
   */
  prover?: ProverName | Prover;
  /** An engine of EZKL's to use. A step of EZKL's engine without one starts an engine of its own and ends it again. */
  engine?: Engine;
  /** Called once a second while it works; what it throws ends the step. */
  onProgress?: (progress: ToolProgress) => void;
}

/** Names of the options. */
const TOOL_OPTIONS = namesOf<ToolOptions>({
  signal: true,
  timeout: true,
  prover: true,
  engine: true,
  onProgress: true,
});

/**
 * Refuses options that the step does not have; `where` begins the error, `more` are the step's own.
 * @throws {ArgumentError} naming the option
 */
export function checkToolOptions(where: string, options: ToolOptions, more: readonly string[] = []): void {
  checkOptions(where, options, [...more, ...TOOL_OPTIONS]);
  const { engine, prover, timeout } = options;
  checkNumberOptions(where, { timeout }, { least: 0 });
  expect(
    engine === undefined || engine instanceof Engine,
    `${where}: engine`,
    engine,
    "an Engine, or none to start one",
  );
  expect(
    prover === undefined || prover === "zkgrad" || prover === "ezkljs" || prover instanceof Prover,
    `${where}: prover`,
    prover,
    '"zkgrad", "ezkljs" or a Prover',
  );
  expect(
    engine === undefined || prover === undefined || prover === "ezkljs",
    `${where}: prover`,
    prover,
    'with an engine, "ezkljs"; leave one of both out',
  );
}

/** Who is asked for; null where the circuit decides. */
export function askedProver({ prover, engine }: ToolOptions): ProverName | null {
  if (prover instanceof Prover) return "zkgrad";
  return prover ?? (engine === undefined ? null : "ezkljs");
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
  const { engine, timeout } = options;
  return await withOwn(step, options, seconds, engine ?? null, () => new Engine(), (engine, signal) => {
    return body(engine, { signal, ...(timeout === undefined ? {} : { timeout }) });
  });
}

/** The same with zkgrad's prover. */
export async function withProver<T>(
  step: string,
  options: ToolOptions,
  seconds: number | null,
  body: (prover: Prover, call: { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const { prover, timeout } = options, given = prover instanceof Prover ? prover : null;
  return await withOwn(step, options, seconds, given, () => new Prover(), async (prover, signal) => {
    if (timeout === undefined) return await body(prover, { signal });
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(
        new EngineTimeoutError(`${step}: it was not done within its timeout of ${timeout} ms; allow it more`),
      );
    }, timeout);
    try {
      return await body(prover, { signal: AbortSignal.any([signal, late.signal]) });
    } finally {
      clearTimeout(timer);
    }
  });
}

/** Runs `body` with what is given or made for it alone, and reports progress. */
async function withOwn<T, Tool extends AsyncDisposable & { readonly threads: number }>(
  step: string,
  { signal, onProgress }: ToolOptions,
  seconds: number | null,
  given: Tool | null,
  make: () => Tool,
  body: (tool: Tool, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const own = given === null ? make() : null, tool = given ?? own!;
  const stop = new AbortController();
  const timer = onProgress && setInterval(report, TICK);
  const begun = performance.now();
  try {
    report();
    return await body(tool, signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
  } finally {
    clearInterval(timer);
    await own?.[Symbol.asyncDispose]();
  }

  function report(): void {
    const expected = seconds === null ? null : seconds / (1 + GAIN * (tool.threads - 1));
    try {
      onProgress?.({ step, elapsed: (performance.now() - begun) / 1000, expected });
    } catch (error) {
      stop.abort(error);
    }
  }
}
