/**
 * One way of running a model at one batch size on the CPU: training, evaluation or prediction, from the data set to
 * losses on the host.
 * @module
 */
import { sizeOf } from "../../base/shape.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { storageOf } from "../../graph/fuse.ts";
import type { Outputs, Rows, StepProgram, StepRequest } from "../backend.ts";
import type { DispatchTime } from "../profile.ts";
import { packScalars, packSteps, STEP_STRIDE, type StepFields } from "../step.ts";
import { traceStep } from "../traced.ts";
import { nothingToTrain, numbersOf } from "../update.ts";
import type { CpuCore } from "./core.ts";
import { BINDING, gatherKernel } from "./moving.ts";
import { CpuPlan } from "./plan.ts";
import type { Runnable } from "./pool.ts";
import type { CpuDataset } from "./resident.ts";
import type { CpuState } from "./state.ts";
import { BLOCK_SAMPLES, type CpuKernel, type Item, STEP } from "./writer.ts";
import { findNonFiniteItem, timeKernels } from "./watch.ts";

/** The most steps that run before the host hears of them. */
const MOST_STEPS = 256;

/** A plan with what surrounds it. */
export class CpuProgram implements StepProgram<CpuDataset> {
  /** The whole graph. */
  readonly graph: Graph;
  /** The model's output. */
  readonly output: Value;
  /** Samples in a step. */
  readonly batch: number;
  /** Whether the loss counts hits. */
  readonly countsHits: boolean;
  /** The plan. */
  readonly plan: CpuPlan;
  readonly #device: CpuCore;
  readonly #owned: readonly number[];
  readonly #places: Places;
  readonly #runnable: Runnable;

  private constructor(device: CpuCore, plan: CpuPlan, fields: Fields) {
    this.graph = fields.graph;
    this.output = fields.output;
    this.batch = fields.batch;
    this.countsHits = fields.countsHits;
    this.plan = plan;
    this.#device = device;
    this.#owned = fields.owned;
    this.#places = fields.places;
    this.#runnable = device.pool.add(plan);
  }

  /** Traces, differentiates, plans and compiles. */
  static async create(device: CpuCore, state: CpuState, request: StepRequest): Promise<CpuProgram> {
    const owned: number[] = [];
    const take = (what: string, bytes: number): number => {
      owned.push(device.take(what, bytes));
      return owned.at(-1)!;
    };
    try {
      const { batch, mode, fusion, onCompile, signal } = request;
      const traced = traceStep(request);
      const { graph, input, target, output, layouts, rows: { losses, hits } } = traced;
      const stride = Math.ceil(batch / BLOCK_SAMPLES) * BLOCK_SAMPLES;
      const places: Places = {
        steps: take("the steps", MOST_STEPS * STEP.bytes),
        bindings: take("bindings", BINDING.bytes),
        losses: take("the losses", MOST_STEPS * stride * 4),
        hits: take("the hits", MOST_STEPS * stride * 4),
        numbers: request.update === null ? 0 : take("the update's numbers", MOST_STEPS * numbersOf(request.update) * 4),
        stride,
      };
      const placed = new Map([...traced.state].map(([name, value]) => [value, state.address(name)]));
      const gathered = new Map<Value, (out: Item) => CpuKernel>([
        [input, (out) => gatherKernel("Batch", places.bindings, "inputs", layouts[0], out)],
        [target, (out) => gatherKernel("Targets", places.bindings, "targets", layouts[1], out)],
      ]);
      const rows = new Map<Value, number>();
      if (losses !== null) rows.set(losses, places.losses);
      if (hits !== null) rows.set(hits, places.hits);
      if (mode === "train" && traced.gradients.size === 0) {
        throw nothingToTrain();
      }
      const { segments, parameters, moments } = state;
      const { numbers } = places;
      const update = request.update === null
        ? {}
        : { update: { ...request.update, segments, parameters, moments, numbers } };
      signal?.throwIfAborted();
      onCompile?.({ done: 0, total: 1, kernel: "the step" });
      const { wanted } = traced;
      const gradients = new Map([...traced.gradients, ...traced.updates]);
      const plan = await CpuPlan.create(device, {
        ...{ wanted, gradients, placed, gathered, rows, batch, fusion, ...update },
        apart: request.apart ?? false,
      });
      if (signal?.aborted) {
        plan.dispose();
        signal.throwIfAborted();
      }
      onCompile?.({ done: 1, total: 1, kernel: "the step" });
      return new CpuProgram(device, plan, { graph, output, batch, countsHits: hits !== null, owned, places });
    } catch (error) {
      owned.forEach((address) => device.free(address));
      throw error;
    }
  }

  /** The plan in words. */
  describe(): string {
    return this.plan.toString();
  }

