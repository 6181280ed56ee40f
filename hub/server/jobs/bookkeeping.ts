/**
 * What is written down beside the work: a stage need not wait until the results of the one
 * before it are stored, but nothing counts as done before they are.
 * @module
 */

/** Does one thing after another; after a failure nothing more. */
export class Bookkeeping {
  readonly #failed = new AbortController();
  #last: Promise<void> = Promise.resolve();

  /** Aborted with the failure, for whatever goes on meanwhile. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /**
   * Does it once all that was asked for before is done. The promise may be left alone: what fails, fails all that is
   * asked for after it.
   */
  add(body: () => Promise<void>): Promise<void> {
    const next = this.#last.then(body);
    next.catch((error) => this.#failed.abort(error));
    this.#last = next;
    return next;
  }

  /** Resolves once nothing is under way, whether it failed or not. */
  async ended(): Promise<void> {
    await this.#last.catch(() => {});
  }
}
