/**
 * The loop of an epoch: steps go out many at a time, while the losses of those
 * before are read back.
 * @module
 */
import type { CompileProgress } from "./compile.ts";
import { sizeOf } from "../base/shape.ts";
import type { StepProgram } from "./backend.ts";
import type { Feed } from "./feed.ts";
import { MAX_STEPS } from "./program.ts";
import type { StepFields } from "./step.ts";
import { type Progress, Tally } from "./tally.ts";

/** What an epoch, or an evaluation, came to. */
export interface EpochResult {
  /** Mean loss over the samples. */
  readonly loss: number;
  /** Share of samples whose class was right; null where the loss does not tell. */
  readonly accuracy: number | null;
  /** Samples seen. */
  readonly samples: number;
  /** Steps taken. */
  readonly steps: number;
  /** Seconds taken. */
  readonly seconds: number;
  /** Milliseconds a step that the host spent on recording and submitting. */
  readonly hostMs: number;
  /** What the metrics of an evaluation gave, by their names; none unless it was given some. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Options of {@linkcode Trainer.fit}. */
export interface FitOptions {
  /** Called a few times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Takes only the first so many batches of the epoch. */
  readonly steps?: number;
  /** Stops after the kernel or the steps that are under way; the epoch's promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Called before the first epoch, and one of another batch size, as kernels are compiled one after another. */
  readonly onCompile?: (progress: CompileProgress) => void;
}

/** How long one submit should take, in seconds: long enough to be cheap, short enough to report. */
const SUBMIT_SECONDS = 0.25;

/**
 * Runs steps of a program over a data set that was prepared for it.
 *
 * @param steps The steps, in order.
 * @param options Who is told of the progress, and what may stop it.
 * @param onNonFinite Called with the index of a step whose loss is not a finite number; what it throws ends the run.
 * @param onSent Called with the number of steps after each submit.
 */
export async function runSteps(
  program: StepProgram,
  feed: Feed,
  steps: readonly Omit<StepFields, "row">[],
  { onProgress, signal }: FitOptions,
  onNonFinite: (step: number) => void,
  onSent: (count: number) => void,
): Promise<EpochResult> {
  const tally = new Tally(steps, program.batch, program.countsHits, onNonFinite);
  const began = performance.now();
  let hostMs = 0;
  let size = 1;
  let pending: Promise<void> | null = null;
  try {
    for (let at = 0; at < steps.length;) {
      signal?.throwIfAborted();
      const count = feed.most(steps, at, size);
      const submitted = performance.now();
      const { data, steps: fed } = feed.feed(steps.slice(at, at + count));
      const part = fed.map((step, index) => ({ ...step, row: index * program.batch }));
      const rows = program.submit(data, part, (ms) => hostMs += ms);
      onSent(part.length);
      const previous = pending;
      const start = at;
      pending = rows.then((read) => tally.add(start, part.length, read));
      pending.catch(() => {});
      await previous;
      if (onProgress !== undefined) onProgress(tally.progress((performance.now() - began) / 1000));
      const seconds = (performance.now() - submitted) / 1000;
      at += part.length;
      size = Math.max(1, Math.min(MAX_STEPS, size * 4, Math.round(size * SUBMIT_SECONDS / Math.max(seconds, 1e-4))));
    }
  } catch (error) {
    // The read-back under way must end before its buffer can be used again.
    await pending?.catch(() => {});
    throw error;
  }
  await pending;
  const seconds = (performance.now() - began) / 1000;
  onProgress?.(tally.progress(seconds));
  return resultOf(tally, steps.length, seconds, hostMs);
}

/**
 * Evaluates steps with all of their outputs, `[samples, ...output]`, in the steps' order.
 *
 * @param steps The steps, in order, whose samples lie one behind the other.
 */
export async function runOutputs(
  program: StepProgram,
  feed: Feed,
  steps: readonly Omit<StepFields, "row">[],
): Promise<{ readonly result: EpochResult; readonly outputs: Float32Array<ArrayBuffer> }> {
  const tally = new Tally(steps, program.batch, program.countsHits, () => {});
  const began = performance.now();
  const features = sizeOf(program.output.shape.slice(1));
  const outputs = new Float32Array(features * steps.reduce((sum, { count }) => sum + count, 0));
  for (let [at, done] = [0, 0]; at < steps.length;) {
    const count = feed.most(steps, at, steps.length);
    const part = steps.slice(at, at + count);
    const samples = part.reduce((sum, { count }) => sum + count, 0);
    const { data, steps: fed } = feed.feed(part);
    const read = await program.outputs(data, fed, samples);
    tally.add(at, count, read.rows);
    outputs.set(read.outputs, done * features);
    at += count;
    done += samples;
  }
  return { result: resultOf(tally, steps.length, (performance.now() - began) / 1000, 0), outputs };
}

function resultOf(tally: Tally, steps: number, seconds: number, hostMs: number): EpochResult {
  const { loss, accuracy, samples } = tally.progress(seconds);
  return { loss, accuracy, samples, steps, seconds, hostMs: hostMs / Math.max(1, steps), metrics: {} };
}
