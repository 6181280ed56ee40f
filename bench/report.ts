/**
 * What a contestant of the bench says of itself: one line of JSON on its
 * standard output, read by `bench/mod.ts`.
 * @module
 */
import { parseArgs } from "node:util";

/** The environment variable in which the runner hands over the moment of a contestant's start. */
export const STARTED: string = "ZKGRAD_BENCH_STARTED";

/** A contestant's result. */
export interface Report {
  /** The library, as in `tfjs`. */
  readonly name: string;
  /** What it computed with: `webgpu`, `wasm`, `cpu`. */
  readonly backend: string;
  /** The GPU adapter's own words, or `-` where none was used. */
  readonly adapter: string;
  /** The library's version. */
  readonly version: string;
  /** Images trained on per second: the median of windows of about a second. */
  readonly imagesPerSecond: number;
  /** Milliseconds a training step, in the same window. */
  readonly msPerStep: number;
  /** Steps in all the timed windows together. */
  readonly steps: number;
  /** Milliseconds from the start of the process to the first step's loss: imports, data, compilation. */
  readonly firstStepMs: number;
  /** The most memory that the process held, in MB of 10^6 bytes. */
  readonly peakRssMb: number;
  /** The losses of the first three steps. */
  readonly firstLosses: readonly number[];
  /** More to print below the table. */
  readonly notes?: string;
}

/** Prints the line that the runner waits for. */
export function printReport(report: Report): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report) + "\n"));
}

/** The report among a contestant's output, whatever else its libraries printed; null: there is none. */
export function findReport(output: string): Report | null {
  for (const line of output.split("\n").reverse()) {
    if (!line.startsWith("{")) continue;
    try {
      const report = JSON.parse(line);
      if ("imagesPerSecond" in report && Array.isArray(report.firstLosses)) return report;
    } catch {
      // A library's own line that opens with a brace.
    }
  }
  return null;
}

/** Milliseconds since the process was started, by the runner's clock if there is a runner. */
export function sinceStart(): number {
  const started = Number(Deno.env.get(STARTED));
  return Date.now() - (started || performance.timeOrigin);
}

/** The most memory the process has held so far, in MB; what it holds now where the system does not tell. */
export function peakRssMb(): number {
  try {
    const kilobytes = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    if (kilobytes) return Number(kilobytes) * 1024 / 1e6;
  } catch {
    // Not Linux.
  }
  return Deno.memoryUsage().rss / 1e6;
}

/** How the adapter that WebGPU offers by default calls itself. */
export async function adapterName(): Promise<string> {
  const info = (await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }))?.info;
  return info ? info.description || info.device || info.vendor || "unnamed" : "none";
}

/** The seconds that the runner grants for the timed part: `--seconds`, 20 by default. */
export function secondsGranted(): number {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "20" } } });
  return Number(values.seconds);
}

/** The middle one of some numbers, or the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
