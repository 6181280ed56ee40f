/**
 * The stopwatch, the same for every peer.
 * @module
 */
import { BATCH } from "../data.ts";
import { median, peakRssMb, printReport, type Report, secondsGranted, sinceStart } from "../report.ts";

/** A library that trains LeNet. */
export interface Peer extends Pick<Report, "name" | "backend" | "adapter" | "version"> {
  /** Queues a training step on this batch: forward, backward, Adam. */
  step(batch: number): void | Promise<void>;
  /** Waits until every step queued is done, and gives the last one's loss. */
  loss(): Promise<number>;
}

const WARM_UP_SECONDS = 2;
const FIRST_STEPS = 3;

/**
 * Trains, times and prints the report.
 *
 * A window is as many steps as take about a second, none of them awaited but the
 * last: long enough for the wait at its end not to matter, short enough for a
 * queue of GPU work not to fill the memory.
 */
export async function measure(peer: Peer, seconds: number = secondsGranted()): Promise<void> {
  let batch = 0;
  const train = async (steps: number): Promise<number> => {
    const begun = performance.now();
    for (let i = 0; i < steps; i++) await peer.step(batch++);
    await peer.loss();
    return (performance.now() - begun) / steps;
  };

  const firstLosses: number[] = [];
  let firstStepMs = 0;
  while (firstLosses.length < FIRST_STEPS) {
    await peer.step(batch++);
    firstLosses.push(await peer.loss());
    firstStepMs ||= sinceStart();
  }

  let msPerStep = Infinity;
  for (const begun = performance.now(); performance.now() - begun < WARM_UP_SECONDS * 1000;) {
    msPerStep = Math.min(msPerStep, await train(2));
  }

  const window = Math.max(1, Math.round(1000 / msPerStep));
  const windows: number[] = [];
  for (const begun = performance.now(); performance.now() - begun < seconds * 1000;) windows.push(await train(window));
  msPerStep = median(windows);
  const { name, backend, adapter, version } = peer;
  printReport({
    ...{ name, backend, adapter, version },
    ...{ imagesPerSecond: BATCH * 1000 / msPerStep, msPerStep, steps: windows.length * window },
    ...{ firstStepMs, peakRssMb: peakRssMb(), firstLosses },
  });
}
