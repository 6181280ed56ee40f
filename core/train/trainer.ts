/**
 * The trainer: a model, a loss and an optimiser on a device. The one thing to dispose.
 * @module
 */
import {
  checkFit,
  checkLoader,
  checkNotes,
  checkTrainer,
  deviceOf,
  type EvaluateOptions,
  evaluation,
  type TrainerOptions,
} from "./arguments.ts";
import { bytes as checkBytes, flag, text, whole } from "../base/arguments.ts";
import { dispose } from "../base/dispose.ts";
import { checkOptions, namesOf } from "../base/known.ts";
import { type Checkpoint, packCheckpoint, unpackCheckpoint, unpackWeights } from "./checkpoint.ts";
import type { Dataset, Samples } from "../data/dataset.ts";
import { checkSamples, withTargets } from "../data/samples.ts";
import { DataLoader } from "../data/loader.ts";
import { type Backend, type ResidentData, type StepProgram, TornStepError } from "../run/backend.ts";
import { backendOf, type Device } from "../run/choose.ts";
import { type EpochResult, type FitOptions, runOutputs, runSteps } from "../run/epoch.ts";
import { ArgumentError, NonFiniteError } from "../base/errors.ts";
import { inTurn } from "../base/turns.ts";
import type { Loss } from "../graph/loss.ts";
import type { AnyModule, HostTensor } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import type { LRScheduler } from "../graph/scheduler.ts";
import type { TrainingState } from "../run/mirror.ts";
import type { DispatchTime } from "../run/profile.ts";
import { Feeds } from "../run/feed.ts";
import type { StepFields } from "../run/step.ts";
import { measure, predictedOf } from "./metrics.ts";
import { CpuDevice } from "../run/cpu/device.ts";
import { updatesAmong, weighBatches } from "./epoch_steps.ts";
import { type TrainingProgress, Updates } from "./updates.ts";
import { type ProgramOptions, Programs } from "./programs.ts";

export type { EpochResult, EvaluateOptions, FitOptions, TrainerOptions };

/** Bytes of a data set that lie in the CPU device's memory, a quarter of all that WebAssembly has, as a whole. */
const CPU_RESIDENT_BYTES = 1 << 30;

/** Options of {@linkcode Trainer.restore}. */
export interface RestoreOptions {
  /** Takes the parameters alone; default false. */
  readonly weightsOnly?: boolean;
}

/**
 * Trains a model on a GPU or the CPU. Calls that overlap run one after another, those of all
 * trainers of a model. The last four data sets stay on the device, and what was made for
 * the last four batch sizes and uses, so reuse data sets' objects from epoch to epoch;
 * what is written into their arrays is seen, but above 4 MiB only where much of it
 * changes.
 *
 * The model on the host is the truth: weights that are loaded or written there,
 * by whomever, are what the next call works with, and each epoch's are there when
 * `fit` ends, however it ends. What is written while an epoch runs counts from its
 * end on. The optimiser's running values are the trainer's own: two trainers that
 * share an optimiser share its settings alone.
 *
 * @example
 * ```ts
 * import { Adam, CrossEntropyLoss, DataLoader, Linear, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 *
 * const inputs = Float32Array.of(0, 1, 2, 3), targets = Uint8Array.of(0, 0, 1, 1);
 * const data = new TensorDataset({ inputs, shape: [1], targets });
 * const model = new Linear(1, 2);
 * using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam() });
 * for (let epoch = 1; epoch <= 25; epoch++) {
 *   await trainer.fit(new DataLoader(data, { batchSize: 2 }));
 *   const { loss, accuracy } = await trainer.evaluate(data);
 * }
 * ```
 */
export class Trainer {
  /** The network; its parameters on the host are brought up to date after each epoch. */
  readonly model: AnyModule;
  /** The optimiser. */
  readonly optimizer: Optimizer;
  /** The device that everything runs on. */
  readonly device: Device;
  readonly #loss: Loss;
  readonly #updates: Updates;
  readonly #ownsDevice: boolean;
  readonly #backend: Backend;
  readonly #state: TrainingState;
  readonly #programs: Programs;
  readonly #feeds: Feeds;
  #disposed = false;

