/**
 * The one prover of a worker: two would share the machine's cores and memory.
 * @module
 */
import { Engine, Prover, type ProverName, type ToolOptions } from "../../ezkl/mod.ts";

/** Holds zkgrad's prover, and for circuits that it does not take EZKL's engine; each starts when it is first needed. */
export class EngineHolder implements AsyncDisposable {
  readonly #threads: number | null;
  #engine: Engine | null = null;
  #prover: Prover | null = null;

  /** With so many threads, or as many as each takes by itself. */
  constructor(threads: number | null) {
    this.#threads = threads;
  }

  /** What a step is told for the one that a circuit needs. */
  optionsFor(prover: ProverName): Pick<ToolOptions, "engine" | "prover"> {
    const options = this.#threads === null ? {} : { threads: this.#threads };
    if (prover === "ezkljs") return { engine: this.#engine ??= new Engine(options) };
    return { prover: this.#prover ??= new Prover(options) };
  }

  /** Ends both; they start again when they are needed again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const held = [this.#engine, this.#prover];
    this.#engine = this.#prover = null;
    await Promise.all(held.map((each) => each?.[Symbol.asyncDispose]()));
  }
}
