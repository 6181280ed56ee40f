/**
 * All parameters and the optimiser's values as flat buffers on the GPU: an update
 * is one dispatch, a checkpoint a few copies.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { DeviceError, NonFiniteError } from "../base/errors.ts";
import type { Slice } from "./dispatch.ts";
import type { Module } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
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
  // One for all read-backs: an epoch and a checkpoint then make no buffer.
  readonly #staging: GPUBuffer;
  readonly #owned: readonly GPUBuffer[];

  private constructor(device: GpuDevice, model: Module, optimizer: Optimizer) {
    this.#device = device;
    this.#model = model;
    let floats = 0;
    this.segments = model.namedParameters().map(([name, { data }]) => {
      const start = floats;
      floats += wholeBlocks(data.length);
      return { name, start, size: data.length };
    });
    this.#floats = floats;
    checkSize(device, model, floats);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const make = (label: string, count: number, uses: GPUBufferUsageFlags): GPUBuffer =>
      device.buffer(label, count * floats * 4, uses);
    this.parameters = make("parameters", 1, usage);
    this.moments = optimizer.state.map((name) => make(name, 1, usage));
    this.#staging = make("state read-back", 1 + this.moments.length, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    this.#owned = [this.parameters, ...this.moments, this.#staging];
    this.upload();
  }

  /** Allocates the buffers and fills them with the model's values and zeros; throws a `DeviceError` where they do not fit. */
  static create(device: GpuDevice, model: Module, optimizer: Optimizer): Promise<FlatState> {
    return device.withinMemory("the training state", () => new FlatState(device, model, optimizer));
  }

  /** Copies the model's values to the GPU. */
  upload(): void {
    const values = new Map(this.#model.namedParameters());
    this.#device.write(this.parameters, 0, this.#pack((name) => values.get(name)!.data));
  }

  /**
   * Copies the GPU's parameters to the model; throws a `NonFiniteError`, and
   * leaves the model as it is, where one is not a finite number.
   */
  async download(): Promise<void> {
    this.#take((await this.#read([this.parameters]))[0]);
  }

  /** As {@linkcode download}; returns the optimiser's values by parameter name, one map for each of its buffers. */
  async downloadAll(): Promise<Map<string, Float32Array>[]> {
    const [parameters, ...moments] = await this.#read([this.parameters, ...this.moments]);
    this.#take(parameters);
    return moments.map((flat) =>
      new Map(this.segments.map(({ name, start, size }) => [name, flat.slice(start, start + size)]))
    );
  }

  /** Sets one of the optimiser's buffers. */
  uploadMoment(index: number, values: ReadonlyMap<string, Float32Array>): void {
    this.#device.write(this.moments[index], 0, this.#pack((name) => values.get(name)!));
  }

  /** Where a parameter lies. */
  slice(name: string): Slice {
    const { start, size } = this.segments.find((segment) => segment.name === name)!;
    return { buffer: this.parameters, offset: start * 4, size: size * 4 };
  }

  /** Frees the buffers. */
  dispose(): void {
    this.#owned.forEach((buffer) => this.#device.free(buffer));
  }

  #take(flat: Float32Array): void {
    for (const { name, start, size } of this.segments) {
      const at = flat.subarray(start, start + size).findIndex((value) => !Number.isFinite(value));
      if (at === -1) continue;
      throw new NonFiniteError(
        `element ${at} of ${name} has become ${flat[start + at]} on the GPU; go on from the last checkpoint with a ` +
          "lower learning rate",
      );
    }
    const values = new Map(this.#model.namedParameters());
    for (const { name, start, size } of this.segments) values.get(name)!.data.set(flat.subarray(start, start + size));
  }

  async #read(buffers: readonly GPUBuffer[]): Promise<Float32Array[]> {
    const bytes = this.#floats * 4;
    this.#device.checkAlive(this.#staging);
    const encoder = this.#device.gpu.createCommandEncoder();
    buffers.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, this.#staging, index * bytes, bytes));
    this.#device.gpu.queue.submit([encoder.finish()]);
    await this.#device.map(this.#staging, buffers.length * bytes);
    const copy = this.#staging.getMappedRange(0, buffers.length * bytes).slice(0);
    this.#staging.unmap();
    return buffers.map((_, index) => new Float32Array(copy, index * bytes, this.#floats));
  }

  #pack(values: (name: string) => Float32Array): Float32Array<ArrayBuffer> {
    const flat = new Float32Array(this.#floats);
    for (const { name, start } of this.segments) flat.set(values(name), start);
    return flat;
  }
}

/** Throws a `DeviceError` where the parameters do not fit into the one buffer that holds them all. */
function checkSize(device: GpuDevice, model: Module, floats: number): void {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const most = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4);
  if (floats <= most) return;
  throw new DeviceError(
    `the model has ${model.parameterCount()} parameters, which lie in one buffer (${floats} numbers with their ` +
      `padding), and a buffer of ${device.description} holds ${most}; use a smaller model or a GPU with larger buffers`,
  );
}