  private constructor(options: TrainerOptions, device: Device, backend: Backend) {
    this.model = options.model;
    this.optimizer = options.optimizer;
    this.#updates = new Updates(options);
    this.#programs = new Programs(backend, options, this.#updates);
    this.device = device;
    this.#loss = options.loss;
    this.#ownsDevice = typeof options.device !== "object";
    this.#backend = backend;
    this.#state = backend.state;
    const most = device instanceof CpuDevice ? CPU_RESIDENT_BYTES : Infinity;
    this.#feeds = new Feeds(backend, options.residentBytes ?? most);
  }

  /**
   * Takes a device and puts the model's parameters on it. Throws an `ArgumentError` for
   * what is no model, loss or optimiser.
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    checkTrainer(arguments);
    const device = await deviceOf(options);
    try {
      return new Trainer(options, device, await backendOf(device, options.model, options.optimizer));
    } catch (error) {
      if (typeof options.device !== "object") device[dispose]();
      throw error;
    }
  }

  /** What sets the optimiser's rates as training goes on, if anything. */
  get scheduler(): LRScheduler | null {
    return this.#updates.scheduler;
  }

  /** Updates of the parameters so far. */
  get steps(): number {
    return this.#updates.progress.steps;
  }

  /**
   * Trains on every batch of the loader once.
   *
   * Throws a `NonFiniteError` that names the step where a loss is not a number;
   * model, optimiser and {@linkcode steps} are then as they were before the call,
   * so that training can go on with a lower learning rate, other weights or data.
   * Where it is stopped otherwise, what was done until then stays. Throws an
   * `ArgumentError` for a model without parameters, which can only be run.
   */
  async fit(loader: DataLoader, options: FitOptions = {}): Promise<EpochResult> {
    checkFit(arguments);
    return await this.#alone(async () => {
      const updates = this.#updates;
      const rows = updates.rows();
      const { signal, onCompile } = options;
      signal?.throwIfAborted();
      const compiling = { ...signal && { signal }, ...onCompile && { onCompile } };
      const program = await this.#programs.get("train", loader, { ...compiling, rows });
      const feed = await this.#feeds.get(loader.dataset, loader.batchSize);
      const order = loader.begin();
      feed.setOrder(order);
      const batches = [...loader.batches()].slice(0, options.steps);
      const steps = updates.plan(weighBatches(this.#loss, loader.dataset, order, batches), rows);
      const before = updates.progress;
      const onNonFinite = (step: number): void => {
        const update = before.steps + updatesAmong(steps, step) + 1;
        throw new NonFiniteError(
          `the loss is not a finite number at step ${update} (batch ${step + 1} of ${steps.length})`,
        );
      };
      // Counted as they are sent, so that an epoch that is stopped leaves the count of what was done.
      let sent = 0;
      const onSent = (count: number): void => updates.went(before, rows, steps, sent += count);
      await feed.prepare(program);
      this.#state.keep();
      try {
        const result = await runSteps(program, feed, steps, options, onNonFinite, onSent);
        await this.#state.download();
        updates.epochEnded();
        return result;
      } catch (error) {
        await this.#settle(error, before);
        throw error;
      }
    });
  }

