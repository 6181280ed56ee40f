/**
 * A data set on the GPU: uploaded once, as it lies in memory.
 * @module
 */
import type { Dataset, Field } from "../data/dataset.ts";
import type { GpuDevice } from "./device.ts";
import { DeviceError } from "../base/errors.ts";
import { layoutOf, type PartRange, sampleWords } from "./gather.ts";
import { type Shape, sizeOf } from "../base/shape.ts";

/** Neighbouring samples of a data set, as many as buffers hold. */
export interface DatasetPart extends PartRange {
  /** The inputs' buffers, as the first kernel binds them: data and, for bytes, table. */
  readonly inputs: readonly GPUBuffer[];
  /** The targets' buffers, likewise. */
  readonly targets: readonly GPUBuffer[];
}

/** The buffers of one data set. */
export class ResidentDataset {
  /** Samples in it. */
  readonly length: number;
  /** Positions to samples: the order of the running epoch. */
  readonly order: GPUBuffer;
  /** Its parts: one, unless it is larger than a buffer may be. */
  readonly parts: readonly DatasetPart[];
  protected readonly device: GpuDevice;
  readonly #sequence: Uint32Array<ArrayBuffer>;
  #sequential = true;

  /** Uploads a data set. */
  protected constructor(device: GpuDevice, dataset: Dataset) {
    this.device = device;
    this.length = dataset.length;
    this.#sequence = Uint32Array.from({ length: dataset.length }, (_, index) => index);
    this.parts = upload(device, dataset);
    this.order = device.upload("order", this.#sequence);
  }

  /** Uploads a data set; throws a `DeviceError` where it is too large for the GPU. */
  static create(device: GpuDevice, dataset: Dataset): Promise<ResidentDataset> {
    return device.withinMemory("the data set", () => new ResidentDataset(device, dataset));
  }

  /** Sets the order of the epoch to come; null: as they lie. */
  setOrder(order: Uint32Array | null): void {
    if (order === null && this.#sequential) return;
    this.#sequential = order === null;
    this.device.write(this.order, 0, order ?? this.#sequence);
  }

  /** Frees the buffers. */
  dispose(): void {
    const parts = this.parts.flatMap(({ inputs, targets }) => [...inputs, ...targets]);
    new Set([this.order, ...parts]).forEach((buffer) => this.device.free(buffer));
  }
}

function upload(device: GpuDevice, dataset: Dataset): DatasetPart[] {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  const bytes = Math.max(...[dataset.inputs, dataset.targets].map((field) => sampleWords(layoutOf(field)) * 4));
  if (bytes > limit) {
    throw new DeviceError(
      `a sample of the data set is ${bytes} bytes and a buffer of ${device.description} holds ${limit}; ` +
        "use smaller samples",
    );
  }
  const most = Math.floor(limit / bytes);
  const inputs = uploader(device, "the data set's inputs", dataset.inputs);
  const targets = uploader(device, "the data set's targets", dataset.targets);
  const parts: DatasetPart[] = [];
  for (let first = 0; first < dataset.length; first += most) {
    const count = Math.min(most, dataset.length - first);
    parts.push({ first, count, inputs: inputs(first, count), targets: targets(first, count) });
  }
  return parts;
}

/** Uploads parts of a field, which share one table. */
function uploader(device: GpuDevice, label: string, field: Field): (first: number, count: number) => GPUBuffer[] {
  const size = sizeOf(field.shape);
  const data = (first: number, count: number) => field.data.subarray(first * size, (first + count) * size);
  if (layoutOf(field).kind !== "bytes") return (first, count) => [device.upload(label, data(first, count))];
  const table = device.upload("table", field.table ?? Float32Array.from({ length: 256 }, (_, value) => value));
  return (first, count) => [device.upload(label, wholeWords(data(first, count), field.shape, count)), table];
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
