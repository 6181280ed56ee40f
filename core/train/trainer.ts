/**
 * The trainer: a model, a loss and an optimiser on a GPU. The one thing to dispose.
 * @module
 */
import { asLoader, checkFit, checkLoader, checkNotes, checkRate, checkTrainer } from "./arguments.ts";
import { bytes as checkBytes, text, whole } from "../base/arguments.ts";
import { type Checkpoint, packCheckpoint, unpackCheckpoint } from "./checkpoint.ts";
import type { Dataset, Samples } from "../data/dataset.ts";
import { checkSamples, withTargets } from "../data/samples.ts";
import { DataLoader } from "../data/loader.ts";
import { type DeviceOptions, GpuDevice } from "../run/device.ts";
import { type EpochResult, type FitOptions, runSteps } from "../run/epoch.ts";
import { ArgumentError, NonFiniteError } from "../base/errors.ts";
import type { Loss } from "../graph/loss.ts";
import type { HostTensor, Module } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { type DispatchTime, timeDispatches } from "../run/profile.ts";
import { MAX_STEPS, type Mode, Program } from "../run/program.ts";
import { ResidentDatasets } from "../run/resident.ts";
import { findNonFinite } from "../run/inspect.ts";
import { sizeOf } from "../base/shape.ts";
import { FlatState } from "../run/state.ts";
import type { StepFields } from "../run/step.ts";

export type { EpochResult, FitOptions };

/** What a trainer is made from. */
export interface TrainerOptions {
  /** The network. */
  readonly model: Module;
  /** The loss. */
  readonly loss: Loss;
  /** The optimiser; its `lr` may be changed between epochs. */
  readonly optimizer: Optimizer;
  /** A device to share; default: one of the trainer's own, destroyed with it. */
  readonly device?: GpuDevice;
  /** How to ask for a device, where none is given. */
  readonly request?: DeviceOptions;
  /** False runs one kernel per node: slower, for debugging. */
  readonly fusion?: boolean;
}

/**
 * Trains a model on a GPU. Calls that overlap run one after another. The last
 * four data sets stay on the GPU, so reuse their objects from epoch to epoch.
 *
 * @example
 * ```ts ignore
 * using trainer = await Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer: new Adam() });
 * for (let epoch = 1; epoch <= 25; epoch++) {
 *   await trainer.fit(new DataLoader(train, { batchSize: 256 }));
 *   console.log(await trainer.evaluate(test));
 * }
 * ```
 */
