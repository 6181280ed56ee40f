/**
 * A data set in the CPU device's memory, as it lies on the host.
 * @module
 */
import type { Dataset, Field } from "../../data/dataset.ts";
import { gatherSamples, headOf } from "../../data/pieces.ts";
import { sizeOf } from "../../base/shape.ts";
import type { CpuCore } from "./core.ts";
import { BINDING } from "./moving.ts";

/** Where one data set lies. */
export class CpuDataset {
  /** Samples in it. */
  readonly length: number;
  protected readonly device: CpuCore;
  /** Where its fields lie. */
  protected readonly fields: Readonly<Record<keyof typeof BINDING, number>>;
  readonly #owned: readonly number[];
  #sequential = false;

  /** Copies a data set; what it takes is added to `owned`. */
  protected constructor(device: CpuCore, dataset: Dataset, owned: number[]) {
    this.device = device;
    this.length = dataset.length;
    const put = (what: string, data: Field["data"]): number => {
      const address = device.take(what, data.byteLength + 16);
      owned.push(address);
      device.bytes(address, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return address;
    };
    const table = (field: Field): number =>
      field.data instanceof Uint8Array
        ? put("a table", field.table ?? Float32Array.from({ length: 256 }, (_, value) => value))
        : 0;
    this.fields = {
      order: put("the order of samples", new Uint32Array(dataset.length)),
      inputs: put("the data set's inputs", dataset.inputs.data),
      inputTable: table(dataset.inputs),
      targets: put("the data set's targets", dataset.targets.data),
      targetTable: table(dataset.targets),
      bytes: 0,
    };
    this.#owned = owned;
    this.setOrder(null);
  }

  /** Copies a data set; throws a `DeviceError` where it is too large for the memory. */
  static create(device: CpuCore, dataset: Dataset): Promise<CpuDataset> {
    const owned: number[] = [];
    try {
      return Promise.resolve(new CpuDataset(device, dataset, owned));
    } catch (error) {
      owned.forEach((address) => device.free(address));
      return Promise.reject(error);
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
      return Promise.resolve(new CpuPiece(device, headOf(dataset, samples), owned));
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
