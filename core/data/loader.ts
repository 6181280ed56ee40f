/**
 * The order in which a data set's samples are visited, batch after batch.
 * @module
 */
import { callable, checkArguments, expect, flag, instance, isList, whole } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { namesOf } from "../base/known.ts";
import { defaultGenerator, Generator, type GeneratorState } from "../base/random.ts";
import { sizeOf } from "../base/shape.ts";
import { checkIndices, copySample, type Dataset } from "./dataset.ts";
import { checkSamples } from "./samples.ts";

/** How an epoch's order is chosen: a name, or a function of the number of samples and the epoch, from 0. */
export type Sampler = "sequential" | "random" | ((samples: number, epoch: number) => Uint32Array);

/** How a {@linkcode DataLoader} goes through its data set. */
export interface LoaderOptions {
  /** Samples in a batch (default 1). */
  readonly batchSize?: number | undefined;
  /** Whether every epoch has a random order of its own (default false). */
  readonly shuffle?: boolean | undefined;
  /** Whether a last batch of fewer samples is left out (default false). */
  readonly dropLast?: boolean | undefined;
  /** Where random orders come from (default: the default generator, see `manualSeed`). */
  readonly generator?: Generator | undefined;
  /** The order, instead of `shuffle`; a function returns as many indices as there are samples. */
  readonly sampler?: Sampler | undefined;
}

const OPTIONS = namesOf<LoaderOptions>({
  batchSize: true,
  shuffle: true,
  dropLast: true,
  generator: true,
  sampler: true,
});

/** All that decides the orders to come. */
export interface LoaderState {
  /** How many epochs have been ordered. */
  readonly epoch: number;
  /** The state of the generator. */
  readonly generator: GeneratorState;
}

/** A batch as a range of places in an epoch's order. */
export interface BatchRange {
  /** The first place. */
  readonly start: number;
  /** The number of samples. */
  readonly count: number;
}

/** A batch, copied out. */
export interface Batch {
  /** The inputs after their transform, sample after sample. */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** The targets: class labels (u32) or numbers to regress to (f32). */
  readonly targets: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** The number of samples. */
  readonly count: number;
}

/**
 * Goes through a data set in batches. The trainer takes the order and the
 * ranges, since the samples lie on the GPU; iterating copies every batch out.
 *
 * @example
 * ```ts
 * import { DataLoader, TensorDataset } from "@zkgrad/zkgrad";
 * const data = new TensorDataset({ inputs: [1, 2, 3], shape: [1], targets: [0, 1, 0] });
 * for (const { inputs, targets } of new DataLoader(data, { batchSize: 2, shuffle: true })) {
 *   if (inputs.length !== targets.length) throw new Error("one input to a target here");
 * }
 * ```
 */
export class DataLoader implements Iterable<Batch> {
  /** The data set. */
  readonly dataset: Dataset;
  /** Samples in a batch. */
  readonly batchSize: number;
  /** Whether a last batch of fewer samples is left out. */
  readonly dropLast: boolean;
  readonly #sampler: Sampler;
  readonly #generator: Generator | undefined;
  #epoch = 0;

