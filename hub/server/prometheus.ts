/**
 * The hub's numbers, by prom-client.
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from "npm:prom-client@15.1.3";
import type { JobQueue } from "./queue.ts";
import type { Metrics } from "./metrics.ts";
import type { Store } from "./store/store.ts";

/** What is asked whenever somebody asks for the numbers. */
export interface MetricSources {
  /** For records by status. */
  store: Pick<Store, "counts">;
  /** For jobs. */
  queue: Pick<JobQueue, "counts">;
}

/** Names of routes and stages are few, so that there are few series; ids are never labels. */
export function prometheus({ store, queue }: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: "zkgrad_hub_request_seconds",
    help: "Seconds from a request's first header to the last byte of its answer",
    labelNames: ["route", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10, 60],
    registers,
  });
  const stages = new Histogram({
    name: "zkgrad_hub_stage_seconds",
    help: "Seconds of a stage of a job; kept: an earlier result was taken",
    labelNames: ["kind", "stage", "outcome"],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
    registers,
  });
  const failed = new Counter({
    name: "zkgrad_hub_scrape_failures_total",
    help: "Times that the database or the queue did not say its counts",
    registers,
  });
  const memory = new Gauge({
    name: "zkgrad_hub_process_bytes",
    help: "Memory of this process: all of it, and JavaScript's part",
    labelNames: ["kind"],
    registers,
  });
  const jobs = new Gauge({ name: "zkgrad_hub_jobs", help: "Jobs in the line", labelNames: ["state"], registers });
  const records = new Gauge({
    name: "zkgrad_hub_records",
    help: "Artifacts and proofs by status",
    labelNames: ["kind", "status"],
    registers,
  });

  const measure = (): void => {
    const { rss, heapUsed } = Deno.memoryUsage();
    memory.set({ kind: "resident" }, rss);
    memory.set({ kind: "heap" }, heapUsed);
  };
  const countJobs = async (): Promise<void> => {
    for (const [state, count] of Object.entries(await queue.counts())) jobs.set({ state }, count);
  };
  const countRecords = async (): Promise<void> => {
    const { artifacts, proofs } = await store.counts();
    records.reset(); // of a status that nothing has any more
    for (const [status, count] of Object.entries(artifacts)) records.set({ kind: "artifact", status }, count);
    for (const [status, count] of Object.entries(proofs)) records.set({ kind: "proof", status }, count);
  };
  return {
    request: (route, status, seconds) => requests.observe({ route, status }, seconds),
    stage: (kind, stage, outcome, seconds) => stages.observe({ kind, stage, outcome }, seconds),
    text: async () => {
      measure();
      await Promise.all([countJobs().catch(() => failed.inc()), countRecords().catch(() => failed.inc())]);
      return await registry.metrics();
    },
  };
}
