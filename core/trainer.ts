/**
 * The trainer: a model, a loss and an optimiser on a GPU. The one thing to dispose.
 * @module
 */
import { type Checkpoint, packCheckpoint, unpackCheckpoint } from "./checkpoint.ts";
import type { Dataset } from "./data/dataset.ts";
import { DataLoader } from "./data/loader.ts";
import { type DeviceOptions, GpuDevice } from "./device.ts";
import { ArgumentError, NonFiniteError } from "./errors.ts";
import type { Loss } from "./loss.ts";
import type { HostTensor, Module } from "./module.ts";
import type { Optimizer } from "./optimizer.ts";
import { type DispatchTime, timeDispatches } from "./profile.ts";
import { MAX_STEPS, type Mode, Program } from "./program.ts";
import { ResidentDataset } from "./resident.ts";
import { findNonFinite } from "./inspect.ts";
import { sizeOf } from "./shape.ts";
import { FlatState } from "./state.ts";
import { type Progress, Tally } from "./tally.ts";
import type { StepFields } from "./step.ts";

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
}

/** Options of {@linkcode Trainer.fit}. */
export interface FitOptions {
  /** Called a few times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops after the steps that are under way; the epoch's promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** How long one submit should take, in seconds: long enough to be cheap, short enough to report. */
const SUBMIT_SECONDS = 0.25;

/**
 * Trains a model on a GPU.
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
  readonly #programs = new Map<string, Promise<Program>>();
  readonly #resident = new Map<Dataset, ResidentDataset>();
  #step = 0;

  private constructor(options: TrainerOptions, device: GpuDevice) {
    this.model = options.model;
    this.optimizer = options.optimizer;
    this.device = device;
    this.#loss = options.loss;
    this.#ownsDevice = options.device === undefined;
    this.#fusion = options.fusion ?? true;
    this.#state = new FlatState(device, options.model, options.optimizer);
  }

  /** Takes a device and puts the model's parameters on it. */
  static async create(options: TrainerOptions): Promise<Trainer> {
    if (options.model.parameterCount() === 0) throw new ArgumentError("the model has no parameters to train");
    const device = options.device ?? await GpuDevice.request(options.request);
    return new Trainer(options, device);
  }

  /** Steps of the optimiser so far. */
  get steps(): number {
    return this.#step;
  }

