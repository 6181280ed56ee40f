/**
 * A bound on how many uploads are in memory at once: on the disk they cost nothing.
 * @module
 */

/** Lets so many in at once; others wait in line. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** `most` at once. */
  constructor(most: number) {
    this.#free = most;
  }

  /** Runs it when its turn comes. */
  async take<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/** The turns of uploads. */
export const uploadTurns: Turns = new Turns(4);
