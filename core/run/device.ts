/**
 * The GPU: one adapter and device, with what WebGPU leaves to its user: limits,
 * silent errors, loss, and a count of the bytes alive.
 * @module
 */
import { dispose } from "../base/dispose.ts";
import { DeviceError, NoAdapterError, ShaderError } from "../base/errors.ts";
import type { Profile } from "../graph/op.ts";
import { noAdapter } from "./adapter.ts";
import { checkDevice, checkDeviceOptions, type DeviceOptions } from "./device_options.ts";
import { BufferUsage, MapMode } from "./usage.ts";

export type { DeviceOptions };

/** How many GPU objects were made so far. */
export interface Counts {
  /** Buffers created. */
  buffers: number;
  /** Bind groups created. */
  bindGroups: number;
  /** Pipelines created. */
  pipelines: number;
}

/** Kernels whose compiled form is kept for whoever asks for them again; sizes are part of a kernel, so there is no end of them. */
const MOST_PIPELINES = 256;

/** The most bytes that go out in one write. */
const WRITE_BYTES = 4 << 20;

/** Mesa's software driver. */
const LLVMPIPE = /llvmpipe/i;

/** A GPU device that keeps account of what it is asked for. */
export class GpuDevice {
  /** The device itself. */
  readonly gpu: GPUDevice;
  /** What the adapter says of itself. */
  readonly info: GPUAdapterInfo;
  /** The tunables chosen for this adapter. */
  readonly profile: Profile;
  /** Objects created so far. */
  readonly counts: Counts = { buffers: 0, bindGroups: 0, pipelines: 0 };
  readonly #buffers = new Set<GPUBuffer>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  /** Where the device came from: npm's `webgpu` ends a device whose instance is collected. */
  readonly #source: GPU | undefined;
  #failure: Error | null = null;
  #disposed = false;