  /**
   * Trains on every batch of the loader once.
   *
   * Throws a `NonFiniteError` that names the step where a loss is not a number;
   * the model on the host then still holds the parameters from before the epoch.
   */
  async fit(loader: DataLoader, options: FitOptions = {}): Promise<EpochResult> {
    const program = await this.#program("train", loader.dataset, loader.batchSize);
    const data = this.#data(loader.dataset);
    data.setOrder(loader.isSequential ? (loader.order(), null) : loader.order());
    const first = this.#step;
    const steps = [...loader.batches()].map(({ start, count }, index): Omit<StepFields, "row"> => ({
      start,
      count,
      scalars: this.optimizer.scalars(first + index + 1),
    }));
    const result = await this.#run(program, data, steps, options, (step) => {
      throw new NonFiniteError(
        `the loss is not a finite number at step ${first + step + 1} (batch ${step + 1} of ${steps.length}); ` +
          `a lower learning rate than ${this.optimizer.lr} may help; Trainer.inspect() names the node`,
      );
    });
    this.#step += steps.length;
    await this.#state.download();
    return result;
  }

  /** The mean loss and accuracy over a data set; `batchSize` defaults to 256. */
  async evaluate(data: Dataset | DataLoader, batchSize = 256): Promise<EpochResult> {
    const loader = data instanceof DataLoader ? data : new DataLoader(data, { batchSize });
    const program = await this.#program("evaluate", loader.dataset, loader.batchSize);
    const resident = this.#data(loader.dataset);
    resident.setOrder(null);
    const steps = [...loader.batches()].map(({ start, count }) => ({ start, count, scalars: [0, 0] as const }));
    return await this.#run(program, resident, steps, {}, () => {});
  }

  /** The model's outputs for every sample, one after another: `[length, ...output]`. */
  async predict(dataset: Dataset, batchSize = 256): Promise<Float32Array<ArrayBuffer>> {
    const program = await this.#program("predict", dataset, batchSize);
    const resident = this.#data(dataset);
    resident.setOrder(null);
    const dispatches = await program.dispatches(resident);
    const bytes = sizeOf(program.output.shape.slice(1)) * 4 * dataset.length;
    const collected = this.device.buffer("outputs", bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC);
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
  }

  /** The gradients of the mean loss over the loader's first batch, by parameter name; changes nothing. */
  async gradients(loader: DataLoader): Promise<Map<string, HostTensor>> {
    const { program, dispatches, step } = await this.#firstBatch(loader);
    const kept = dispatches.slice(0, -1);
    await program.submit(kept, [step]);
    const flat = new Float32Array(await this.device.read(program.plan.gradientBuffer!));
    const shapes = new Map(this.model.namedParameters().map(([name, { shape }]) => [name, shape]));
    return new Map([...program.plan.gradientSlices].map(([name, { start, partials }]) => {
      const shape = shapes.get(name)!;
      const data = new Float32Array(sizeOf(shape));
      for (let k = 0; k < partials * data.length; k++) data[k % data.length] += flat[start + k];
      return [name, { shape, data }];
    }));
  }

  /**
   * Runs the loader's first batch node by node and returns the name of the first
   * node whose result holds a value that is not finite, or null. Changes nothing.
   */
  async inspect(loader: DataLoader): Promise<string | null> {
    const { program, dispatches, step } = await this.#firstBatch(loader, false);
    program.writeSteps([step]);
    return await findNonFinite(this.device, dispatches.slice(0, -1), program.stepGroup);
  }

  /** The time of each kernel of a training step; null where the adapter has no timestamps. Takes `steps` steps without keeping them. */
  async profile(loader: DataLoader, steps = 20): Promise<DispatchTime[] | null> {
    const { program, dispatches, step } = await this.#firstBatch(loader);
    const before = await this.checkpoint();
    program.writeSteps([step]);
    const times = await timeDispatches(this.device, dispatches, program.stepGroup, steps);
    await this.restore(before);
    return times;
  }

  /** The graph and the plan of a training step, as text. */
  async describe(loader: DataLoader): Promise<{ graph: string; plan: string }> {
    const program = await this.#program("train", loader.dataset, loader.batchSize);
    return { graph: program.graph.toString(), plan: program.plan.toString() };
  }

  /** Everything needed to go on later: parameters, the optimiser's values, the step. `notes` are kept as they are. */
  async checkpoint(notes: Readonly<Record<string, string>> = {}): Promise<Uint8Array<ArrayBuffer>> {
    const checkpoint: Checkpoint = {
      parameters: (await this.#state.download(), this.model.stateDict()),
      moments: await this.#state.downloadMoments(),
      step: this.#step,
      notes,
    };
    return packCheckpoint(checkpoint, this.optimizer);
  }

  /**
   * Takes over a checkpoint and returns its notes.
   *
   * Throws a `FormatError` for damaged bytes and an `ArgumentError` for the
   * checkpoint of another model or optimiser; nothing has changed then.
   */
  async restore(bytes: Uint8Array, name = "checkpoint"): Promise<Record<string, string>> {
    const checkpoint = unpackCheckpoint(bytes, this.model, this.optimizer, name);
    await this.device.idle();
    this.model.loadStateDict(checkpoint.parameters);
    this.#state.upload();
    for (const [index, values] of checkpoint.moments.entries()) {
      const tensors = new Map([...values].map(([key, data]) => [key, { shape: [data.length], data }]));
      this.#state.uploadMoment(index, tensors);
    }
    this.#step = checkpoint.step;
    return checkpoint.notes;
  }

  /** Copies the model's parameters, changed on the host, to the GPU. */
  upload(): void {
    this.#state.upload();
  }

  /** Frees all that lies on the GPU, and the device if the trainer made it. */
  [Symbol.dispose](): void {
    for (const program of this.#programs.values()) program.then((made) => made.dispose(), () => {});
    this.#programs.clear();
    this.#resident.forEach((data) => data.dispose());
    this.#resident.clear();
    this.#state.dispose();
    if (this.#ownsDevice) this.device[Symbol.dispose]();
  }

  async #run(
    program: Program,
    data: ResidentDataset,
    steps: readonly Omit<StepFields, "row">[],
    { onProgress, signal }: FitOptions,
    onNonFinite: (step: number) => void,
  ): Promise<EpochResult> {
    const dispatches = await program.dispatches(data);
    const tally = new Tally(steps, program.batch, program.countsHits, onNonFinite);
    const began = performance.now();
    let hostMs = 0;
    let size = 1;
    let pending: Promise<void> | null = null;
    for (let at = 0; at < steps.length;) {
      signal?.throwIfAborted();
      const part = steps.slice(at, at + size).map((step, index) => ({ ...step, row: index * program.batch }));
      const submitted = performance.now();
      const rows = program.submit(dispatches, part, undefined, (ms) => hostMs += ms);
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
    await pending;
    const seconds = (performance.now() - began) / 1000;
    onProgress?.(tally.progress(seconds));
    const { loss, accuracy, samples } = tally.progress(seconds);
    return { loss, accuracy, samples, steps: steps.length, seconds, hostMs: hostMs / Math.max(1, steps.length) };
  }

  async #firstBatch(loader: DataLoader, fusion: boolean = this.#fusion): Promise<FirstBatch> {
    const program = await this.#program("train", loader.dataset, loader.batchSize, fusion);
    const data = this.#data(loader.dataset);
    data.setOrder(null);
    const count = Math.min(loader.batchSize, loader.dataset.length);
    const step = { start: 0, count, row: 0, scalars: this.optimizer.scalars(this.#step + 1) };
    return { program, dispatches: await program.dispatches(data), step };
  }

  #program(mode: Mode, dataset: Dataset, batch: number, fusion: boolean = this.#fusion): Promise<Program> {
    const kinds = [dataset.inputs, dataset.targets].map(({ shape, data }) => `${shape}:${data.constructor.name}`);
    const key = [mode, batch, fusion, ...kinds, dataset.classes].join("|");
    let program = this.#programs.get(key);
    if (program === undefined) {
      const { model, optimizer } = this;
      const fixed = { model, optimizer, loss: this.#loss, state: this.#state };
      program = Program.create(this.device, { ...fixed, dataset, batch, mode, fusion });
      this.#programs.set(key, program);
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  #data(dataset: Dataset): ResidentDataset {
    let data = this.#resident.get(dataset);
    if (data === undefined) {
      data = new ResidentDataset(this.device, dataset);
      this.#resident.set(dataset, data);
    }
    return data;
  }
}

interface FirstBatch {
  readonly program: Program;
  readonly dispatches: Awaited<ReturnType<Program["dispatches"]>>;
  readonly step: StepFields;
}
