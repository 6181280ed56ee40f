/**
 * Asking for a job.
 * @module
 */
import type { JobRef } from "../queue.ts";
import type { HubContext } from "./context.ts";
import { described } from "../public_error.ts";

/** A job that has not run yet costs nobody knows what; the worker that takes it says what it needs. */
const FIRST_GIB = 1;

/** Asks for a job. The record is stored, so where this fails the next sweep asks again, and the user need not know. */
export async function enqueue(job: JobRef, { services: { queue, log }, requestId }: HubContext): Promise<void> {
  try {
    await queue.enqueue(job, FIRST_GIB);
  } catch (error) {
    log.warn("job not enqueued yet", { requestId, job: job.kind, id: job.id, ...described(error) });
  }
}
