/**
 * The CPU as a device: WebAssembly's memory, and the threads that compute in it.
 * @module
 */
import { dispose } from "../../base/dispose.ts";
import { checkArguments, whole } from "../../base/arguments.ts";
import { processors } from "../../base/host.ts";
import { DeviceError } from "../../base/errors.ts";
import { namesOf } from "../../base/known.ts";
import { features } from "../../wasm/features.ts";
import { CpuCore } from "./core.ts";

/** Options of {@linkcode CpuDevice.request}. */
export interface CpuOptions {
  /** Threads that compute; default: as many as the machine runs at once, at most 16. Results are the same for any number. */
  readonly threads?: number;
}

const OPTIONS = namesOf<CpuOptions>({ threads: true });

/** More than so many threads have nothing to do. */
const MOST_THREADS = 16;

const cores = new WeakMap<CpuDevice, CpuCore>();

/** What the engine computes with on a device. */
export function coreOf(device: CpuDevice): CpuCore {
  return cores.get(device)!;
}

/** The CPU, with an account of what it is asked for. */
export class CpuDevice {
  /** Threads that compute. */
  readonly threads: number;
  /** How many pieces of memory, and modules of code, were made so far. */
  readonly counts: Readonly<{ buffers: number; modules: number }>;

  private constructor(core: CpuCore) {
    cores.set(this, core);
    this.threads = core.threads;
    this.counts = core.counts;
  }

  /**
   * Takes the machine's processor. Threads are made when there is something to compute, and end half a second after.
   *
   * Throws a `DeviceError` where WebAssembly has no vectors or no memory is to be had.
   */
  // deno-lint-ignore require-await
  static async request(options: CpuOptions = {}): Promise<CpuDevice> {
    checkArguments("CpuDevice.request()", arguments, 0, OPTIONS);
    if (options.threads !== undefined) whole("CpuDevice.request(): threads", options.threads);
    if (!features().vectors) {
      throw new DeviceError(
        "this runtime's WebAssembly has no vectors of 128 bits (SIMD), which the CPU back end computes with; use a newer " +
          'version of it, or device "gpu"',
      );
    }
    return new CpuDevice(new CpuCore(options.threads ?? Math.min(MOST_THREADS, processors())));
  }

  /** What computes, in words: `CPU, 2 threads, WebAssembly`. */
  get description(): string {
    const threads = this.threads === 1 ? "1 thread" : `${this.threads} threads`;
    const why = features().shared ? "" : " (no shared memory here)";
    return `CPU, ${threads}${why}, WebAssembly`;
  }

  /** Bytes of all memory that is handed out. */
  get liveBytes(): number {
    return coreOf(this).liveBytes;
  }

  /** Waits until all that was asked for is done, then checks for errors. */
  async idle(): Promise<void> {
    const core = coreOf(this);
    await core.pool.inTurn(() => Promise.resolve());
    core.check();
  }

  /** Ends the threads; the memory goes with the last who holds it. */
  [dispose](): void {
    coreOf(this).dispose();
  }
}
