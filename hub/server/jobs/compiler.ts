/**
 * The compiler beside the thread that answers requests: calibration, circuits, prices and
 * test strings, each within its time and memory.
 * @module
 */
import { CompilerCrashError, CompilerLimitError, receivedError } from "./compiler_errors.ts";
import type { CompilerCalls, FromCompiler, ToCompiler } from "./compiler_messages.ts";
import { withoutValues } from "./discreet.ts";

// Taken early: packages such as onnxruntime-web put Node's Worker in its place, which has another interface.
const WebWorker = globalThis.Worker;

/** Milliseconds between two looks at the memory. */
const LOOK = 250;

/** What a compiler grants its calls. */
export interface CompilerLimits {
  /** Seconds for one call. Default: 1800. */
  seconds?: number;
  /** Bytes by which the process may grow during one call. Default: 3 GiB. */
  bytes?: number;
}

/** How one call is made. */
export interface CompilerCallOptions {
  /** Ends the call, whatever it is doing. */
  signal?: AbortSignal | undefined;
  /** Told the share that is done, as often as the compiler knows better. */
  onProgress?: (done: number) => void;
}

/** A Worker that compiles, one call after another. It starts at the first call. */
export class Compiler implements AsyncDisposable {
  readonly #seconds: number;
  readonly #bytes: number;
  #worker: Worker | null = null;
  #line: Promise<unknown> = Promise.resolve();
  readonly #end = new AbortController();

  /** With these limits. */
  constructor({ seconds = 1800, bytes = 3 * 2 ** 30 }: CompilerLimits = {}) {
    this.#seconds = seconds;
    this.#bytes = bytes;
  }

  /**
   * Makes a call when those before it are done.
   * @throws {CompilerLimitError} for one that takes more time or memory than it is granted
   * @throws {CompilerCrashError} when the Worker breaks down; the next call gets a fresh one
   * @throws {ZkgradError} the compiler's own refusals, in their classes
   */
  call<Name extends keyof CompilerCalls>(
    name: Name,
    request: CompilerCalls[Name]["request"],
    options: CompilerCallOptions = {},
  ): Promise<CompilerCalls[Name]["result"]> {
    const turn = this.#line.then(() => this.#run({ call: name, request } as ToCompiler, options));
    this.#line = turn.catch(() => {});
    return turn as Promise<CompilerCalls[Name]["result"]>;
  }

  /** Ends it and the call that runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new CompilerCrashError("the compiler was stopped before the call was done"));
    await this.#line;
    this.#discard();
  }

  async #run(
    message: ToCompiler,
    { signal: given, onProgress }: CompilerCallOptions,
  ): Promise<CompilerCalls[keyof CompilerCalls]["result"]> {
    const signal = given ? AbortSignal.any([given, this.#end.signal]) : this.#end.signal;
    signal.throwIfAborted();
    const worker = this.#worker ??= new WebWorker(new URL("./compiler_worker.ts", import.meta.url), { type: "module" });
    let whole = false;
    const watch = new Watch(message.call, this.#seconds, this.#bytes);
    const aborted = () => watch.fail(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    try {
      const answer = new Promise<CompilerCalls[keyof CompilerCalls]["result"]>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<FromCompiler>) => {
          if (data.kind === "progress") return onProgress?.(data.done);
          whole = true;
          if (data.kind === "result") resolve(data.result);
          else reject(receivedError(data.error));
        };
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new CompilerCrashError(`the compiler broke down, saying ${withoutValues(event.message)}`));
        };
        worker.onmessageerror = () => reject(new CompilerCrashError("the compiler's answer could not be read"));
      });
      worker.postMessage(message);
      return await Promise.race([answer, watch.failed]);
    } finally {
      watch.stop();
      signal.removeEventListener("abort", aborted);
      if (!whole) this.#discard();
    }
  }

  #discard(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}

/** Looks after one call: its time, and the memory of the process meanwhile. */
class Watch {
  readonly failed: Promise<never>;
  #fail: (reason: unknown) => void = () => {};
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #looking: ReturnType<typeof setInterval>;

  constructor(call: string, seconds: number, bytes: number) {
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
    this.#timer = setTimeout(() =>
      this.#fail(
        new CompilerLimitError(
          `${WHAT[call]} was not done within ${seconds} s; send fewer samples, or deploy a smaller model`,
        ),
      ), seconds * 1000);
    const before = Deno.memoryUsage().rss;
    this.#looking = setInterval(() => {
      if (Deno.memoryUsage().rss - before <= bytes) return;
      this.#fail(
        new CompilerLimitError(
          `${WHAT[call]} takes more than the ${(bytes / 2 ** 30).toFixed(1)} GiB of memory that it is granted; send ` +
            "fewer samples, or deploy a smaller model",
        ),
      );
    }, LOOK);
  }

  fail(reason: unknown): void {
    this.#fail(reason);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
  }
}

const WHAT: Readonly<Record<string, string>> = {
  calibrate: "the calibration",
  compile: "the circuit",
  srs: "the reference string",
};
