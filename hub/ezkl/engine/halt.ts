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
 * A thread that waits for a task of one that panicked would wait forever. Once all that are
 * left wait, every word that can be such a task's latch is set: the task is over, has no
 * result, and that is a panic too. To overwrite memory under a computation is no way: some
 * loops never end on what they find then.
 * @module
 */
import { MAXIMUM_PAGES } from "./memory.ts";

const PAGE = 65536;
const THREAD_WORDS = 9;
const LATCH = 6;
const SET = 3;
const ASLEEP = 2;
const PATIENCE = 4;

/** Ends one engine, a step at a time. */
export class Halt {
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #latches: number[];
  #value = 0;
  #idle = 0;

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

  /** One step, while `alive` Workers have not ended; call it again after a while. */
  step(alive: number): void {
    this.#exhaust();
    for (const latch of this.#latches) Atomics.store(this.#words, latch, SET);
    this.#idle = this.#wake() < alive ? 0 : this.#idle + 1;
    if (this.#idle > PATIENCE) this.#giveUpTasks();
  }

  /** Takes all the addresses that are left; no memory stands behind them until somebody writes there. */
  #exhaust(): void {
    const left = MAXIMUM_PAGES - this.#memory.buffer.byteLength / PAGE;
    try {
      if (left > 0) this.#memory.grow(left);
    } catch {
      // A system with less address space to give ends the computation only a little later.
    }
  }

  /** Wakes everybody who waits, and says how many do. */
  #wake(): number {
    const words = this.#words;
    let waiting = 0;
    for (let i = 2; i < words.length; i++) {
      const woken = Atomics.notify(words, i);
      if (woken === 0) continue;
      waiting += woken;
      // Threads wait for false, the runner for true: each has its turn.
      if (words[i - 2] === 0 && words[i - 1]! >>> 1 === 0) Atomics.store(words, i - 1, this.#value);
      // A lock whose owner panicked.
      else if (this.#idle > PATIENCE) Atomics.store(words, i, 0);
      Atomics.notify(words, i);
    }
    this.#value = 1 - this.#value;
    return waiting;
  }

  #giveUpTasks(): void {
    for (let i = 0; i < this.#words.length; i++) Atomics.compareExchange(this.#words, i, ASLEEP, SET);
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
