/**
 * What surrounds an epoch loop: progress on the terminal, checkpoints after each
 * epoch, going on from the last one, and an orderly end on Ctrl-C.
 * @module
 */
import { DataLoader } from "../data/loader.ts";
import { checkArguments, expect, finite, flag, instance, text, whole } from "../base/arguments.ts";
import { FormatError } from "../base/errors.ts";
import { checkWritable, readFileIfThere, setAside, writeFileAtomic } from "../base/files.ts";
import { deno } from "../base/host.ts";
import { namesOf } from "../base/known.ts";
import { formatCount, formatDuration, formatPercent } from "../base/format.ts";
import { checkOutput, ProgressBar, type TextOutput } from "../base/progress.ts";
import type { FitOptions } from "../run/epoch.ts";
import { Trainer } from "./trainer.ts";

/** What is kept of an epoch. */
export interface EpochRecord {
  /** Its number, from 1. */
  readonly epoch: number;
  /** Mean loss over the training samples. */
  readonly trainLoss: number;
  /** Mean loss over the test samples. */
  readonly testLoss: number;
  /** Share of the test samples whose class was right; null where the loss does not tell. */
  readonly testAccuracy: number | null;
  /** Seconds of training. */
  readonly seconds: number;
  /** Training samples per second. */
  readonly rate: number;
}

/** What a run is made from. */
export interface TrainingRunOptions {
  /** The trainer. */
  readonly trainer: Trainer;
  /** The loader, whose random state is kept too. */
  readonly loader: DataLoader;
  /** Where `last.safetensors` and `best.safetensors` go. */
  readonly folder: string;
  /** The number of epochs in all. */
  readonly epochs: number;
  /** Goes on from `last.safetensors` where it is there; else an earlier run's files are kept under numbers. */
  readonly resume?: boolean;
  /** Where progress goes. */
  readonly output: TextOutput;
  /** What a sample is, in the plural; default `samples`. */
  readonly unit?: string;
}

const OPTIONS = namesOf<TrainingRunOptions>({
  trainer: true,
  loader: true,
  folder: true,
  epochs: true,
  resume: true,
  output: true,
  unit: true,
});

const LIMIT = 2 ** 30;

/**
 * A run of several epochs.
 *
 * @example
 * ```ts ignore
 * // Not run: a part of a program, whose other parts it names.
 * const run = await TrainingRun.open({ trainer, loader, folder: "out", epochs: 25, output: terminalWriter() });
 * for (const epoch of run.epochs()) {
 *   const trained = await trainer.fit(loader, run.progress(epoch));
 *   await run.record(epoch, trained, await trainer.evaluate(test));
 * }
 * ```
 */
export class TrainingRun {
  /** The epochs so far, those of a resumed run included. */
  readonly history: EpochRecord[] = [];
  readonly #options: TrainingRunOptions;
  #bar: ProgressBar | null = null;
  #interrupted = false;
  #resumed = false;

  private constructor(options: TrainingRunOptions) {
    this.#options = options;
  }

  /** Makes the folder, and takes over the last checkpoint where that is asked for. */
  static async open(options: TrainingRunOptions): Promise<TrainingRun> {
    checkRun(arguments);
    const { trainer, loader, folder, resume, output } = options;
    // Before training, so that a folder that cannot be written costs no epoch.
    await checkWritable(folder);
    const run = new TrainingRun(options);
    if (!resume) return run;
    const path = `${folder}/last.safetensors`;
    const bytes = await readFileIfThere(path, LIMIT);
    if (bytes === null) {
      output.write(`${path} is not there; starting anew\n`);
      return run;
    }
    run.history.push(...takeNotes(await trainer.restore(bytes, path), loader, path));
    run.#resumed = true;
    output.write(`going on from ${path} after epoch ${run.history.length}\n`);
    return run;
  }

  /** Whether Ctrl-C ended the run before its last epoch. */
  get interrupted(): boolean {
    return this.#interrupted && this.history.length < this.#options.epochs;
  }

