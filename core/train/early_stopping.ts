/**
 * When to stop: after some epochs that were no better than the best.
 * @module
 */
import { checkArguments, expect, finite, instance, whole } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { namesOf, oneOf } from "../base/known.ts";
import { type AnyModule, type HostTensor, Module } from "../graph/module.ts";

/** Options of {@linkcode EarlyStopping}. */
export interface EarlyStoppingOptions {
  /** Epochs that may pass without a better one before it stops; default 3. */
  readonly patience?: number;
  /** How much better a better one has to be; default 0. */
  readonly minDelta?: number;
  /** Whether the watched number is to fall, as a loss, or to rise, as an accuracy; default `"min"`. */
  readonly mode?: "min" | "max";
}

const OPTIONS = namesOf<EarlyStoppingOptions>({ patience: true, minDelta: true, mode: true });

/** All that decides when it stops, but the best weights. */
export interface EarlyStoppingState {
  /** The best number so far; null before the first. */
  readonly best: number | null;
  /** Epochs since. */
  readonly waited: number;
}

/**
 * Stops when a number has not become better for some epochs, and brings the best weights back.
 *
 * @example
 * ```ts
 * import { Adam, DataLoader, EarlyStopping, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 *
 * const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
 * const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * const loss = new nn.CrossEntropyLoss(), optimizer = new Adam({ lr: 0.1 });
 * using trainer = await Trainer.create({ model, loss, optimizer, device: "cpu" });
 * const loader = new DataLoader(data, { batchSize: 4 });
 * const stopping = new EarlyStopping(model, { patience: 2, minDelta: 0.01 });
 * do await trainer.fit(loader); while (!stopping.stops((await trainer.evaluate(data)).loss));
 * stopping.restoreBest();
 * ```
 */
export class EarlyStopping {
  readonly #model: AnyModule;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #sign: number;
  #best: number | null = null;
  #waited = 0;
  #weights: ReadonlyMap<string, HostTensor> | null = null;

  /** Watches a model. Throws an `ArgumentError` for options that are none. */
  constructor(model: AnyModule, options: EarlyStoppingOptions = {}) {
    checkArguments("EarlyStopping", arguments, 1, OPTIONS);
    instance("EarlyStopping: the model", model, Module);
    const { patience = 3, minDelta = 0, mode = "min" } = options;
    this.#model = model;
    this.#patience = whole("EarlyStopping: patience", patience, 0);
    this.#minDelta = finite("EarlyStopping: minDelta", minDelta, 0);
    this.#sign = oneOf("EarlyStopping: mode", mode, ["min", "max"] as const) === "min" ? 1 : -1;
  }

  /** The best number so far; null before the first. */
  get best(): number | null {
    return this.#best;
  }

  /** Takes the number that an epoch came to; true where training should stop. */
  stops(value: number): boolean {
    expect(typeof value === "number", "EarlyStopping.stops(): the value", value, "a number, such as a loss");
    // NaN is never better.
    if (this.#best === null ? !Number.isNaN(value) : this.#sign * (this.#best - value) > this.#minDelta) {
      this.#best = value;
      this.#waited = 0;
      this.#weights = this.#model.stateDict();
      return false;
    }
    this.#waited++;
    return this.#waited > this.#patience;
  }

  /** Gives the model the weights of its best epoch; throws an `ArgumentError` where there was none since it was made. */
  restoreBest(): void {
    if (this.#weights === null) {
      throw new ArgumentError("EarlyStopping.restoreBest(): there was no epoch yet whose weights could be restored");
    }
    this.#model.loadStateDict(this.#weights);
  }

  /** What decides when it stops, to be kept with a checkpoint; the best weights are the caller's to keep. */
  state(): EarlyStoppingState {
    return { best: this.#best, waited: this.#waited };
  }

  /** Goes on from a state, with the model's weights as the best until there are better ones. */
  restore(state: EarlyStoppingState): void {
    const { best, waited } = (state ?? {}) as Partial<EarlyStoppingState>;
    if (best !== null) finite("EarlyStopping: the state's best", best);
    this.#waited = whole("EarlyStopping: the state's waited", waited, 0);
    this.#best = best as number | null;
    this.#weights = best === null ? null : this.#model.stateDict();
  }
}