  /**
   * The mean loss and accuracy over a data set, in batches of `batchSize` (default 256), or
   * over the samples that a loader's next epoch visits; and what metrics say of the outputs.
   *
   * @param options The batch size, or it and metrics: `{ metrics: { top5: topKAccuracy(5) } }`.
   */
  async evaluate(data: Dataset | DataLoader, options?: number | EvaluateOptions): Promise<EpochResult> {
    const { loader, metrics } = evaluation("evaluate()", data, options);
    const asked = Object.keys(metrics).length > 0;
    return await this.#alone(async () => {
      const program = await this.#programs.get("evaluate", loader, { outputs: asked });
      const feed = await this.#feeds.get(loader.dataset, loader.batchSize);
      const order = loader.begin();
      feed.setOrder(order);
      const steps = weighBatches(this.#loss, loader.dataset, order, [...loader.batches()]);
      await feed.prepare(program);
      if (!asked) return await runSteps(program, feed, steps, {}, () => {}, () => {});
      const { result, outputs } = await runOutputs(program, feed, steps);
      const predicted = predictedOf(loader.dataset, order, program.output.shape.slice(1), outputs);
      return { ...result, metrics: measure(metrics, predicted) };
    });
  }

  /**
   * The model's outputs for every sample, one after another: `[length, ...output]`; of a model of several, those of a
   * sample one behind the other. The samples need no targets.
   */
  async predict(samples: Samples, batchSize = 256): Promise<Float32Array<ArrayBuffer>> {
    checkSamples("predict()", samples);
    whole("predict(): batchSize", batchSize);
    const dataset = withTargets(samples);
    return await this.#alone(async () => {
      const program = await this.#programs.get("predict", { dataset, batchSize });
      const feed = await this.#feeds.get(dataset, batchSize);
      feed.setOrder(null);
      await feed.prepare(program);
      const batches = [...new DataLoader(dataset, { batchSize }).batches()];
      return (await runOutputs(program, feed, batches)).outputs;
    });
  }

  /** The gradients of the mean loss over the loader's first batch, by the names of the parameters that are trained; changes nothing. */
  async gradients(loader: DataLoader): Promise<Map<string, HostTensor>> {
    checkLoader("gradients()", loader);
    return await this.#alone(async () => {
      const { program, data, step } = await this.#firstBatch(loader);
      const gradients = await this.#unchanged(() => program.gradients(data, step));
      const shapes = new Map(this.model.namedParameters().map(([name, { shape }]) => [name, shape]));
      return new Map([...shapes].flatMap(([name, shape]) => {
        const data = gradients.get(name);
        return data === undefined ? [] : [[name, { shape, data }]];
      }));
    });
  }

  /**
   * Runs the loader's first batch node by node and returns the name of the first
   * node whose result holds a value that is not finite, or null. Changes nothing.
   */
  async inspect(loader: DataLoader): Promise<string | null> {
    checkLoader("inspect()", loader);
    return await this.#alone(async () => {
      const { program, data, step } = await this.#firstBatch(loader, { fusion: false, apart: true });
      return await this.#unchanged(() => program.inspect(data, step));
    });
  }

  /** The time of each kernel of a training step; null where the adapter has no timestamps. Takes `steps` steps without keeping them. */
  async profile(loader: DataLoader, steps = 20): Promise<DispatchTime[] | null> {
    checkLoader("profile()", loader);
    whole("profile(): steps", steps);
    return await this.#alone(async () => {
      const { program, data, step } = await this.#firstBatch(loader);
      return await this.#unchanged(() => program.profile(data, step, steps));
    });
  }

  /** The graph and the plan of a training step, as text. */
  async describe(loader: DataLoader): Promise<{ graph: string; plan: string }> {
    checkLoader("describe()", loader);
    return await this.#alone(async () => {
      const program = await this.#programs.get("train", loader, { rows: this.#updates.rows() });
      return { graph: program.graph.toString(), plan: program.describe() };
    });
  }

  /**
   * Everything needed to go on later: parameters, the optimiser's values, the
   * step. `notes` are kept as they are. Throws a `NonFiniteError` where a
   * parameter is no number any more: nobody could go on from there.
   */
  async checkpoint(notes: Readonly<Record<string, string>> = {}): Promise<Uint8Array<ArrayBuffer>> {
    checkNotes("checkpoint()", notes);
    return await this.#alone(async () => {
      const broken = this.#state.nonFinite();
      if (broken !== null) {
        throw new NonFiniteError(`${broken}, so nobody could go on from this checkpoint; load other weights first`);
      }
      const moments = await this.#state.readMoments();
      const checkpoint: Checkpoint = { parameters: this.model.stateDict(), moments, notes, ...this.#updates.save() };
      return packCheckpoint(checkpoint, this.optimizer);
    });
  }

  /**
   * Takes over a checkpoint, learning rate included, and returns its notes; with
   * `weightsOnly` the parameters alone, whatever optimiser it was made with, and this
   * trainer's optimiser starts anew.
   *
   * Throws a `FormatError` for damaged bytes and an `ArgumentError` for the
   * checkpoint of another model or optimiser; nothing has changed then.
   */
  async restore(
    bytes: Uint8Array,
    name = "checkpoint",
    options: RestoreOptions = {},
  ): Promise<Record<string, string>> {
    checkBytes("restore(): the checkpoint", bytes);
    text("restore(): the name", name);
    checkOptions("Trainer.restore()", options, namesOf<RestoreOptions>({ weightsOnly: true }));
    if (options.weightsOnly !== undefined) flag("restore(): weightsOnly", options.weightsOnly);
    return await this.#alone(async () => {
      if (options.weightsOnly) {
        const { weights, notes } = unpackWeights(bytes, name);
        this.model.loadStateDict(weights);
        this.#state.sync();
        this.#state.writeMoments();
        this.#updates.goTo({ steps: 0, taken: new Map(), count: 0 });
        return notes;
      }
      const { optimizer, scheduler } = this.#updates;
      const checkpoint = unpackCheckpoint(bytes, this.model, optimizer, name, scheduler ?? undefined);
      await this.#backend.idle();
      this.model.loadStateDict(checkpoint.parameters);
      this.#state.sync();
      this.#state.writeMoments(checkpoint.moments);
      this.#updates.load(checkpoint);
      return checkpoint.notes;
    });
  }

  /** Frees all that lies on the device, and the device if the trainer made it. */
  [dispose](): void {
    this.#disposed = true;
    this.#programs.dispose();
    this.#feeds.dispose();
    this.#state.dispose();
    if (this.#ownsDevice) this.device[dispose]();
  }

  async #firstBatch(loader: DataLoader, options: ProgramOptions = {}): Promise<FirstBatch> {
    const rows = this.#updates.rows();
    const program = await this.#programs.get("train", loader, { ...options, rows });
    const feed = await this.#feeds.get(loader.dataset, loader.batchSize);
    feed.setOrder(null);
    const count = Math.min(loader.batchSize, loader.dataset.length);
    const steps = weighBatches(this.#loss, loader.dataset, null, [{ start: 0, count }]);
    await feed.prepare(program);
    const { data, steps: [step] } = feed.feed(this.#updates.plan(steps, rows));
    return { program, data, step: { ...step, row: 0 } };
  }

  /**
   * Runs `body` with the host's weights when all that was asked for earlier is done:
   * programs and read-back buffers serve one at a time, and so does the model.
   */
  #alone<T>(body: () => Promise<T>): Promise<T> {
    const parameters = this.model.namedParameters().map(([, parameter]) => parameter);
    return inTurn([this, ...parameters], async () => {
      if (this.#disposed) throw new ArgumentError("this trainer was disposed of; make a new one");
      try {
        this.#state.sync();
        return await body();
      } catch (cause) {
        if (!this.#disposed) throw cause;
        throw new ArgumentError("this trainer was disposed of while it was working", { cause });
      }
    });
  }

  /** Runs steps that are not to be kept. */
  async #unchanged<T>(body: () => Promise<T>): Promise<T> {
    this.#state.keep();
    try {
      return await body();
    } finally {
      if (!this.#disposed) this.#state.rollback();
    }
  }

  /** After an epoch that failed: all is as before it where numbers went wrong or a step was torn, else as far as it came. */
  async #settle(error: unknown, before: TrainingProgress): Promise<void> {
    if (this.#disposed) return;
    const torn = error instanceof TornStepError;
    let broken = torn || error instanceof NonFiniteError;
    if (!broken) {
      await this.#state.download().catch((cause) => {
        if (!(cause instanceof NonFiniteError)) throw cause;
        broken = true;
      });
    }
    if (!broken) return;
    this.#state.rollback();
    this.#updates.goTo(before);
    if (torn) error.message += "; weights and optimiser are as they were before this call, which can be repeated";
    if (!(error instanceof NonFiniteError)) return;
    const already = this.#state.nonFinite();
    error.message += already !== null
      ? `; ${already}, and was so before: load other weights`
      : `; a lower learning rate than ${this.optimizer.lr} may help: weights and optimiser are as they were before ` +
        "this call, which can be repeated; where the first batch is at fault, Trainer.inspect() names the node";
  }
}

interface FirstBatch {
  readonly program: StepProgram;
  readonly data: ResidentData;
  readonly step: StepFields;
}
