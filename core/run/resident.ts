/**
 * A data set on the GPU: uploaded once, as it lies in memory.
 * @module
 */
import type { Dataset, Field } from "../data/dataset.ts";
import { fingerprint } from "../data/fingerprint.ts";
import type { GpuDevice } from "./device.ts";
import { DeviceError } from "../base/errors.ts";
import { type FieldLayout, sampleWords } from "./gather.ts";
import { type Shape, sizeOf } from "../base/shape.ts";

/** How a field lies on the GPU. */
export function layoutOf(field: Field): FieldLayout {
  const kind = field.data instanceof Uint8Array ? "bytes" : field.data instanceof Uint32Array ? "u32" : "f32";
  return { size: sizeOf(field.shape), kind };
}

/** The buffers of one data set. */
export class ResidentDataset {
  /** Samples in it. */
  readonly length: number;
  /** Positions to samples: the order of the running epoch. */
  readonly order: GPUBuffer;
  /** The inputs' buffers, as the first kernel binds them: data and, for bytes, table. */
  readonly inputs: readonly GPUBuffer[];
  /** The targets' buffers, likewise. */
  readonly targets: readonly GPUBuffer[];
  readonly #device: GpuDevice;
  readonly #sequence: Uint32Array<ArrayBuffer>;
  #sequential = true;

  private constructor(device: GpuDevice, dataset: Dataset) {
    this.#device = device;
    this.length = dataset.length;
    this.#sequence = Uint32Array.from({ length: dataset.length }, (_, index) => index);
    this.inputs = upload(device, "the data set's inputs", dataset.inputs, dataset.length);
    this.targets = upload(device, "the data set's targets", dataset.targets, dataset.length);
    this.order = device.upload("order", this.#sequence);
  }

  /** Uploads a data set; throws a `DeviceError` where it is too large for one buffer or for the GPU. */
  static create(device: GpuDevice, dataset: Dataset): Promise<ResidentDataset> {
    return device.withinMemory("the data set", () => new ResidentDataset(device, dataset));
  }

  /** Sets the order of the epoch to come; null: as they lie. */
  setOrder(order: Uint32Array | null): void {
    if (order === null && this.#sequential) return;
    this.#sequential = order === null;
    this.#device.write(this.order, 0, order ?? this.#sequence);
  }

  /** Frees the buffers. */
  dispose(): void {
    [this.order, ...this.inputs, ...this.targets].forEach((buffer) => this.#device.free(buffer));
  }
}

/** Data sets that stay on the GPU; the one that was not used for longest makes room. */
const MAX_RESIDENT = 4;

/** The data sets used last. */
export class ResidentDatasets {
  readonly #device: GpuDevice;
  readonly #kept = new Map<Dataset, ResidentDataset>();
  readonly #prints = new WeakMap<Dataset, number>();
  #disposed = false;

  /** None yet. */
  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** The buffers of a data set, uploaded where it is not there, or has been written to since. */
  async get(dataset: Dataset): Promise<ResidentDataset> {
    const print = fingerprint(dataset);
    if (this.#prints.get(dataset) !== print) {
      this.#kept.get(dataset)?.dispose();
      this.#kept.delete(dataset);
    }
    this.#prints.set(dataset, print);
    const [oldest] = this.#kept.size < MAX_RESIDENT || this.#kept.has(dataset) ? [] : this.#kept.entries();
    if (oldest !== undefined) {
      oldest[1].dispose();
      this.#kept.delete(oldest[0]);
    }
    const data = this.#kept.get(dataset) ?? await ResidentDataset.create(this.#device, dataset);
    if (this.#disposed) {
      data.dispose();
      throw new DeviceError("the data set was uploaded for a trainer that was disposed of meanwhile");
    }
    this.#kept.delete(dataset);
    this.#kept.set(dataset, data);
    return data;
  }

  /** Frees all of them, and those that are under way. */
  dispose(): void {
    this.#disposed = true;
    this.#kept.forEach((data) => data.dispose());
    this.#kept.clear();
  }
}

function upload(device: GpuDevice, label: string, field: Field, length: number): GPUBuffer[] {
  const layout = layoutOf(field);
  const bytes = sampleWords(layout) * 4 * length;
  const limit = device.gpu.limits.maxStorageBufferBindingSize;
  if (bytes > limit) {
    throw new DeviceError(
      `${label} are ${bytes} bytes and one buffer of ${device.description} holds ${limit}; ` +
        "give them as bytes with a transform, or train on a part at a time",
    );
  }
  if (layout.kind !== "bytes") return [device.upload(label, field.data)];
  const table = field.table ?? Float32Array.from({ length: 256 }, (_, value) => value);
  return [device.upload(label, wholeWords(field.data, field.shape, length)), device.upload("table", table)];
}

/** The bytes with every sample padded to whole words. */
function wholeWords(data: Field["data"], shape: Shape, length: number): Field["data"] {
  const size = sizeOf(shape);
  if (size % 4 === 0) return data;
  const stride = Math.ceil(size / 4) * 4;
  const padded = new Uint8Array(stride * length);
  for (let n = 0; n < length; n++) padded.set((data as Uint8Array).subarray(n * size, (n + 1) * size), n * stride);
  return padded;
}
