/**
 * The CPU as a device: WebAssembly's memory, and the threads that compute in it.
 * @module
 */
import { dispose } from "../../base/dispose.ts";
import { DeviceError } from "../../base/errors.ts";
import { features } from "../../wasm/features.ts";
import type { MemoryType } from "../../wasm/module.ts";
import { DeviceMemory } from "./memory.ts";

/** A CPU that keeps account of what it is asked for. */
export class CpuDevice {
  /** Threads that compute. */
  readonly threads: number;
  readonly #memory: DeviceMemory;
  readonly #sizes = new Map<number, number>();
  #disposed = false;

  private constructor(threads: number) {
    const shared = features().shared;
    this.threads = shared ? threads : 1;
    this.#memory = new DeviceMemory(shared);
  }

  static request(options: { readonly threads?: number } = {}): Promise<CpuDevice> {
    if (!features().vectors) throw new DeviceError("this runtime's WebAssembly has no vectors");
    return Promise.resolve(new CpuDevice(options.threads ?? 1));
  }

  get memory(): WebAssembly.Memory {
    return this.#memory.wasm;
  }

  get memoryType(): MemoryType {
    return this.#memory.type;
  }

  get liveBytes(): number {
    return this.#memory.liveBytes;
  }

  take(what: string, bytes: number): number {
    this.check();
    const address = this.#memory.take(what, bytes);
    this.#sizes.set(address, bytes);
    return address;
  }

  sizeOf(address: number): number {
    return this.#sizes.get(address) ?? 0;
  }

  free(address: number): void {
    this.#sizes.delete(address);
    this.#memory.free(address);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  check(): void {
    if (this.#disposed) throw new DeviceError("the CPU device was disposed of; make a new device or trainer");
  }

  [dispose](): void {
    this.#disposed = true;
  }
}
