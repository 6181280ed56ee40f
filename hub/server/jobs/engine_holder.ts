/**
 * The one engine of a worker: two would share the machine's cores and memory.
 * @module
 */
import { Engine } from "../../ezkl/mod.ts";

/** Holds an engine that starts when it is first needed. */
export class EngineHolder implements AsyncDisposable {
  readonly #threads: number | null;
  #engine: Engine | null = null;

  /** With so many threads, or as many as the engine takes by itself. */
  constructor(threads: number | null) {
    this.#threads = threads;
  }

  /** The engine. */
  get engine(): Engine {
    return this.#engine ??= new Engine(this.#threads === null ? {} : { threads: this.#threads });
  }

  /** Ends it; it starts again when it is needed again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await engine?.[Symbol.asyncDispose]();
  }
}
