/**
 * How many requests are being answered, for an end that waits for them.
 * @module
 */

/** Requests from their first header to the last byte of their answer. */
export class UnderWay {
  #count = 0;
  #none: (() => void) | null = null;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Counts one in; returns what counts it out. */
  enter(): () => void {
    this.#count++;
    return () => {
      if (--this.#count === 0) this.#none?.();
    };
  }

  /** Waits until there are none, at most so many seconds; returns how many are left. */
  async end(seconds: number): Promise<number> {
    if (this.#count === 0) return 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#none = resolve;
    const timer = setTimeout(resolve, seconds * 1000);
    await promise;
    clearTimeout(timer);
    return this.#count;
  }
}
