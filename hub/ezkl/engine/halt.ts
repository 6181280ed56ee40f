/**
 * Ends the Workers that are inside WebAssembly. `Worker.terminate()` does not reach them
 * in Deno 2: neither a running computation nor a thread that waits for work ever looks up.
 * So they are told through the memory they share, in the words of Rust's thread pool:
 *
 * - every thread has a latch that says "leave once you have no work", which the pool
 *   itself never sets; set, the thread returns as soon as its present task is done;
 * - a waiting thread holds a `Mutex<bool>` and a `Condvar`, three words in a row: the lock,
 *   the value, and the word it waits on. It goes on once the value is what it waits for.
 *   The runner, told so that its task is done, finds no result and panics;
 * - whoever asks for more memory is told that there is none, and panics.
 *
 * Who has not ended after that, because it needs no memory or waits for a thread that
 * panicked, finds its memory overwritten with the word of a set latch: what is waited for
 * has come, no list is longer than three, and an address of three is refused by every
 * atomic instruction.
 * @module
 */
import { MAXIMUM_PAGES } from "./memory.ts";

const PAGE = 65536;
const THREAD_WORDS = 9;
const LATCH = 6;
const SET = 3;
const PATIENCE = 700;
const OVERWRITE_BYTES = 64 << 20;

/** Ends one engine, a step at a time. */
export class Halt {
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #latches: number[];
  #value = 0;
  #begun = 0;
  #usedBytes = 0;
  #overwritten = 0;

  /** For an idle engine whose pool of `threads` threads has just been built. */
  constructor(memory: WebAssembly.Memory, threads: number) {
    this.#memory = memory;
    // What threads wait on was all allocated by now; the view outlives the memory's growth because it is shared.
    this.#words = new Int32Array(memory.buffer);
    this.#latches = latchesOf(this.#words, threads);
  }

  /** Whether the latches were found where they are looked for. */
  get able(): boolean {
    return this.#latches.length > 0;
  }

  /** One step; call it again after a while until everybody has ended. */
  step(): void {
    if (this.#begun === 0) {
      this.#begun = Date.now();
      this.#usedBytes = this.#memory.buffer.byteLength;
      this.#exhaust();
    }
    const force = Date.now() - this.#begun > PATIENCE;
    if (force) this.#overwrite();
    for (const latch of this.#latches) Atomics.store(this.#words, latch, SET);
    this.#wake(force);
  }

  /** Takes all the addresses that are left; no memory stands behind them until somebody writes there. */
  #exhaust(): void {
    try {
      this.#memory.grow(MAXIMUM_PAGES - this.#usedBytes / PAGE);
    } catch {
      // A system with less address space to give ends the computation only a little later.
    }
  }

  /** A part of what the engine used, from the start again once it is through. */
  #overwrite(): void {
    const from = this.#overwritten < this.#usedBytes ? this.#overwritten : 0;
    this.#overwritten = Math.min(from + OVERWRITE_BYTES, this.#usedBytes);
    new Int32Array(this.#memory.buffer).fill(SET, from >> 2, this.#overwritten >> 2);
  }

  #wake(force: boolean): void {
    const words = this.#words;
    for (let i = 2; i < words.length; i++) {
      if (Atomics.notify(words, i) === 0) continue;
      // Threads wait for false, the runner for true: each has its turn.
      if (force || words[i - 2] === 0 && words[i - 1]! >>> 1 === 0) Atomics.store(words, i - 1, this.#value);
      if (force) {
        Atomics.store(words, i - 2, 0);
        Atomics.store(words, i, 0);
      }
      Atomics.notify(words, i);
    }
    this.#value = 1 - this.#value;
  }
}

/** Places of the latches: one record of nine words for each thread, each begun and none stopped. */
function latchesOf(words: Int32Array, threads: number): number[] {
  const begun = (at: number) =>
    words[at] === 0 && words[at + 1] === 1 && words[at + 3] === 0 && words[at + 4] === 0 && words[at + 5] === 0 &&
    words[at + LATCH]! >>> 0 < SET && words[at + 7]! > 0 && words[at + 8] === 1;
  const found: number[][] = [];
  for (let at = 0; at + threads * THREAD_WORDS <= words.length; at++) {
    const places = Array.from({ length: threads }, (_, i) => at + i * THREAD_WORDS);
    if (begun(at) && places.every(begun)) found.push(places.map((place) => place + LATCH));
  }
  return found.length === 1 ? found[0]! : [];
}