  /** Nothing has to be made for a data set. */
  prepare(_data: CpuDataset): Promise<void> {
    return Promise.resolve();
  }

  /** Runs steps over a data set; returns their rows. */
  submit(data: CpuDataset, steps: readonly StepFields[], onSubmitted?: (milliseconds: number) => void): Promise<Rows> {
    return this.#device.pool.inTurn(() => this.#submit(data, steps, onSubmitted));
  }

  async #submit(
    data: CpuDataset,
    steps: readonly StepFields[],
    onSubmitted?: (milliseconds: number) => void,
  ): Promise<Rows> {
    const began = performance.now();
    this.#write(data, steps);
    onSubmitted?.(performance.now() - began);
    await this.#device.pool.run(this.#runnable, this.#places.steps, steps.length);
    this.#device.checkAlive(this.#places.steps);
    const { stride, losses, hits } = this.#places;
    const rows = (address: number): Float32Array => {
      const all = this.#device.floats(address, steps.length * stride);
      const packed = new Float32Array(steps.length * this.batch);
      steps.forEach((_, k) => packed.set(all.subarray(k * stride, k * stride + this.batch), k * this.batch));
      return packed;
    };
    return { losses: rows(losses), hits: rows(hits) };
  }

  /** The outputs of the steps' samples, one after another, and their rows. */
  outputs(data: CpuDataset, steps: readonly Omit<StepFields, "row">[], length: number): Promise<Outputs> {
    return this.#device.pool.inTurn(() => this.#outputs(data, steps, length));
  }

  async #outputs(data: CpuDataset, steps: readonly Omit<StepFields, "row">[], length: number): Promise<Outputs> {
    const features = sizeOf(this.output.shape.slice(1));
    const outputs = new Float32Array(length * features);
    const address = this.plan.wanted.get(storageOf(this.output))!;
    const rows = {
      losses: new Float32Array(steps.length * this.batch),
      hits: new Float32Array(steps.length * this.batch),
    };
    for (const [k, step] of steps.entries()) {
      this.#write(data, [{ ...step, row: 0 }]);
      await this.#device.pool.run(this.#runnable, this.#places.steps, 1);
      this.#device.checkAlive(this.#places.steps);
      outputs.set(this.#device.floats(address, step.count * features), step.start * features);
      rows.losses.set(this.#device.floats(this.#places.losses, this.batch), k * this.batch);
      rows.hits.set(this.#device.floats(this.#places.hits, this.batch), k * this.batch);
    }
    return { outputs, rows };
  }

  /** The gradients of one step by parameter name; its update is done too. */
  gradients(data: CpuDataset, step: StepFields): Promise<Map<string, Float32Array>> {
    return this.#device.pool.inTurn(async () => {
      await this.#submit(data, [step]);
      return this.plan.readGradients();
    });
  }

  /** The first node of one step whose result is not finite, in words, or null. */
  inspect(data: CpuDataset, step: StepFields): Promise<string | null> {
    return this.#device.pool.inTurn(() => {
      this.#write(data, [step]);
      return Promise.resolve(findNonFiniteItem(this.#device, this.plan, this.#places.steps, step.count));
    });
  }

  /** The time of each kernel on one thread. */
  profile(data: CpuDataset, step: StepFields, steps: number): Promise<DispatchTime[] | null> {
    return this.#device.pool.inTurn(() => {
      this.#write(data, [step]);
      return Promise.resolve(timeKernels(this.#device, this.plan, this.#places.steps, steps));
    });
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#device.pool.remove(this.#runnable);
    this.plan.dispose();
    this.#owned.forEach((address) => this.#device.free(address));
  }

  #write(data: CpuDataset, steps: readonly StepFields[]): void {
    this.#device.checkAlive(this.#places.steps);
    data.bind(this.#places.bindings);
    data.provide(steps);
    const packed = new Uint8Array(packSteps(steps.map((step, k) => ({ ...step, row: k * this.#places.stride }))));
    const scalars = packScalars(steps);
    if (scalars.length > 0) this.#device.floats(this.#places.numbers, scalars.length).set(scalars);
    const there = this.#device.bytes(this.#places.steps, steps.length * STEP.bytes);
    steps.forEach((_, k) => there.set(packed.subarray(k * STEP_STRIDE, k * STEP_STRIDE + STEP.bytes), k * STEP.bytes));
  }
}

interface Places {
  readonly steps: number;
  readonly bindings: number;
  readonly losses: number;
  readonly hits: number;
  /** The numbers that steps are updated by; 0 where nothing is. */
  readonly numbers: number;
  /** Floats from one step's rows to the next. */
  readonly stride: number;
}

interface Fields {
  readonly graph: Graph;
  readonly output: Value;
  readonly batch: number;
  readonly countsHits: boolean;
  readonly owned: readonly number[];
  readonly places: Places;
}
