/**
 * A data set in the CPU device's memory, as it lies on the host, sample by sample as steps need them.
 * @module
 */
import type { Dataset, Field } from "../../data/dataset.ts";
import { gatherSamples, headOf } from "../../data/pieces.ts";
import { sizeOf } from "../../base/shape.ts";
import type { CpuCore } from "./core.ts";
import { BINDING } from "./moving.ts";

/** Steps that read one in so many samples of a data set have all of them brought. */
const PART = 4;

/** Where one data set lies. */
export class CpuDataset {
  /** Samples in it. */
  readonly length: number;
  protected readonly device: CpuCore;
  /** Where its fields lie. */
  protected readonly fields: Readonly<Record<keyof typeof BINDING, number>>;
  readonly #owned: readonly number[];
  #sequential = false;
  /** The data set, until all of it is here. */
  #source: Dataset | null;
  /** Which samples are here. */
  readonly #here: Uint8Array;

  /** Takes the memory; what it takes is added to `owned`. */
  protected constructor(device: CpuCore, dataset: Dataset, owned: number[], source: Dataset | null) {
    this.device = device;
    this.length = dataset.length;
    const room = (what: string, bytes: number): number => {
      const address = device.take(what, bytes + 16);
      owned.push(address);
      return address;
    };
    const table = ({ data, table }: Field): number => {
      if (!(data instanceof Uint8Array)) return 0;
      const address = room("a table", 256 * 4);
      device.floats(address, 256).set(table ?? Float32Array.from({ length: 256 }, (_, value) => value));
      return address;
    };
    this.fields = {
      order: room("the order of samples", dataset.length * 4),
      inputs: room("the data set's inputs", dataset.inputs.data.byteLength),
      inputTable: table(dataset.inputs),
      targets: room("the data set's targets", dataset.targets.data.byteLength),
      targetTable: table(dataset.targets),
      bytes: 0,
    };
    this.#owned = owned;
    this.#source = source;
    this.#here = new Uint8Array(source?.length ?? 0);
    this.setOrder(null);
  }

  /**
   * Takes the memory for a data set, whose samples come when steps need them: so the first step waits for its own only.
   * Throws a `DeviceError` where it is too large for the memory.
   */
  static create(device: CpuCore, dataset: Dataset): Promise<CpuDataset> {
    const owned: number[] = [];
    try {
      return Promise.resolve(new CpuDataset(device, dataset, owned, dataset));
    } catch (error) {
      owned.forEach((address) => device.free(address));
      return Promise.reject(error);
    }
  }

  /** Brings the samples that steps read, where they are not here yet; all of them, where steps read a good part. */
  provide(steps: readonly { readonly start: number; readonly count: number }[]): void {
    const source = this.#source;
    if (source === null) return;
    this.device.checkAlive(this.fields.order);
    if (PART * steps.reduce((sum, { count }) => sum + count, 0) >= this.length) {
      this.#bring(source, 0, this.length);
      this.#source = null;
      return;
    }
    const order = this.device.integers(this.fields.order, this.length);
    for (const { start, count } of steps) {
      const end = Math.min(start + count, this.length);
      for (let at = start; at < end;) {
        const first = order[at];
        let many = 0;
        while (at + many < end && order[at + many] === first + many && this.#here[first + many] === 0) many++;
        if (many > 0) this.#bring(source, first, many);
        at += Math.max(1, many);
      }
    }
  }

  #bring(source: Dataset, first: number, many: number): void {
    this.#here.fill(1, first, first + many);
    for (const name of ["inputs", "targets"] as const) {
      const { data, shape } = source[name];
      const size = sizeOf(shape) * data.BYTES_PER_ELEMENT;
      const bytes = new Uint8Array(data.buffer, data.byteOffset + first * size, many * size);
      this.device.bytes(this.fields[name] + first * size, many * size).set(bytes);
    }
  }

  /** Sets the order of the epoch to come; null: as they lie. */
  setOrder(order: Uint32Array | null): void {
    if (order === null && this.#sequential) return;
    this.#sequential = order === null;
    this.device.checkAlive(this.fields.order);
    const there = this.device.integers(this.fields.order, this.length);
    if (order !== null) there.set(order);
    else for (let k = 0; k < this.length; k++) there[k] = k;
  }

  /** Tells a program, whose bindings are at this address, to run over this data set. */
  bind(address: number): void {
    this.device.checkAlive(this.fields.order);
    const fields = this.device.integers(address, BINDING.bytes / 4);
    for (const [name, value] of Object.entries(this.fields)) {
      if (name !== "bytes") fields[BINDING[name as keyof typeof BINDING] / 4] = value;
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#owned.forEach((address) => this.device.free(address));
  }
}

/** Room for some samples of a data set. */
export class CpuPiece extends CpuDataset {
  /** Takes the memory; throws a `DeviceError` where there is none left. */
  static make(device: CpuCore, dataset: Dataset, samples: number): Promise<CpuPiece> {
    const owned: number[] = [];
    try {
      return Promise.resolve(new CpuPiece(device, headOf(dataset, samples), owned, null));
    } catch (error) {
      owned.forEach((address) => device.free(address));
      return Promise.reject(error);
    }
  }

  /** See `DataPiece.write`. */
  write(dataset: Dataset, order: Uint32Array | null, first: number, count: number): void {
    for (const name of ["inputs", "targets"] as const) {
      const { data } = dataset[name];
      this.device.checkAlive(this.fields[name]);
      gatherSamples(
        dataset[name],
        order,
        first,
        count,
        this.device.bytes(this.fields[name], data.BYTES_PER_ELEMENT * count * sizeOf(dataset[name].shape)),
      );
    }
  }
}
