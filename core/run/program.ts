/**
 * One way of running a model at one batch size: training, evaluation or
 * prediction, from the data set on the GPU to losses on the host.
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import type { Rows } from "./backend.ts";
import type { Compiling } from "./compile.ts";
import type { GpuDevice } from "./device.ts";
import { type Bound, type Dispatch, encode, makeDispatch, type Slice, stepLayout, whole } from "./dispatch.ts";
import { ArgumentError } from "../base/errors.ts";
import { INPUT_NAME } from "../graph/check.ts";
import { storageOf } from "../graph/fuse.ts";
import { bindingsOf, type FieldLayout, gatherKernel } from "./gather.ts";
import type { Graph, Value } from "../graph/graph.ts";
import type { Loss } from "../graph/loss.ts";
import type { AnyModule } from "../graph/module.ts";
import { Plan } from "./plan.ts";
import type { ResidentDataset } from "./resident.ts";
import { sizeOf } from "../base/shape.ts";
import type { FlatState } from "./state.ts";
import { packScalars, packSteps, STEP_BYTES, STEP_STRIDE, type StepFields } from "./step.ts";
import { type Mode, traceStep } from "./traced.ts";
import type { UpdateRequest } from "./update.ts";
import { makeUpdate, type UpdateDispatches } from "./update_dispatches.ts";
import { BufferUsage } from "./usage.ts";

export type { Mode };

/** The most steps that go out in one submit. */
export const MAX_STEPS = 256;

/** What a program is made from. */
export interface ProgramRequest extends Compiling {
  /** The network. */
  readonly model: AnyModule;
  /** The loss; unused when predicting. */
  readonly loss: Loss;
  /** The update at the end of a step; null unless training. */
  readonly update: UpdateRequest | null;
  /** Tells by its name whether a parameter's gradient is wanted. */
  readonly trained?: { has(name: string): boolean };
  /** The parameters on the GPU. */
  readonly state: FlatState;
  /** Gives the samples' shapes and types; batches of others like it can be run too. */
  readonly dataset: Dataset;
  /** Samples in a step; a batch with fewer leaves the rest out of loss and gradient. */
  readonly batch: number;
  /** What to do. */
  readonly mode: Mode;
  /** False: one kernel per node. */
  readonly fusion: boolean;
}

/** A plan with what surrounds it: the batch, the uniform of steps, the update, the read-back. */
export class Program {
  /** The whole graph: forward and, when training, backward. */
  readonly graph: Graph;
  /** The model's output. */
  readonly output: Value;
  /** The planned kernels between batch and update. */
  readonly plan: Plan;
  /** Samples in a step. */
  readonly batch: number;
  /** Whether the loss counts hits. */
  readonly countsHits: boolean;
  readonly #device: GpuDevice;
  readonly #update: UpdateDispatches | null;
  readonly #batches = new WeakMap<ResidentDataset, Promise<readonly Dispatch[]>>();
  readonly #layouts: readonly [FieldLayout, FieldLayout];
  readonly #fixed: Fixed;
  readonly #owned: readonly GPUBuffer[];
  readonly #stepGroup: GPUBindGroup;
  #turn = 0;

  private constructor(device: GpuDevice, fields: ProgramFields) {
    this.#device = device;
    this.graph = fields.graph;
    this.output = fields.output;
    this.plan = fields.plan;
    this.batch = fields.batch;
    this.countsHits = fields.countsHits;
    this.#update = fields.update;
    this.#layouts = fields.layouts;
    this.#fixed = fields.fixed;
    this.#owned = fields.owned;
    const resource = { ...fields.fixed.step };
    this.#stepGroup = device.bindGroup(stepLayout(device), [{ binding: 0, resource }]);
  }

  /** Traces, differentiates, plans and compiles. */
  static async create(device: GpuDevice, request: ProgramRequest): Promise<Program> {
    const owned: GPUBuffer[] = [];
    try {
      return await Program.#make(device, request, owned);
    } catch (error) {
      owned.forEach((buffer) => device.free(buffer));
      throw error;
    }
  }

