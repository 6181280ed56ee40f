/**
 * Calls to functions in a Worker: arguments and results as messages, progress on the way, an end at any time.
 * @module
 */

/** What a Worker answers: its functions, of one argument each and a listener for progress. */
// deno-lint-ignore no-explicit-any
export type Functions = Readonly<Record<string, (argument: any, tell: (progress: any) => void) => unknown>>;

type Argument<F> = F extends (argument: infer A, ...rest: never[]) => unknown ? A : never;
type Progress<F> = F extends (argument: never, tell: (progress: infer P) => void) => unknown ? P : never;
type Result<F> = F extends (...all: never[]) => infer R ? Awaited<R> : never;

/** How a call is made. */
export interface CallOptions<P = never> {
  /** Ends the call, and the Worker with it: what computes hears nothing else. */
  readonly signal?: AbortSignal | undefined;
  /** Hears what the function tells on its way. */
  readonly onProgress?: ((progress: P) => void) | undefined;
}

type Answer =
  | { readonly id: number; readonly kind: "progress"; readonly value: unknown }
  | { readonly id: number; readonly kind: "done"; readonly value: unknown }
  | { readonly id: number; readonly kind: "failed"; readonly message: string; readonly name: string };

interface Waiting {
  resolve(value: never): void;
  reject(error: unknown): void;
  tell?: ((progress: never) => void) | undefined;
}

/** In a Worker: answers calls of these functions. */
export function serveCalls(functions: Functions): void {
  const port = globalThis as unknown as {
    onmessage: (event: MessageEvent<{ id: number; name: string; argument: unknown }>) => void;
    postMessage(answer: Answer): void;
  };
  port.onmessage = async ({ data: { id, name, argument } }) => {
    try {
      const value = await functions[name](argument, (value) => port.postMessage({ id, kind: "progress", value }));
      port.postMessage({ id, kind: "done", value });
    } catch (error) {
      const { message, name } = error instanceof Error ? error : new Error(String(error));
      port.postMessage({ id, kind: "failed", message, name });
    }
  };
}

/** Milliseconds in which threads that were disposed of are gone. */
const LEAVING = 300;

/** In a Worker, before it is ended: one that is ended while its own threads leave stays for good, with its memory. */
export function threadsGone(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LEAVING));
}

/** In the page: a Worker that is started by the first call, and again by the first after its end. */
export class Calls<F extends Functions> {
  readonly #script: string;
  readonly #waiting: Map<number, Waiting> = new Map();
  #worker: Worker | null = null;
  #last = 0;

  /** `script` is the Worker's file beside the page, as "prove.js". */
  constructor(script: string) {
    this.#script = script;
  }

  /** Calls a function; throws an error with the message of the Worker's. */
  call<Name extends keyof F & string>(
    name: Name,
    argument: Argument<F[Name]>,
    { signal, onProgress }: CallOptions<Progress<F[Name]>> = {},
  ): Promise<Result<F[Name]>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const id = ++this.#last, stop = () => this.end(signal!.reason);
      signal?.addEventListener("abort", stop);
      const leave = () => {
        this.#waiting.delete(id);
        signal?.removeEventListener("abort", stop);
      };
      this.#waiting.set(id, {
        resolve: (value) => (leave(), resolve(value)),
        reject: (error) => (leave(), reject(error)),
        tell: onProgress as Waiting["tell"],
      });
      this.#started().postMessage({ id, name, argument });
    });
  }

  /** Ends the Worker, and every call with this reason. */
  end(reason: unknown = new Error("it was ended")): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of [...this.#waiting.values()]) reject(reason);
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(this.#script, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const waiting = this.#waiting.get(data.id);
      if (data.kind === "progress") waiting?.tell?.(data.value as never);
      else if (data.kind === "done") waiting?.resolve(data.value as never);
      else waiting?.reject(Object.assign(new Error(data.message), { name: data.name }));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(new Error(event.message || `${this.#script} could not be started; load the page again`));
    };
    return this.#worker = worker;
  }
}