  /** Throws an `ArgumentError` for a batch size that is no positive integer or leaves no batch, and for two orders at once. */
  constructor(dataset: Dataset, options: LoaderOptions = {}) {
    checkArguments("DataLoader", arguments, 1, OPTIONS, ["batchSize", "shuffle"]);
    checkSamples("DataLoader", dataset);
    const { batchSize = 1, shuffle = false, dropLast = false, generator, sampler } = options;
    whole("DataLoader: batchSize", batchSize);
    flag("DataLoader: shuffle", shuffle);
    flag("DataLoader: dropLast", dropLast);
    if (generator !== undefined) instance("DataLoader: generator", generator, Generator);
    if (dropLast && batchSize > dataset.length) {
      throw new ArgumentError(
        `DataLoader: batchSize is ${batchSize} and dropLast is set, which leaves no batch of ${dataset.length} samples; ` +
          "lower batchSize or leave dropLast out",
      );
    }
    if (shuffle && sampler !== undefined) {
      throw new ArgumentError("DataLoader: shuffle and sampler were both given, expected one of them");
    }
    if (sampler !== undefined && sampler !== "sequential" && sampler !== "random") {
      callable("DataLoader: sampler", sampler, 'of the number of samples and the epoch, "sequential" or "random"');
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
    this.#sampler = sampler ?? (shuffle ? "random" : "sequential");
    this.#generator = generator;
  }

  /** The number of batches in an epoch. */
  get length(): number {
    // Nothing but types keeps it from being set to something else since.
    const batches = this.dataset.length / whole("DataLoader: batchSize", this.batchSize);
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** Whether every epoch visits the samples as they lie. */
  get isSequential(): boolean {
    return this.#sampler === "sequential";
  }

  /**
   * Begins an epoch and returns the indices of its samples, or null where it
   * visits them as they lie. Throws an `ArgumentError` where a sampler's indices
   * are too many, too few or outside the data set.
   */
  begin(): Uint32Array<ArrayBuffer> | null {
    const samples = this.dataset.length;
    const epoch = this.#epoch;
    let order: Uint32Array<ArrayBuffer> | null = null;
    if (this.#sampler === "random") {
      order = this.#source().permutation(samples);
    } else if (this.#sampler !== "sequential") {
      const given: unknown = this.#sampler(samples, epoch);
      expect(isList(given), "DataLoader: what the sampler gave", given, "the samples' indices as a Uint32Array");
      if (given.length !== samples) {
        throw new ArgumentError(
          `DataLoader: the sampler gave ${given.length} indices for epoch ${epoch}, expected ${samples}; ` +
            "to visit fewer samples, make a subset() of the data set",
        );
      }
      checkIndices(`DataLoader: the sampler's order of epoch ${epoch}`, given, samples);
      order = Uint32Array.from(given);
    }
    this.#epoch++;
    return order;
  }

  /** As {@linkcode begin}, with the indices written out where the samples are visited as they lie. */
  order(): Uint32Array<ArrayBuffer> {
    return this.begin() ?? Uint32Array.from({ length: this.dataset.length }, (_, i) => i);
  }

  /** The batches of an epoch, as ranges of its order. */
  *batches(): IterableIterator<BatchRange> {
    for (let batch = 0; batch < this.length; batch++) {
      const start = batch * this.batchSize;
      yield { start, count: Math.min(this.batchSize, this.dataset.length - start) };
    }
  }

  /** The batches of the next epoch, copied out. */
  *[Symbol.iterator](): IterableIterator<Batch> {
    const { inputs, targets } = this.dataset;
    const order = this.order();
    const inputSize = sizeOf(inputs.shape);
    const targetSize = sizeOf(targets.shape);
    const Targets = targets.data instanceof Float32Array ? Float32Array : Uint32Array;
    for (const { start, count } of this.batches()) {
      const batch = { inputs: new Float32Array(count * inputSize), targets: new Targets(count * targetSize), count };
      for (let i = 0; i < count; i++) {
        copySample(inputs, order[start + i], batch.inputs, i * inputSize);
        copySample(targets, order[start + i], batch.targets, i * targetSize);
      }
      yield batch;
    }
  }

  /** What decides the orders to come, to be kept with a checkpoint. */
  state(): LoaderState {
    return { epoch: this.#epoch, generator: this.#source().state() };
  }

  /** Goes on from a state: the next orders are the ones that followed it. Moves the generator, shared or not. */
  restore(state: LoaderState): void {
    whole("DataLoader: the state's epoch", state?.epoch, 0);
    this.#source().restore(state.generator);
    this.#epoch = state.epoch;
  }

  #source(): Generator {
    return this.#generator ?? defaultGenerator();
  }
}
