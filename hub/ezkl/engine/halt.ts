/**
 * Ends the Workers that are inside WebAssembly. `Worker.terminate()` does not reach them
 * in Deno 2: neither a running computation nor a thread that waits for work ever looks up.
 * So they are told through the memory they share, in the words of Rust's thread pool:
 *
 * - every thread has a latch that says "leave once you have no work", which the pool
 *   itself never sets; set, the thread returns as soon as its present task is done;
 * - a waiting thread holds a `Mutex<bool>` and a `Condvar`, three words in a row: the lock,
 *   the value, and the word it waits on. It goes on once the value is what it waits for.
 *   The runner, told so that its task is done, finds no result and panics.
 * @module
 */

const THREAD_WORDS = 9;
const LATCH = 6;
const SET = 3;

/** Ends one engine, a step at a time. */
export class Halt {
  readonly #words: Int32Array;
  readonly #latches: number[];
  #value = 0;

  /** For an idle engine whose pool of `threads` threads has just been built. */
  constructor(memory: WebAssembly.Memory, threads: number) {
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
    for (const latch of this.#latches) Atomics.store(this.#words, latch, SET);
    for (let i = 2; i < this.#words.length; i++) {
      if (Atomics.notify(this.#words, i) === 0) continue;
      // Threads wait for false, the runner for true: each has its turn.
      if (this.#words[i - 2] === 0 && this.#words[i - 1]! >>> 1 === 0) this.#words[i - 1] = this.#value;
      Atomics.notify(this.#words, i);
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
