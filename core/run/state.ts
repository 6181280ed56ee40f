/**
 * All parameters and the optimiser's values as flat buffers on the GPU: an update
 * is one dispatch, a checkpoint a few copies.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { DeviceError } from "../base/errors.ts";
import type { Slice } from "./dispatch.ts";
import type { AnyModule } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { TrainingState } from "./mirror.ts";
import { BufferUsage } from "./usage.ts";

/** The training state on the GPU. */
export class FlatState extends TrainingState {
  /** The parameters. */
  readonly parameters: GPUBuffer;
  /** The optimiser's buffers, in the order of `optimizer.state`. */
  readonly moments: readonly GPUBuffer[];
  readonly #device: GpuDevice;
  // The optimiser's values at the last keep().
  readonly #kept: readonly GPUBuffer[];
  // One for all read-backs: an epoch and a checkpoint then make no buffer.
  readonly #staging: GPUBuffer;
  readonly #owned: readonly GPUBuffer[];

  private constructor(device: GpuDevice, model: AnyModule, optimizer: Pick<Optimizer, "state">) {
    super(model);
    this.#device = device;
    checkSize(device, model, this.floats);
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC;
    const make = (label: string, count: number, uses: GPUBufferUsageFlags): GPUBuffer =>
      device.buffer(label, count * this.floats * 4, uses);
    this.parameters = make("parameters", 1, usage);
    this.moments = optimizer.state.map((name) => make(name, 1, usage));
    this.#kept = optimizer.state.map((name) => make(`${name}, kept`, 1, usage));
    const count = Math.max(1, this.moments.length);
    this.#staging = make("state read-back", count, BufferUsage.MAP_READ | BufferUsage.COPY_DST);
    this.#owned = [this.parameters, ...this.moments, ...this.#kept, this.#staging];
    this.sync();
  }

  /** Allocates the buffers and fills them with the model's values and zeros; throws a `DeviceError` where they do not fit. */
  static create(device: GpuDevice, model: AnyModule, optimizer: Pick<Optimizer, "state">): Promise<FlatState> {
    return device.withinMemory("the training state", () => new FlatState(device, model, optimizer));
  }

  /** Where a parameter lies. */
  slice(name: string): Slice {
    const { start, size } = this.segments.find((segment) => segment.name === name)!;
    return { buffer: this.parameters, offset: start * 4, size: size * 4 };
  }

  /** Frees the buffers. */
  override dispose(): void {
    this.#owned.forEach((buffer) => this.#device.free(buffer));
  }

  protected override writeParameters(start: number, data: Float32Array): void {
    this.#device.write(this.parameters, start * 4, data);
  }

  protected override async readParameters(): Promise<Float32Array> {
    return (await this.#read([this.parameters]))[0];
  }

  protected override writeMoment(index: number, flat: Float32Array<ArrayBuffer>): void {
    this.#device.write(this.moments[index], 0, flat);
  }

  protected override readAllMoments(): Promise<Float32Array[]> {
    return this.#read(this.moments);
  }

  protected override get momentCount(): number {
    return this.moments.length;
  }

  protected override copyMoments(to: "kept" | "used"): void {
    if (to === "kept") this.#copy(this.moments, this.#kept);
    else this.#copy(this.#kept, this.moments);
  }

  #copy(from: readonly GPUBuffer[], to: readonly GPUBuffer[]): void {
    if (from.length === 0) return;
    this.#device.checkAlive(from[0]);
    const encoder = this.#device.gpu.createCommandEncoder();
    from.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, to[index], 0, this.floats * 4));
    this.#device.gpu.queue.submit([encoder.finish()]);
  }

  async #read(buffers: readonly GPUBuffer[]): Promise<Float32Array[]> {
    if (buffers.length === 0) return [];
    const bytes = this.floats * 4;
    this.#device.checkAlive(this.#staging);
    const encoder = this.#device.gpu.createCommandEncoder();
    buffers.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, this.#staging, index * bytes, bytes));
    this.#device.gpu.queue.submit([encoder.finish()]);
    await this.#device.map(this.#staging, buffers.length * bytes);
    const copy = this.#staging.getMappedRange(0, buffers.length * bytes).slice(0);
    this.#staging.unmap();
    return buffers.map((_, index) => new Float32Array(copy, index * bytes, this.floats));
  }
}

/** Throws a `DeviceError` where the parameters do not fit into the one buffer that holds them all. */
function checkSize(device: GpuDevice, model: AnyModule, floats: number): void {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  const most = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4);
  if (floats <= most) return;
  throw new DeviceError(
    `the model has ${model.parameterCount()} parameters, which lie in one buffer (${floats} numbers with their ` +
      `padding), and a buffer of ${device.description} holds ${most}; use a smaller model or a GPU with larger buffers`,
  );
}
