/**
 * The one memory of a device, handed out in pieces: a list of what is free, joined where neighbours are.
 * @module
 */
import { DeviceError } from "../../base/errors.ts";

const PAGE = 65536;
/** Pieces begin at multiples of this many bytes, a line of the cache. */
const ALIGNMENT = 64;
/** The most pages that are asked for, and what is tried where that is refused: 4 GiB, 2 GiB, ... */
const MOST_PAGES = [65536, 32768, 16384, 8192];

interface Piece {
  readonly address: number;
  readonly bytes: number;
}

/** A memory with an account of it. */
export class DeviceMemory {
  /** The memory itself. */
  readonly wasm: WebAssembly.Memory;
  /** What modules have to say of it. */
  readonly type: { readonly initial: number; readonly maximum: number; readonly shared: boolean };
  readonly #used = new Map<number, Piece>();
  #free: Piece[];
  /** From this address on nobody has had anything, and all is zero. */
  #untouched = PAGE;

  /** Makes it; shared where several threads are to see it. */
  constructor(shared: boolean) {
    const { memory, maximum } = make(shared);
    this.wasm = memory;
    this.type = { initial: 1, maximum, shared };
    // Address 0 is nobody's.
    this.#free = [{ address: ALIGNMENT, bytes: PAGE - ALIGNMENT }];
  }

  /** Bytes that are handed out. */
  get liveBytes(): number {
    return [...this.#used.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes handed out as zeros; `what` they are for is said in the `DeviceError` where there are none left. */
  take(what: string, size: number): number {
    const bytes = Math.max(ALIGNMENT, Math.ceil(size / ALIGNMENT) * ALIGNMENT);
    let at = this.#free.findIndex((piece) => piece.bytes >= bytes);
    if (at === -1) {
      this.#grow(what, bytes);
      at = this.#free.findIndex((piece) => piece.bytes >= bytes);
    }
    const { address, bytes: there } = this.#free[at];
    if (there === bytes) this.#free.splice(at, 1);
    else this.#free[at] = { address: address + bytes, bytes: there - bytes };
    this.#used.set(address, { address, bytes });
    // Pages that are not written to are no memory yet.
    const used = Math.min(bytes, this.#untouched - address);
    if (used > 0) new Uint8Array(this.wasm.buffer, address, used).fill(0);
    this.#untouched = Math.max(this.#untouched, address + bytes);
    return address;
  }

  /** Takes a piece back. */
  free(address: number): void {
    const piece = this.#used.get(address);
    if (piece === undefined) return;
    this.#used.delete(address);
    const sorted = [...this.#free, piece].sort((a, b) => a.address - b.address);
    this.#free = [];
    for (const next of sorted) {
      const last = this.#free.at(-1);
      if (last !== undefined && last.address + last.bytes === next.address) {
        this.#free[this.#free.length - 1] = { address: last.address, bytes: last.bytes + next.bytes };
      } else this.#free.push(next);
    }
  }

  /** The bytes of a piece that is handed out. */
  sizeOf(address: number): number {
    return this.#used.get(address)?.bytes ?? 0;
  }

  #grow(what: string, bytes: number): void {
    const end = this.wasm.buffer.byteLength;
    const last = this.#free.find((piece) => piece.address + piece.bytes === end);
    const pages = Math.ceil((bytes - (last?.bytes ?? 0)) / PAGE);
    try {
      this.wasm.grow(pages);
    } catch {
      throw new DeviceError(
        `${what} needs ${bytes} bytes beside ${this.liveBytes} in use, and WebAssembly's memory holds ` +
          `${this.type.maximum * PAGE} here; use fewer samples, a smaller batch or a smaller model`,
      );
    }
    // As if the new pages had been handed out and came back.
    this.#used.set(end, { address: end, bytes: pages * PAGE });
    this.free(end);
  }
}

function make(shared: boolean): { memory: WebAssembly.Memory; maximum: number } {
  for (const maximum of MOST_PAGES) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 1, maximum, shared }), maximum };
    } catch { /* a smaller one may be granted */ }
  }
  throw new DeviceError("WebAssembly's memory could not be made: less than 512 MiB of addresses are free here");
}