  static async #make(device: GpuDevice, request: ProgramRequest, owned: GPUBuffer[]): Promise<Program> {
    const { state, batch } = request;
    const traced = traceStep(request);
    const { graph, input, target, output, layouts, rows: { losses, hits }, wanted } = traced;
    const fixed = await device.withinMemory("a batch", () => makeFixed(device, owned, batch, input, target));
    const placed = new Map<Value, Slice>([[input, whole(fixed.input)], [target, whole(fixed.target)]]);
    for (const [name, value] of traced.state) placed.set(value, state.slice(name));
    if (losses !== null) placed.set(losses, whole(fixed.losses));
    if (hits !== null) placed.set(hits, whole(fixed.hits));
    const countsHits = hits !== null;
    const { step } = fixed;
    const gradients = new Map([...traced.gradients, ...traced.updates]);
    const plan = await Plan.create(device, { ...request, wanted, placed, gradients, step });
    try {
      const update = request.update === null
        ? null
        : await makeUpdate(device, request.update, state, plan, owned, step, MAX_STEPS);
      return new Program(device, { graph, output, plan, batch, countsHits, update, layouts, fixed, owned });
    } catch (error) {
      plan.dispose();
      throw error;
    }
  }

  /** How many of the dispatches, at their end, are the update's. */
  get updates(): number {
    return this.#update?.dispatches.length ?? 0;
  }

  /** The kernels of a step over `data`, in order. */
  async dispatches(data: ResidentDataset): Promise<readonly Dispatch[]> {
    let first = this.#batches.get(data);
    if (first === undefined) {
      first = this.#makeBatch(data);
      this.#batches.set(data, first);
    }
    return [...await first, ...this.plan.dispatches, ...this.#update?.dispatches ?? []];
  }

  /** The bind group of the step's uniform, for those who encode dispatches themselves. */
  get stepGroup(): GPUBindGroup {
    return this.#stepGroup;
  }

  /** Writes the uniforms of the steps to come, at most {@linkcode MAX_STEPS}. */
  writeSteps(steps: readonly StepFields[]): void {
    this.#device.gpu.queue.writeBuffer(this.#fixed.step.buffer, 0, packSteps(steps));
    if (this.#update !== null) this.#device.gpu.queue.writeBuffer(this.#update.numbers, 0, packScalars(steps));
  }

  /**
   * Sends steps to the GPU in one submit and one pass; `collect` says where each
   * step's output is copied to, if anywhere; `onSubmitted` is told the milliseconds
   * that the host took. Returns the rows once the GPU is done.
   */
  submit(
    dispatches: readonly Dispatch[],
    steps: readonly StepFields[],
    collect?: GPUBuffer,
    onSubmitted?: (milliseconds: number) => void,
  ): Promise<Rows> {
    const began = performance.now();
    this.#device.checkAlive(this.#fixed.step.buffer);
    this.writeSteps(steps);
    const encoder = this.#device.gpu.createCommandEncoder();
    let pass = encoder.beginComputePass();
    const features = sizeOf(this.output.shape.slice(1)) * 4;
    for (const [index, step] of steps.entries()) {
      for (const dispatch of dispatches) encode(pass, dispatch, this.#stepGroup, index * STEP_STRIDE);
      if (collect === undefined) continue;
      pass.end();
      const { buffer } = this.plan.storage.get(storageOf(this.output))!;
      encoder.copyBufferToBuffer(buffer, 0, collect, step.start * features, step.count * features);
      pass = encoder.beginComputePass();
    }
    pass.end();
    const rows = steps.length * this.batch * 4;
    const staging = this.#fixed.staging[this.#turn++ % 2];
    encoder.copyBufferToBuffer(this.#fixed.losses, 0, staging, 0, rows);
    encoder.copyBufferToBuffer(this.#fixed.hits, 0, staging, rows, rows);
    this.#device.gpu.queue.submit([encoder.finish()]);
    onSubmitted?.(performance.now() - began);
    return this.#readRows(staging, rows);
  }

  /** Frees the buffers. */
  dispose(): void {
    this.plan.dispose();
    this.#owned.forEach((buffer) => this.#device.free(buffer));
  }

  async #readRows(staging: GPUBuffer, bytes: number): Promise<Rows> {
    await this.#device.map(staging, 2 * bytes);
    const copy = staging.getMappedRange(0, 2 * bytes).slice(0);
    staging.unmap();
    return { losses: new Float32Array(copy, 0, bytes / 4), hits: new Float32Array(copy, bytes) };
  }

  /** The kernels that pick the batch out of the parts of a data set, each of which holds some of its samples. */
  #makeBatch(data: ResidentDataset): Promise<readonly Dispatch[]> {
    const [inputs, targets] = this.#layouts;
    const read = (buffer: GPUBuffer): Bound => ({ slice: whole(buffer), access: "read" });
    const write = (buffer: GPUBuffer): Bound => ({ slice: whole(buffer), access: "read_write" });
    const writes = [{ name: INPUT_NAME, slice: whole(this.#fixed.input) }];
    return Promise.all(data.parts.map((part) => {
      if (part.inputs.length + 1 !== bindingsOf(inputs) || part.targets.length + 1 !== bindingsOf(targets)) {
        throw new ArgumentError("this data set's element types differ from those that the program was made for");
      }
      const bound = [
        read(data.order),
        ...part.inputs.map(read),
        write(this.#fixed.input),
        ...part.targets.map(read),
        write(this.#fixed.target),
      ];
      const kernel = gatherKernel(this.batch, inputs, targets, data.parts.length === 1 ? null : part);
      return makeDispatch(this.#device, "batch", kernel, bound, writes, this.#fixed.step);
    }));
  }
}

interface Fixed {
  readonly input: GPUBuffer;
  readonly target: GPUBuffer;
  readonly losses: GPUBuffer;
  readonly hits: GPUBuffer;
  /** The first step's uniform; the others follow it. */
  readonly step: Slice;
  readonly staging: readonly GPUBuffer[];
}

interface ProgramFields {
  readonly graph: Graph;
  readonly output: Value;
  readonly plan: Plan;
  readonly batch: number;
  readonly countsHits: boolean;
  readonly update: UpdateDispatches | null;
  readonly layouts: readonly [FieldLayout, FieldLayout];
  readonly fixed: Fixed;
  readonly owned: readonly GPUBuffer[];
}

function makeFixed(device: GpuDevice, owned: GPUBuffer[], batch: number, input: Value, target: Value): Fixed {
  const make = (label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer => {
    const buffer = device.buffer(label, bytes, usage);
    owned.push(buffer);
    return buffer;
  };
  const storage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
  const rows = MAX_STEPS * batch * 4;
  const readBack = BufferUsage.MAP_READ | BufferUsage.COPY_DST;
  const steps = make("steps", MAX_STEPS * STEP_STRIDE, BufferUsage.UNIFORM | BufferUsage.COPY_DST);
  return {
    input: make("batch inputs", sizeOf(input.shape) * 4, storage),
    target: make("batch targets", sizeOf(target.shape) * 4, storage),
    losses: make("losses", rows, storage),
    hits: make("hits", rows, storage),
    step: { buffer: steps, offset: 0, size: STEP_BYTES },
    staging: [make("rows", 2 * rows, readBack), make("rows", 2 * rows, readBack)],
  };
}
