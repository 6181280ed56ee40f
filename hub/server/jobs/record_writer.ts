/**
 * Writing down how far a job is: never over another worker's words, and not too often.
 * @module
 */
/** Milliseconds between two notes of progress. */
const PACE = 500;

/** Somebody else has the record now: a later attempt, or the user who cancelled it. The job ends without a word. */
export class LostJobError extends Error {
  /** The class, as text. */
  override name = "LostJobError";
}

/** Writes one attempt's patches; the first that is refused ends the attempt. */
export class RecordWriter<Patch extends { progress?: number }> {
  readonly #patch: (patch: Patch) => Promise<boolean>;
  readonly #lost = new AbortController();
  #next: Patch | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = -Infinity;
  #line: Promise<unknown> = Promise.resolve();

  /** `patch` answers whether the record was still this attempt's. */
  constructor(patch: (patch: Patch) => Promise<boolean>) {
    this.#patch = patch;
  }

  /** Aborted once the record is somebody else's. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Writes it now; a note of progress that waits is dropped.
   * @throws {LostJobError} where the record is somebody else's
   */
  async write(patch: Patch): Promise<void> {
    this.#forget();
    await this.#turn(patch);
  }

  /** Notes how far it is, at most twice a second; the latest note counts, and one that cannot be written is skipped. */
  progress(patch: Patch): void {
    if (this.lost.aborted) return;
    this.#next = patch;
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#last + PACE - performance.now()));
  }

  /** Writes no more notes. */
  async close(): Promise<void> {
    this.#forget();
    await this.#line;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = null;
  }

  #flush(): void {
    const patch = this.#next;
    this.#forget();
    if (patch === null) return;
    // Whoever lost the record hears it from the signal; anything else the next write that matters meets by itself.
    this.#turn(patch).catch(() => {});
  }

  /** One after another, so that an older note never comes after a newer one. */
  async #turn(patch: Patch): Promise<void> {
    const turn = this.#line.then(async () => {
      if (this.lost.aborted) throw this.lost.reason;
      this.#last = performance.now();
      if (await this.#patch(patch)) return;
      this.#lost.abort(new LostJobError("the record is somebody else's now"));
      throw this.lost.reason;
    });
    this.#line = turn.catch(() => {});
    await turn;
  }
}
