/**
 * What the parts of a hub are given.
 * @module
 */
import type { HubConfig } from "./config.ts";
import type { Blobs } from "./files/blobs.ts";
import type { JobQueue } from "./queue.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Store } from "./store/store.ts";

/** The running parts that others build on. */
export interface Services {
  /** What the operator set. */
  readonly config: HubConfig;
  /** The account book. */
  readonly store: Store;
  /** The files. */
  readonly blobs: Blobs;
  /** The line of jobs. */
  readonly queue: JobQueue;
  /** Where events are told. */
  readonly log: Log;
  /** What is counted. */
  readonly metrics: Metrics;
}
