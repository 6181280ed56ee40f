/**
 * What a hub counts, for Prometheus.
 * @module
 */

/** Numbers of one process. */
export interface Metrics {
  /** A request was answered. */
  request(route: string, status: number, seconds: number): void;
  /** A stage of a job ended. */
  stage(kind: "artifact" | "proof", stage: string, outcome: "done" | "kept" | "failed", seconds: number): void;
  /** Text in Prometheus' format. */
  text(): Promise<string>;
}
