/**
 * What a CPU device consists of: WebAssembly's memory, and the threads that compute in it.
 * @module
 */
import { DeviceError } from "../../base/errors.ts";
import { features } from "../../wasm/features.ts";
import type { MemoryType } from "../../wasm/module.ts";
import { DeviceMemory } from "./memory.ts";
import { Pool } from "./pool.ts";

/** Memory and threads, with an account of what is asked of them. */
export class CpuCore {
  /** Threads that compute. */
  readonly threads: number;
  /** How many pieces of memory, and modules, were made so far. */
  readonly counts: { buffers: number; modules: number } = { buffers: 0, modules: 0 };
  readonly #memory: DeviceMemory;
  readonly #pool: Pool;
  readonly #sizes = new Map<number, number>();
  readonly #leaving = new Set<number>();
  #disposed = false;

  /** Makes the memory; threads are made when there is something to compute. */
  constructor(threads: number) {
    const { shared } = features();
    this.threads = shared ? threads : 1;
    this.#memory = new DeviceMemory(shared);
    this.#pool = new Pool(this.threads, this.#memory.wasm);
  }

  /** The memory. */
  get memory(): WebAssembly.Memory {
    return this.#memory.wasm;
  }

  /** What modules have to say of it. */
  get memoryType(): MemoryType {
    return this.#memory.type;
  }

  /** The threads. */
  get pool(): Pool {
    return this.#pool;
  }

  /** Bytes of all memory that is handed out. */
  get liveBytes(): number {
    const leaving = [...this.#leaving].reduce((sum, address) => sum + this.#memory.sizeOf(address), 0);
    return this.#memory.liveBytes - leaving;
  }

  /** Hands out memory, zeroed; throws a `DeviceError` where there is none left. */
  take(what: string, bytes: number): number {
    this.check();
    this.counts.buffers++;
    const address = this.#memory.take(what, bytes);
    this.#sizes.set(address, bytes);
    return address;
  }

  /** The bytes that were asked for at an address. */
  sizeOf(address: number): number {
    return this.#sizes.get(address) ?? 0;
  }

  /** Takes memory back; what threads may be writing to is handed out again only when they are done. */
  free(address: number): void {
    if (!this.#sizes.delete(address)) return;
    if (!this.#pool.busy) return this.#memory.free(address);
    this.#leaving.add(address);
    void this.#pool.inTurn(() => Promise.resolve()).then(() => {
      this.#leaving.delete(address);
      this.#memory.free(address);
    });
  }

  /** Throws a `DeviceError` where memory was freed: what lies there now is somebody else's. */
  checkAlive(address: number): void {
    this.check();
    if (!this.#sizes.has(address)) throw new DeviceError("the memory that this was made with was freed");
  }

  /** Floats that lie in the memory; good until more is taken. */
  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** Whole numbers likewise. */
  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  /** Bytes likewise. */
  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count);
  }

  /** Throws where the device was disposed of. */
  check(): void {
    if (this.#disposed) throw new DeviceError("the CPU device was disposed of; make a new device or trainer");
  }

  /** Ends the threads; the memory goes with the last who holds it. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#pool.dispose();
  }
}