  /** The numbers of the epochs that are left; while they are walked over, Ctrl-C ends them after the running one. */
  *epochs(): IterableIterator<number> {
    const onInterrupt = (): void => this.#interrupt();
    deno()?.addSignalListener("SIGINT", onInterrupt);
    try {
      for (let epoch = this.history.length + 1; epoch <= this.#options.epochs; epoch++) {
        if (this.#interrupted) return;
        yield epoch;
      }
    } finally {
      this.#bar?.finish();
      deno()?.removeSignalListener("SIGINT", onInterrupt);
    }
  }

  /** The progress bar of an epoch, as `Trainer.fit` takes it. */
  progress(epoch: number): Required<Pick<FitOptions, "onProgress" | "onCompile">> {
    const { output, loader, epochs, unit = "samples" } = this.#options;
    whole("TrainingRun.progress(): the epoch", epoch);
    const label = `epoch ${epoch}/${epochs}`;
    const { terminal, color } = output;
    const bar = new ProgressBar({
      write: (text) => output.write(text),
      ...{ terminal, color, columns: () => output.columns?.() ?? 80 },
      total: loader.dataset.length,
      label,
      unit,
    });
    this.#bar = bar;
    bar.update({ done: 0 });
    return {
      onProgress: ({ samples, loss, rate }) =>
        bar.update(samples === 0 ? { done: 0, label } : { done: samples, loss, itemsPerSecond: rate, label }),
      onCompile: ({ done, total }) => bar.update({ done: 0, label: `${label}, compiling kernels ${done}/${total}` }),
    };
  }

  /**
   * Keeps an epoch: a line on the terminal, `last.safetensors`, and `best.safetensors` if it
   * was the best. Before the first of a run that was not resumed, those of an earlier run
   * become `last.1.safetensors` and `best.1.safetensors`, or the next number.
   */
  async record(
    epoch: number,
    trained: { readonly loss: number; readonly seconds: number; readonly samples: number },
    tested: { readonly loss: number; readonly accuracy: number | null },
  ): Promise<EpochRecord> {
    checkRecord(epoch, trained, tested);
    const { trainer, loader, folder, epochs, unit = "samples" } = this.#options;
    const { loss: testLoss, accuracy: testAccuracy } = tested;
    const best = this.history.every((earlier) =>
      testAccuracy === null ? earlier.testLoss > testLoss : (earlier.testAccuracy ?? 0) < testAccuracy
    );
    const rate = trained.samples / trained.seconds;
    const { seconds } = trained;
    const record = { epoch, trainLoss: trained.loss, testLoss, testAccuracy, seconds, rate };
    this.history.push(record);
    const notes = { history: JSON.stringify(this.history), loader: JSON.stringify(loader.state()) };
    const bytes = await trainer.checkpoint(notes);
    if (!this.#resumed && this.history.length === 1) await this.#keepEarlier();
    // The last is written last: a run that ends in between takes this epoch anew, and finds its best again.
    if (best) await writeFileAtomic(`${folder}/best.safetensors`, bytes);
    await writeFileAtomic(`${folder}/last.safetensors`, bytes);
    const width = String(epochs).length;
    const test = testAccuracy === null ? `loss ${testLoss.toFixed(4)}` : `accuracy ${formatPercent(testAccuracy)}`;
    this.#bar?.finish(
      `epoch ${String(epoch).padStart(width)}/${epochs}  loss ${trained.loss.toFixed(4)}  test ${test}  ` +
        `${formatCount(rate)} ${unit}/s  ${formatDuration(seconds)}`,
    );
    this.#bar = null;
    return record;
  }

  #interrupt(): void {
    if (this.#interrupted) deno()?.exit(130);
    this.#interrupted = true;
    this.#print("stopping after this epoch and its checkpoint; press Ctrl-C again to leave at once");
  }

  async #keepEarlier(): Promise<void> {
    const { folder } = this.#options;
    const kept = await setAside(folder, ["best.safetensors", "last.safetensors"]);
    if (kept.length === 0) return;
    this.#print(`an earlier run's checkpoints are kept as ${kept.map((name) => `${folder}/${name}`).join(" and ")}`);
  }

  #print(line: string): void {
    if (this.#bar === null) this.#options.output.write(`${line}\n`);
    else this.#bar.print(line);
  }
}

function checkRun(given: ArrayLike<unknown>): void {
  const where = "TrainingRun.open()";
  expect(given[0] !== undefined, `${where}: the options`, given[0], "{ trainer, loader, folder, epochs, output }");
  checkArguments(where, given, 0, OPTIONS);
  const { trainer, loader, folder, epochs, resume, output, unit } = given[0] as Partial<TrainingRunOptions>;
  instance(`${where}: trainer`, trainer, Trainer, ", as Trainer.create() gives it");
  instance(`${where}: loader`, loader, DataLoader);
  text(`${where}: folder`, folder);
  whole(`${where}: epochs`, epochs);
  checkOutput(`${where}: output`, output);
  if (resume !== undefined) flag(`${where}: resume`, resume);
  if (unit !== undefined) text(`${where}: unit`, unit);
}

function checkRecord(epoch: unknown, trained: unknown, tested: unknown): void {
  const where = "TrainingRun.record()";
  whole(`${where}: the epoch`, epoch);
  const [fit, evaluation] = [trained, tested] as (Partial<Record<string, unknown>> | null | undefined)[];
  for (const name of ["loss", "seconds", "samples"]) finite(`${where}: ${name} of what fit() gave`, fit?.[name]);
  finite(`${where}: loss of what evaluate() gave`, evaluation?.loss);
  if (evaluation?.accuracy !== null) finite(`${where}: accuracy of what evaluate() gave`, evaluation?.accuracy);
}

/** Sets the loader to where the notes say it was, and returns the epochs that they tell of. */
function takeNotes(notes: Record<string, string>, loader: DataLoader, path: string): EpochRecord[] {
  try {
    const history: EpochRecord[] = JSON.parse(notes.history);
    const sound = history.every(({ epoch, testAccuracy }, index) =>
      epoch === index + 1 && (testAccuracy === null || Number.isFinite(testAccuracy))
    );
    if (!sound) throw new Error("its epochs are not numbered from 1 on");
    loader.restore(JSON.parse(notes.loader));
    return history;
  } catch (error) {
    throw new FormatError(
      `${path} holds no usable history of epochs (${(error as Error).message}); start without --resume`,
    );
  }
}
