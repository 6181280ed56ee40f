/**
 * The line that jobs wait in. Records in the store are the truth; a job is only the word
 * that somebody should look at one.
 * @module
 */

/** What a job is about. */
export interface JobRef {
  /** Which kind of record. */
  kind: "artifact" | "proof";
  /** Its id. */
  id: string;
}

/** A job that waits or runs. */
export interface LinedJob extends JobRef {
  /** Whether a worker has it. */
  active: boolean;
  /** GiB that it was asked for with. */
  memoryGiB: number;
}

/** Jobs waiting and running. */
export interface QueueCounts {
  /** Those that wait for a worker. */
  queued: number;
  /** Those that a worker has. */
  active: number;
}

/** A queue that several processes share. */
export interface JobQueue {
  /**
   * Asks for a worker with so much memory; nothing happens where the same is asked for already and waits. A job that
   * asks for itself while this process runs it comes into the line again when it has ended.
   */
  enqueue(job: JobRef, memoryGiB: number): Promise<void>;
  /**
   * Takes jobs that need at most `memoryGiB`, one at a time. The handler's signal is aborted when the job is
   * cancelled or was given to another worker. A handler that throws has its job tried again later.
   */
  work(memoryGiB: number, handle: (job: JobRef, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Takes the job from the line; one that runs is aborted. */
  cancel(job: JobRef): Promise<void>;
  /** Everything that waits or runs, in all processes. */
  jobs(): Promise<LinedJob[]>;
  /** How many there are. */
  counts(): Promise<QueueCounts>;
  /** Takes no more jobs, waits up to so many seconds for the running one, then aborts it. */
  stop(drainSeconds: number): Promise<void>;
}