  private constructor(gpu: GPUDevice, info: GPUAdapterInfo, profile: Profile, source: GPU | undefined) {
    this.gpu = gpu;
    this.#source = source;
    this.info = info;
    this.profile = profile;
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      const { error } = event as unknown as { error: GPUError };
      this.#failure ??= new DeviceError(`the GPU refused a command: ${error.message}`);
    });
    gpu.lost.then((info) => {
      if (this.#disposed) return;
      this.#failure = new DeviceError(
        `the GPU device was lost (${info.reason}): ${info.message.replace(/\.$/, "") || "no reason was given"}. ` +
          "Make a new trainer and go on from the last checkpoint",
      );
    });
  }

  /**
   * Asks for an adapter and a device with the adapter's own limits.
   *
   * Throws a `NoAdapterError` that says what to install where none answers.
   */
  static async request(options: DeviceOptions = {}): Promise<GpuDevice> {
    checkDeviceOptions("GpuDevice.request()", arguments);
    const gpu = options.gpu ?? globalThis.navigator?.gpu;
    const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) throw new NoAdapterError(noAdapter(gpu));
    const { limits } = adapter;
    const features: GPUFeatureName[] = adapter.features.has("timestamp-query") ? ["timestamp-query"] : [];
    const device = await adapter.requestDevice({
      requiredFeatures: features,
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
        maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      },
    });
    return GpuDevice.#of(device, adapter.info, options.profile, gpu);
  }

  /**
   * Takes a device that the caller has made, and whose source (in Node, what
   * `create([])` gave) the caller keeps; the engine's default limits are WebGPU's own.
   */
  static wrap(device: GPUDevice, info: GPUAdapterInfo, profile: Partial<Profile> = {}): GpuDevice {
    checkDevice("GpuDevice.wrap()", device, info, profile);
    return GpuDevice.#of(device, info, profile, undefined);
  }

  static #of(
    device: GPUDevice,
    info: GPUAdapterInfo,
    profile: Partial<Profile> = {},
    source: GPU | undefined,
  ): GpuDevice {
    const onCpu = LLVMPIPE.test(info.description);
    return new GpuDevice(device, info, {
      kind: onCpu ? "cpu" : "gpu",
      unroll: onCpu,
      workgroupMemory: Math.min(16384, device.limits.maxComputeWorkgroupStorageSize),
      ...profile,
    }, source);
  }

  /** Whether the driver makes a kernel's code at its first dispatch, and not when the pipeline is made. */
  get compilesLate(): boolean {
    return LLVMPIPE.test(this.info.description);
  }

  /** Bytes of all buffers that are alive. */
  get liveBytes(): number {
    let bytes = 0;
    for (const buffer of this.#buffers) bytes += buffer.size;
    return bytes;
  }

  /** The adapter in words: `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  get description(): string {
    const { description, device, vendor, architecture } = this.info;
    return description || device || `${vendor} ${architecture}`.trim() || "unnamed adapter";
  }

  /** Throws the first thing that the GPU has complained about, if anything: nothing later can be trusted. */
  check(): void {
    if (this.#disposed) throw new DeviceError("the GPU device was disposed of; make a new device or trainer");
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Makes a buffer of at least `size` bytes (rounded up to 4).
   *
   * Throws a `DeviceError` where the size is above the device's limit.
   */
  buffer(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    this.check();
    const rounded = Math.max(4, Math.ceil(size / 4) * 4);
    const storage = (usage & BufferUsage.STORAGE) !== 0;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.gpu.limits;
    const limit = storage ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (rounded > limit) {
      throw new DeviceError(
        `${label} needs ${rounded} bytes and a buffer of ${this.description} holds ${limit}; ` +
          "use fewer samples, a smaller batch or a smaller model",
      );
    }
    this.counts.buffers++;
    const buffer = this.gpu.createBuffer({ label, size: rounded, usage });
    this.#buffers.add(buffer);
    return buffer;
  }

  /** Makes a storage buffer and fills it. */
  upload(label: string, data: Float32Array | Uint32Array | Uint8Array, usage: GPUBufferUsageFlags = 0): GPUBuffer {
    const all = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC | usage;
    const buffer = this.buffer(label, data.byteLength, all);
    this.write(buffer, 0, data);
    return buffer;
  }

  /** Writes bytes into a buffer; a length that is not a multiple of 4 is padded with zeros. */
  write(buffer: GPUBuffer, offset: number, data: Float32Array | Uint32Array | Uint8Array): void {
    const { byteLength } = data;
    const whole = byteLength - byteLength % 4;
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, byteLength);
    for (let at = 0; at < whole; at += WRITE_BYTES) {
      this.gpu.queue.writeBuffer(buffer, offset + at, bytes, at, Math.min(WRITE_BYTES, whole - at));
      // A write is staged in host memory until the next submit: a data set at once would lie there twice.
      if (whole > WRITE_BYTES) this.gpu.queue.submit([]);
    }
    if (whole === byteLength) return;
    const rest = new Uint8Array(4);
    rest.set(bytes.subarray(whole));
    this.gpu.queue.writeBuffer(buffer, offset + whole, rest);
  }

  /** Destroys a buffer that this device made. */
  free(buffer: GPUBuffer): void {
    if (this.#buffers.delete(buffer)) buffer.destroy();
  }

  /** Throws a `DeviceError` where a buffer was freed: to use it would be an error of the whole device. */
  checkAlive(buffer: GPUBuffer): void {
    this.check();
    if (!this.#buffers.has(buffer)) throw new DeviceError(`the buffer ${buffer.label} was freed`);
  }

  /** Makes a bind group. */
  bindGroup(layout: GPUBindGroupLayout, entries: GPUBindGroupEntry[]): GPUBindGroup {
    this.counts.bindGroups++;
    return this.gpu.createBindGroup({ layout, entries });
  }

  /**
   * Compiles a kernel whose entry point is `main`, once per source and layout.
   *
   * Throws a `ShaderError` that holds the compiler's message and the line.
   */
  pipeline(name: string, code: string, layout: GPUPipelineLayout, layoutKey: string): Promise<GPUComputePipeline> {
    this.check();
    const key = layoutKey + code;
    let pipeline = this.#pipelines.get(key);
    this.#pipelines.delete(key);
    if (pipeline === undefined) {
      this.counts.pipelines++;
      pipeline = this.#compile(name, code, layout);
      pipeline.catch(() => this.#pipelines.delete(key));
      const [oldest] = this.#pipelines.size < MOST_PIPELINES ? [] : this.#pipelines.keys();
      if (oldest !== undefined) this.#pipelines.delete(oldest);
    }
    // The last in the map is the one asked for last.
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }

  /**
   * Runs `body` and throws a `DeviceError` where the GPU ran out of memory in it.
   * Where that happens, or `body` throws, the buffers that it made are freed.
   */
  async withinMemory<T>(what: string, body: () => T): Promise<T> {
    const before = new Set(this.#buffers);
    const asked = (): GPUBuffer[] => [...this.#buffers].filter((buffer) => !before.has(buffer));
    this.gpu.pushErrorScope("out-of-memory");
    let result: T;
    try {
      result = body();
    } catch (error) {
      asked().forEach((buffer) => this.free(buffer));
      await this.gpu.popErrorScope();
      throw error;
    }
    const made = asked();
    const error = await this.gpu.popErrorScope();
    if (error === null) return result;
    const bytes = made.reduce((sum, { size }) => sum + size, 0);
    made.forEach((buffer) => this.free(buffer));
    throw new DeviceError(
      `the GPU ran out of memory: ${what} needs ${bytes} bytes beside ${this.liveBytes} in use (${error.message}); ` +
        "use a smaller batch, fewer samples or a smaller model",
    );
  }

  /** Waits until the GPU has done all that was submitted, then checks for errors. */
  async idle(): Promise<void> {
    await this.gpu.queue.onSubmittedWorkDone();
    this.check();
  }

  /** Copies `size` bytes of a buffer back to the host. */
  async read(buffer: GPUBuffer, offset = 0, size: number = buffer.size - offset): Promise<ArrayBuffer> {
    this.checkAlive(buffer);
    const staging = this.buffer("read-back", size, BufferUsage.MAP_READ | BufferUsage.COPY_DST);
    try {
      const encoder = this.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, offset, staging, 0, size);
      this.gpu.queue.submit([encoder.finish()]);
      await this.map(staging, size);
      return staging.getMappedRange(0, size).slice(0);
    } finally {
      this.free(staging);
    }
  }

  /** Maps a read-back buffer; throws a `DeviceError` where the device failed meanwhile. */
  async map(staging: GPUBuffer, size: number): Promise<void> {
    try {
      await staging.mapAsync(MapMode.READ, 0, size);
    } catch (error) {
      await this.#explain();
      throw new DeviceError(`results could not be read back from the GPU: ${(error as Error).message}`);
    }
    this.check();
  }

  /** Destroys the device and every buffer. */
  [dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const buffer of this.#buffers) buffer.destroy();
    this.#buffers.clear();
    this.gpu.destroy();
  }

  /** Throws what lies behind a failure: the loss of a device is told only a turn of the event loop later. */
  async #explain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.check();
  }

  async #compile(name: string, code: string, layout: GPUPipelineLayout): Promise<GPUComputePipeline> {
    this.gpu.pushErrorScope("validation");
    const module = this.gpu.createShaderModule({ label: name, code });
    const popped = this.gpu.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    await popped;
    const first = messages.find((message) => message.type === "error");
    if (first !== undefined) {
      if (first.lineNum === 0) await this.#explain();
      const line = code.split("\n")[first.lineNum - 1];
      const place = line === undefined ? "" : `line ${first.lineNum}, column ${first.linePos}: `;
      const quote = line === undefined ? "" : `\n  ${line.trim()}`;
      throw new ShaderError(`kernel ${name} does not compile: ${place}${first.message.trim()}${quote}`);
    }
    try {
      return await this.gpu.createComputePipelineAsync({
        label: name,
        layout,
        compute: { module, entryPoint: "main" },
      });
    } catch (error) {
      await this.#explain();
      throw new ShaderError(`kernel ${name} was refused by ${this.description}: ${(error as Error).message}`);
    }
  }
}