export class Trainer implements Disposable {
  /** The network; its parameters on the host are brought up to date after each epoch. */
  readonly model: Module;
  /** The optimiser. */
  readonly optimizer: Optimizer;
  /** The device that everything runs on. */
  readonly device: GpuDevice;
  readonly #loss: Loss;
  readonly #ownsDevice: boolean;
  readonly #fusion: boolean;
  readonly #state: FlatState;
  readonly #programs = new Map<string, Program>();
  readonly #resident: ResidentDatasets;
  #step = 0;
  #disposed = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: TrainerOptions, device: GpuDevice, state: FlatState) {
    this.model = options.model;
    this.optimizer = options.optimizer;
    this.device = device;
    this.#loss = options.loss;
    this.#ownsDevice = options.device === undefined;
    this.#fusion = options.fusion ?? true;
    this.#state = state;
    this.#resident = new ResidentDatasets(device);
  }

  /**
   * Takes a device and puts the model's parameters on it. Throws an `ArgumentError` for
   * what is no model, loss or optimiser, and for a model without parameters.
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    checkTrainer(arguments);
    const device = options.device ?? await GpuDevice.request(options.request);
    try {
      return new Trainer(options, device, await FlatState.create(device, options.model, options.optimizer));
    } catch (error) {
      if (options.device === undefined) device[Symbol.dispose]();
      throw error;
    }
  }

  /** Steps of the optimiser so far. */
  get steps(): number {
    return this.#step;
  }

  /**
   * Trains on every batch of the loader once.
   *
   * Throws a `NonFiniteError` that names the step where a loss is not a number;
   * the model on the host then still holds the parameters from before the epoch,
   * and {@linkcode restore} brings the GPU's back from a checkpoint.
   */
  async fit(loader: DataLoader, options: FitOptions = {}): Promise<EpochResult> {
    checkFit(arguments);
    return await this.#alone(async () => {
      checkRate(this.optimizer);
      const program = await this.#program("train", loader.dataset, loader.batchSize);
      const data = await this.#resident.get(loader.dataset);
      data.setOrder(loader.begin());
      const first = this.#step;
      const batches = [...loader.batches()].slice(0, options.steps);
      const steps = batches.map(({ start, count }, index): Omit<StepFields, "row"> => ({
        start,
        count,
        scalars: this.optimizer.scalars(first + index + 1),
      }));
      const onNonFinite = (step: number): void => {
        throw new NonFiniteError(
          `the loss is not a finite number at step ${first + step + 1} (batch ${step + 1} of ${steps.length}); ` +
            `a lower learning rate than ${this.optimizer.lr} may help; Trainer.inspect() names the node`,
        );
      };
      // Counted as they are sent, so that an epoch that is stopped leaves the count of what was done.
      const onSent = (count: number): number => this.#step += count;
      const result = await runSteps(program, await program.dispatches(data), steps, options, onNonFinite, onSent);
      await this.#state.download();
      return result;
    });
  }

  /**
   * The mean loss and accuracy over a data set, in batches of `batchSize` (default 256), or
   * over the samples that a loader's next epoch visits.
   */
  async evaluate(data: Dataset | DataLoader, batchSize?: number): Promise<EpochResult> {
    const loader = asLoader("evaluate()", data, batchSize);
    return await this.#alone(async () => {
      const program = await this.#program("evaluate", loader.dataset, loader.batchSize);
      const resident = await this.#resident.get(loader.dataset);
      resident.setOrder(loader.begin());
      const steps = [...loader.batches()].map(({ start, count }) => ({ start, count, scalars: [0, 0] as const }));
      return await runSteps(program, await program.dispatches(resident), steps, {}, () => {}, () => {});
    });
  }

  /** The model's outputs for every sample, one after another: `[length, ...output]`. The samples need no targets. */
  async predict(samples: Samples, batchSize = 256): Promise<Float32Array<ArrayBuffer>> {
    checkSamples("predict()", samples);
    whole("predict(): batchSize", batchSize);
    const dataset = withTargets(samples);
    return await this.#alone(async () => {
      const program = await this.#program("predict", dataset, batchSize);
      const resident = await this.#resident.get(dataset);
      resident.setOrder(null);
      const dispatches = await program.dispatches(resident);
      const bytes = sizeOf(program.output.shape.slice(1)) * 4 * dataset.length;
      const collected = await this.device.withinMemory(
        "the outputs",
        () => this.device.buffer("outputs", bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC),
      );
      try {
        const steps = [...new DataLoader(dataset, { batchSize }).batches()];
        for (let at = 0; at < steps.length; at += MAX_STEPS) {
          const part = steps.slice(at, at + MAX_STEPS).map((step) => ({ ...step, row: 0, scalars: [0, 0] as const }));
          await program.submit(dispatches, part, collected);
        }
        return new Float32Array(await this.device.read(collected));
      } finally {
        this.device.free(collected);
      }
    });
  }

  /** The gradients of the mean loss over the loader's first batch, by parameter name; changes nothing. */
  async gradients(loader: DataLoader): Promise<Map<string, HostTensor>> {
    checkLoader("gradients()", loader);
    return await this.#alone(async () => {
      const { program, dispatches, step } = await this.#firstBatch(loader);
      const kept = dispatches.slice(0, -1);
      await program.submit(kept, [step]);
      const shapes = new Map(this.model.namedParameters().map(([name, { shape }]) => [name, shape]));
      const gradients = await program.plan.readGradients();
      return new Map([...gradients].map(([name, data]) => [name, { shape: shapes.get(name)!, data }]));
    });
  }

  /**
   * Runs the loader's first batch node by node and returns the name of the first
   * node whose result holds a value that is not finite, or null. Changes nothing.
   */
  async inspect(loader: DataLoader): Promise<string | null> {
    checkLoader("inspect()", loader);
    return await this.#alone(async () => {
      const { program, dispatches, step } = await this.#firstBatch(loader, false);
      program.writeSteps([step]);
      return await findNonFinite(this.device, dispatches.slice(0, -1), program.stepGroup);
    });
  }

  /** The time of each kernel of a training step; null where the adapter has no timestamps. Takes `steps` steps without keeping them. */
  async profile(loader: DataLoader, steps = 20): Promise<DispatchTime[] | null> {
    checkLoader("profile()", loader);
    whole("profile(): steps", steps);
    const before = await this.checkpoint();
    try {
      return await this.#alone(async () => {
        const { program, dispatches, step } = await this.#firstBatch(loader);
        program.writeSteps([step]);
        return await timeDispatches(this.device, dispatches, program.stepGroup, steps);
      });
    } finally {
      await this.restore(before);
    }
  }

  /** The graph and the plan of a training step, as text. */
  async describe(loader: DataLoader): Promise<{ graph: string; plan: string }> {
    checkLoader("describe()", loader);
    return await this.#alone(async () => {
      const program = await this.#program("train", loader.dataset, loader.batchSize);
      return { graph: program.graph.toString(), plan: program.plan.toString() };
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
      const moments = await this.#state.downloadAll();
      const { optimizer: { lr }, model } = this;
      const checkpoint: Checkpoint = { parameters: model.stateDict(), moments, step: this.#step, lr, notes };
      return packCheckpoint(checkpoint, this.optimizer);
    });
  }

  /**
   * Takes over a checkpoint, learning rate included, and returns its notes.
   *
   * Throws a `FormatError` for damaged bytes and an `ArgumentError` for the
   * checkpoint of another model or optimiser; nothing has changed then.
   */
  async restore(bytes: Uint8Array, name = "checkpoint"): Promise<Record<string, string>> {
    checkBytes("restore(): the checkpoint", bytes);
    text("restore(): the name", name);
    return await this.#alone(async () => {
      const checkpoint = unpackCheckpoint(bytes, this.model, this.optimizer, name);
      await this.device.idle();
      this.model.loadStateDict(checkpoint.parameters);
      this.#state.upload();
      checkpoint.moments.forEach((values, index) => this.#state.uploadMoment(index, values));
      this.#step = checkpoint.step;
      this.optimizer.lr = checkpoint.lr;
      return checkpoint.notes;
    });
  }

  /** Copies the model's parameters, changed on the host, to the GPU. */
  upload(): void {
    this.#state.upload();
  }

  /** Frees all that lies on the GPU, and the device if the trainer made it. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#programs.forEach((program) => program.dispose());
    this.#programs.clear();
    this.#resident.dispose();
    this.#state.dispose();
    if (this.#ownsDevice) this.device[Symbol.dispose]();
  }

  async #firstBatch(loader: DataLoader, fusion: boolean = this.#fusion): Promise<FirstBatch> {
    const program = await this.#program("train", loader.dataset, loader.batchSize, fusion);
    const data = await this.#resident.get(loader.dataset);
    data.setOrder(null);
    const count = Math.min(loader.batchSize, loader.dataset.length);
    checkRate(this.optimizer);
    const step = { start: 0, count, row: 0, scalars: this.optimizer.scalars(this.#step + 1) };
    return { program, dispatches: await program.dispatches(data), step };
  }

  /** Runs `body` when all that was asked for earlier is done: programs and read-back buffers serve one at a time. */
  #alone<T>(body: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#disposed) throw new ArgumentError("this trainer was disposed of; make a new one");
      try {
        return await body();
      } catch (cause) {
        if (!this.#disposed) throw cause;
        throw new ArgumentError("this trainer was disposed of while it was working", { cause });
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #program(mode: Mode, dataset: Dataset, batch: number, fusion: boolean = this.#fusion): Promise<Program> {
    const kinds = [dataset.inputs, dataset.targets].map(({ shape, data }) => `${shape}:${data.constructor.name}`);
    const key = [mode, batch, fusion, ...kinds, dataset.classes].join("|");
    let program = this.#programs.get(key);
    if (program === undefined) {
      const { model, optimizer } = this;
      const fixed = { model, optimizer, loss: this.#loss, state: this.#state };
      program = await Program.create(this.device, { ...fixed, dataset, batch, mode, fusion });
      if (this.#disposed) {
        program.dispose();
        throw new ArgumentError("nobody waits for it any more");
      }
      this.#programs.set(key, program);
    }
    return program;
  }
}

interface FirstBatch {
  readonly program: Program;
  readonly dispatches: Awaited<ReturnType<Program["dispatches"]>>;
  readonly step: StepFields;
}
