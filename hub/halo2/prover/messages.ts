/**
 * What the prover and its threads say to each other.
 * @module
 */
import type { Job, JobResult } from "./jobs.ts";
import type { SharedTools } from "./tools.ts";

/** What a thread is told. */
export type ToThread =
  /** What all share, and where the thread may write: from one address to another. */
  | { readonly kind: "join"; readonly tools: SharedTools; readonly from: number; readonly to: number }
  | { readonly kind: "do"; readonly job: Job };

/** What a thread says. */
export type FromThread =
  | { readonly kind: "joined" }
  | { readonly kind: "done"; readonly result: JobResult }
  | { readonly kind: "failed"; readonly reason: string };
