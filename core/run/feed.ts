/**
 * How steps come by their samples: a data set lies on the device as a whole, or comes there in pieces.
 * @module
 */
import { DeviceError } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { fingerprint } from "../data/fingerprint.ts";
import type { Backend, DataPiece, ResidentData, StepProgram } from "./backend.ts";
import { layoutOf, sampleWords } from "./gather.ts";
import { Kept } from "./kept.ts";
import type { StepFields } from "./step.ts";

/** A step whose row is not known yet. */
type Step = Omit<StepFields, "row">;

/** Steps, and where their samples lie, by the places that they have there. */
export interface Fed<S extends Step> {
  /** Where. */
  readonly data: ResidentData;
  /** The steps. */
  readonly steps: readonly S[];
}

/** What brings samples to steps. */
export interface Feed {
  /** Sets the order of the epoch to come; null: as they lie. */
  setOrder(order: Uint32Array | null): void;
  /** Makes what running over them needs. */
  prepare(program: StepProgram): Promise<void>;
  /** How many of the steps from `at` on, at most `most` and at least one, find their samples at once. */
  most(steps: readonly Step[], at: number, most: number): number;
  /** Brings the samples of so many steps; those of the call before the last may be gone. */
  feed<S extends Step>(steps: readonly S[]): Fed<S>;
  /** Gives the memory back. */
  dispose(): void;
}

/** A data set that lies on the device as a whole. */
class WholeFeed implements Feed {
  readonly #data: ResidentData;

  constructor(data: ResidentData) {
    this.#data = data;
  }

  setOrder(order: Uint32Array | null): void {
    this.#data.setOrder(order);
  }

  prepare(program: StepProgram): Promise<void> {
    return program.prepare(this.#data);
  }

  most(steps: readonly Step[], at: number, most: number): number {
    return Math.min(most, steps.length - at);
  }

  feed<S extends Step>(steps: readonly S[]): Fed<S> {
    return { data: this.#data, steps };
  }

  dispose(): void {
    this.#data.dispose();
  }
}

/**
 * A data set of which two pieces lie on the device, turn by turn: while steps run over one, the samples of the next
 * are brought to the other, in the epoch's order. Steps see what they would see of the whole.
 */
class StreamedFeed implements Feed {
  readonly #dataset: Dataset;
  readonly #pieces: readonly DataPiece[];
  #order: Uint32Array | null = null;
  #turn = 0;

  constructor(dataset: Dataset, pieces: readonly DataPiece[]) {
    this.#dataset = dataset;
    this.#pieces = pieces;
  }

  setOrder(order: Uint32Array | null): void {
    this.#order = order;
  }

  async prepare(program: StepProgram): Promise<void> {
    for (const piece of this.#pieces) await program.prepare(piece);
  }

  most(steps: readonly Step[], at: number, most: number): number {
    const { length } = this.#pieces[0];
    let [count, samples] = [0, 0];
    while (count < most && at + count < steps.length && samples + steps[at + count].count <= length) {
      samples += steps[at + count++].count;
    }
    return Math.max(1, count);
  }

  feed<S extends Step>(steps: readonly S[]): Fed<S> {
    const data = this.#pieces[this.#turn++ % this.#pieces.length];
    const [{ start: first }, last] = [steps[0], steps.at(-1)!];
    data.write(this.#dataset, this.#order, first, last.start + last.count - first);
    return { data, steps: steps.map((step) => ({ ...step, start: step.start - first })) };
  }

  dispose(): void {
    this.#pieces.forEach((piece) => piece.dispose());
  }
}

/** Data sets that stay on the device, whole or in pieces; the one that was not used for longest makes room. */
const MAX_RESIDENT = 4;

/** Bytes of a piece where a data set is streamed: a few milliseconds of a fast bus, a thousandth of a large data set. */
const PIECE_BYTES = 64 << 20;

/** Bytes of a sample on the device. */
function sampleBytes({ inputs, targets }: Dataset): number {
  return [inputs, targets].reduce((sum, field) => sum + sampleWords(layoutOf(field)) * 4, 0);
}

/** The data sets used last. */
export class Feeds {
  readonly #backend: Pick<Backend, "data" | "piece">;
  readonly #residentBytes: number;
  readonly #kept = new Kept<Dataset, Feed>(MAX_RESIDENT);
  readonly #prints = new WeakMap<Dataset, number>();
  readonly #batches = new WeakMap<Dataset, number>();

  /** None yet; a data set of more than `residentBytes` is streamed. */
  constructor(backend: Pick<Backend, "data" | "piece">, residentBytes: number) {
    this.#backend = backend;
    this.#residentBytes = residentBytes;
  }

  /** The feed of a data set for batches of so many samples, made anew where it has been written to since. */
  async get(dataset: Dataset, batch: number): Promise<Feed> {
    const print = fingerprint(dataset);
    // A piece that holds no whole batch is made anew.
    const known = this.#batches.get(dataset) ?? Infinity;
    if (this.#prints.get(dataset) !== print || known < Math.min(batch, dataset.length)) this.#kept.drop(dataset);
    this.#prints.set(dataset, print);
    return await this.#kept.get(dataset, () => this.#make(dataset, batch));
  }

  /** Frees all of them, and those that are under way. */
  dispose(): void {
    this.#kept.dispose();
  }

  async #make(dataset: Dataset, batch: number): Promise<Feed> {
    this.#batches.delete(dataset);
    const bytes = sampleBytes(dataset) * dataset.length;
    if (bytes <= this.#residentBytes) {
      try {
        return new WholeFeed(await this.#backend.data(dataset));
      } catch (error) {
        // What does not fit as a whole may fit in pieces.
        if (!(error instanceof DeviceError) || 4 * batch >= dataset.length) throw error;
      }
    }
    const most = Math.min(PIECE_BYTES, Math.max(1, this.#residentBytes / 2));
    const samples = Math.min(dataset.length, Math.max(batch, Math.floor(most / sampleBytes(dataset))));
    const pieces: DataPiece[] = [];
    try {
      for (let k = 0; k < 2; k++) pieces.push(await this.#backend.piece(dataset, samples));
    } catch (error) {
      pieces.forEach((piece) => piece.dispose());
      throw error;
    }
    this.#batches.set(dataset, samples);
    return new StreamedFeed(dataset, pieces);
  }
}
