/**
 * All parameters and the optimiser's values as flat buffers on the GPU: an update
 * is one dispatch, a checkpoint a few copies.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import type { Slice } from "./dispatch.ts";
import type { HostTensor, Module } from "./module.ts";
import type { Optimizer } from "./optimizer.ts";
import { type Segment, wholeBlocks } from "./update.ts";

/** The training state on the GPU. */
export class FlatState {
  /** Where each parameter lies in every flat buffer. */
  readonly segments: readonly Segment[];
  /** The parameters. */
  readonly parameters: GPUBuffer;
  /** The optimiser's buffers, in the order of `optimizer.state`. */
  readonly moments: readonly GPUBuffer[];
  readonly #device: GpuDevice;
  readonly #model: Module;
  readonly #floats: number;

  /** Allocates the buffers and fills them with the model's values and zeros. */
  constructor(device: GpuDevice, model: Module, optimizer: Optimizer) {
    this.#device = device;
    this.#model = model;
    let floats = 0;
    this.segments = model.namedParameters().map(([name, { data }]) => {
      const start = floats;
      floats += wholeBlocks(data.length);
      return { name, start, size: data.length };
    });
    this.#floats = floats;
    this.parameters = device.upload("parameters", new Float32Array(floats));
    this.moments = optimizer.state.map((name) => device.upload(name, new Float32Array(floats)));
    this.upload();
  }

  /** Copies the model's values to the GPU. */
  upload(): void {
    const values = new Map(this.#model.namedParameters());
    this.#device.write(this.parameters, 0, this.#pack((name) => values.get(name)!.data));
  }

  /** Copies the GPU's values to the model. */
  async download(): Promise<void> {
    const flat = new Float32Array(await this.#device.read(this.parameters));
    const values = new Map(this.#model.namedParameters());
    for (const { name, start, size } of this.segments) values.get(name)!.data.set(flat.subarray(start, start + size));
  }

  /** The optimiser's values by parameter name, one map for each of its buffers. */
  async downloadMoments(): Promise<Map<string, Float32Array>[]> {
    const flats = await Promise.all(this.moments.map((buffer) => this.#device.read(buffer)));
    return flats.map((bytes) => {
      const flat = new Float32Array(bytes);
      return new Map(this.segments.map(({ name, start, size }) => [name, flat.slice(start, start + size)]));
    });
  }

  /** Sets one of the optimiser's buffers. */
  uploadMoment(index: number, values: ReadonlyMap<string, HostTensor>): void {
    this.#device.write(this.moments[index], 0, this.#pack((name) => values.get(name)!.data));
  }

  /** Where a parameter lies. */
  slice(name: string): Slice {
    const { start, size } = this.segments.find((segment) => segment.name === name)!;
    return { buffer: this.parameters, offset: start * 4, size: size * 4 };
  }

  /** Frees the buffers. */
  dispose(): void {
    [this.parameters, ...this.moments].forEach((buffer) => this.#device.free(buffer));
  }

  #pack(values: (name: string) => Float32Array): Float32Array<ArrayBuffer> {
    const flat = new Float32Array(this.#floats);
    for (const { name, start } of this.segments) flat.set(values(name), start);
    return flat;
  }
}
