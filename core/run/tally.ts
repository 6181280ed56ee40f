/**
 * Losses and hits of an epoch, summed on the host.
 * @module
 */
import type { Rows } from "./backend.ts";
import type { StepFields } from "./step.ts";

/** What is known while an epoch runs. */
export interface Progress {
  /** Samples done. */
  readonly samples: number;
  /** Samples in the epoch. */
  readonly total: number;
  /** Mean loss of the samples done. */
  readonly loss: number;
  /** Share of the samples done whose class was right; null where the loss does not tell. */
  readonly accuracy: number | null;
  /** Samples per second since the epoch began. */
  readonly rate: number;
}

/** Sums losses and hits on the host, in double precision and in order. */
export class Tally {
  readonly #steps: readonly Omit<StepFields, "row">[];
  readonly #batch: number;
  readonly #countsHits: boolean;
  readonly #total: number;
  readonly #onNonFinite: (step: number) => void;
  #samples = 0;
  #weight = 0;
  #counted = 0;
  #loss = 0;
  #hits = 0;

  /**
   * @param steps The steps of the epoch.
   * @param batch Rows that a step takes.
   * @param countsHits Whether the loss tells hits.
   * @param onNonFinite Called with the step whose loss is not a finite number.
   */
  constructor(
    steps: readonly Omit<StepFields, "row">[],
    batch: number,
    countsHits: boolean,
    onNonFinite: (step: number) => void,
  ) {
    this.#steps = steps;
    this.#batch = batch;
    this.#countsHits = countsHits;
    this.#total = steps.reduce((sum, { count }) => sum + count, 0);
    this.#onNonFinite = onNonFinite;
  }

  /** Takes the rows of `count` steps from step `first` on. */
  add(first: number, count: number, { losses, hits }: Rows): void {
    for (let index = 0; index < count; index++) {
      const { count: samples, weight = samples, counted = samples } = this.#steps[first + index];
      for (let n = index * this.#batch; n < index * this.#batch + samples; n++) {
        if (!Number.isFinite(losses[n])) this.#onNonFinite(first + index);
        this.#loss += losses[n];
        this.#hits += hits[n];
      }
      this.#samples += samples;
      this.#weight += weight;
      this.#counted += counted;
    }
  }

  /** What is known after so many seconds. */
  progress(seconds: number): Progress {
    const samples = this.#samples;
    const mean = (sum: number, weight: number) => weight === 0 ? 0 : sum / weight;
    const accuracy = this.#countsHits ? mean(this.#hits, this.#counted) : null;
    const loss = mean(this.#loss, this.#weight);
    return { samples, total: this.#total, loss, accuracy, rate: samples / seconds };
  }
}
