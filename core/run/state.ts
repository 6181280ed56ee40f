/**
 * All parameters and the optimiser's values as flat buffers on the GPU: an update
 * is one dispatch, a checkpoint a few copies.
 *
 * The model on the host is the truth. What the GPU holds is known here bit for bit
 * (the mirror), so that whatever was written on the host, by whom and how ever, is
 * found by comparing, and taken over before the next run.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { ArgumentError, DeviceError, NonFiniteError } from "../base/errors.ts";
import type { Slice } from "./dispatch.ts";
import type { Module, Parameter } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { BLOCK, type Segment, wholeBlocks } from "./update.ts";
import { BufferUsage } from "./usage.ts";

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
  readonly #mirror: Float32Array<ArrayBuffer>;
  // The optimiser's values at the last keep().
  readonly #kept: readonly GPUBuffer[];
  // One for all read-backs: an epoch and a checkpoint then make no buffer.
  readonly #staging: GPUBuffer;
  readonly #owned: readonly GPUBuffer[];

  private constructor(device: GpuDevice, model: Module, optimizer: Pick<Optimizer, "state">) {
    this.#device = device;
    this.#model = model;
    let floats = 0;
    this.segments = model.namedParameters().map(([name, { data }]) => {
      const start = floats;
      floats += wholeBlocks(data.length);
      return { name, start, size: data.length };
    });
    checkSize(device, model, floats);
    // Buffers have to hold something, even for a model without parameters, which can be run all the same.
    this.#floats = Math.max(floats, BLOCK);
    this.#mirror = new Float32Array(this.#floats);
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC;
    const make = (label: string, count: number, uses: GPUBufferUsageFlags): GPUBuffer =>
      device.buffer(label, count * this.#floats * 4, uses);
    this.parameters = make("parameters", 1, usage);
    this.moments = optimizer.state.map((name) => make(name, 1, usage));
    this.#kept = optimizer.state.map((name) => make(`${name}, kept`, 1, usage));
    const count = Math.max(1, this.moments.length);
    this.#staging = make("state read-back", count, BufferUsage.MAP_READ | BufferUsage.COPY_DST);
    this.#owned = [this.parameters, ...this.moments, ...this.#kept, this.#staging];
    this.sync();
  }

  /** Allocates the buffers and fills them with the model's values and zeros; throws a `DeviceError` where they do not fit. */
  static create(device: GpuDevice, model: Module, optimizer: Pick<Optimizer, "state">): Promise<FlatState> {
    return device.withinMemory("the training state", () => new FlatState(device, model, optimizer));
  }

  /**
   * Copies those of the model's parameters to the GPU that are not what lies there.
   * Throws an `ArgumentError` where the model has other parameters than at first.
   */
  sync(): void {
    for (const [index, { data }] of this.#own().entries()) {
      const { start } = this.segments[index];
      if (this.#mirrors(index, data)) continue;
      this.#mirror.set(data, start);
      this.#device.write(this.parameters, start * 4, data);
    }
  }

  /** Remembers the state as it is, after {@linkcode sync}, for {@linkcode rollback}. */
  keep(): void {
    this.#copy(this.moments, this.#kept);
  }

  /** Brings the state back that {@linkcode keep} remembered. */
  rollback(): void {
    this.#device.write(this.parameters, 0, this.#mirror);
    this.#copy(this.#kept, this.moments);
  }

  /**
   * Copies the GPU's parameters to the model; one that was written to on the host
   * since {@linkcode sync} keeps what was written, as if that had been done now.
   * Throws a `NonFiniteError`, and leaves all as it is, where one is not a finite number.
   */
  async download(): Promise<void> {
    const [flat] = await this.#read([this.parameters]);
    const broken = this.#nonFinite(flat);
    if (broken !== null) throw new NonFiniteError(`${broken.place} has become ${broken.value} on the GPU`);
    for (const [index, { data }] of this.#own().entries()) {
      const { start, size } = this.segments[index];
      if (this.#mirrors(index, data)) data.set(flat.subarray(start, start + size));
    }
    this.#mirror.set(flat);
  }

  /** The first of the model's numbers that is not finite, in words, or null; those of the last {@linkcode sync}. */
  nonFinite(): string | null {
    const broken = this.#nonFinite(this.#mirror);
    return broken && `${broken.place} is ${broken.value}`;
  }

  /** The optimiser's values by parameter name, one map for each of its buffers. */
  async readMoments(): Promise<Map<string, Float32Array>[]> {
    const moments = await this.#read(this.moments);
    return moments.map((flat) =>
      new Map(this.segments.map(({ name, start, size }) => [name, flat.slice(start, start + size)]))
    );
  }

  /** Sets the optimiser's buffers; none given: to zeros, as at first. */
  writeMoments(moments?: readonly ReadonlyMap<string, Float32Array>[]): void {
    for (const [index, buffer] of this.moments.entries()) {
      const flat = new Float32Array(this.#floats);
      if (moments) { for (const { name, start } of this.segments) flat.set(moments[index].get(name)!, start); }
      this.#device.write(buffer, 0, flat);
    }
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

  /** The model's parameters, in the order of the segments. */
  #own(): Parameter[] {
    const named = this.#model.namedParameters();
    const say = (name?: string, size?: number): string => name === undefined ? "none" : `${name} of ${size} numbers`;
    for (let k = 0; k < Math.max(named.length, this.segments.length); k++) {
      const segment = this.segments[k];
      const [name, parameter] = named[k] ?? [];
      if (segment && segment.name === name && segment.size === parameter?.data.length) continue;
      throw new ArgumentError(
        `the model has other parameters than those that this was made for: ${say(name, parameter?.data.length)} ` +
          `where ${say(segment?.name, segment?.size)} was; make a new trainer or predictor`,
      );
    }
    return named.map(([, parameter]) => parameter);
  }

  /** Whether a parameter's bits are those on the GPU. */
  #mirrors(index: number, data: Float32Array): boolean {
    const { start, size } = this.segments[index];
    const now = new Uint32Array(data.buffer, data.byteOffset, size);
    const there = new Uint32Array(this.#mirror.buffer, start * 4, size);
    for (let k = 0; k < size; k++) if (now[k] !== there[k]) return false;
    return true;
  }

  #nonFinite(flat: Float32Array): { place: string; value: number } | null {
    for (const { name, start, size } of this.segments) {
      const at = flat.subarray(start, start + size).findIndex((value) => !Number.isFinite(value));
      if (at !== -1) return { place: `element ${at} of ${name}`, value: flat[start + at] };
    }
    return null;
  }

  #copy(from: readonly GPUBuffer[], to: readonly GPUBuffer[]): void {
    if (from.length === 0) return;
    this.#device.checkAlive(from[0]);
    const encoder = this.#device.gpu.createCommandEncoder();
    from.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, to[index], 0, this.#floats * 4));
    this.#device.gpu.queue.submit([encoder.finish()]);
  }

  async #read(buffers: readonly GPUBuffer[]): Promise<Float32Array[]> {
    if (buffers.length === 0) return [];
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
