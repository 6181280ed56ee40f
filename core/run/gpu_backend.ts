/**
 * The GPU as a back end.
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import type { AnyModule } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import { sizeOf } from "../base/shape.ts";
import type { Backend, ForwardProgram, ForwardRequest, Outputs, Rows, StepProgram, StepRequest } from "./backend.ts";
import type { GpuDevice } from "./device.ts";
import type { Dispatch } from "./dispatch.ts";
import { Inference } from "./inference.ts";
import { findNonFinite } from "./inspect.ts";
import { type DispatchTime, timeDispatches } from "./profile.ts";
import { MAX_STEPS, Program } from "./program.ts";
import { ResidentDataset } from "./resident.ts";
import { ResidentPiece } from "./resident_piece.ts";
import { FlatState } from "./state.ts";
import type { StepFields } from "./step.ts";
import { BufferUsage } from "./usage.ts";

/** A model's back end on a GPU. */
export class GpuBackend implements Backend {
  /** The flat buffers. */
  readonly state: FlatState;
  readonly #device: GpuDevice;

  private constructor(device: GpuDevice, state: FlatState) {
    this.#device = device;
    this.state = state;
  }

  /** Puts the model's parameters on the device. */
  static async create(device: GpuDevice, model: AnyModule, optimizer: Pick<Optimizer, "state">): Promise<GpuBackend> {
    return new GpuBackend(device, await FlatState.create(device, model, optimizer));
  }

  /** See {@linkcode Backend.program}. */
  async program(request: StepRequest): Promise<StepProgram> {
    const program = await Program.create(this.#device, { ...request, state: this.state });
    return new GpuProgram(this.#device, program) as unknown as StepProgram;
  }

  /** See {@linkcode Backend.data}. */
  data(dataset: Dataset): Promise<ResidentDataset> {
    return ResidentDataset.create(this.#device, dataset);
  }

  /** See {@linkcode Backend.piece}. */
  piece(dataset: Dataset, samples: number): Promise<ResidentPiece> {
    return ResidentPiece.make(this.#device, dataset, samples);
  }

  /** See {@linkcode Backend.forward}. */
  forward(request: ForwardRequest): Promise<ForwardProgram> {
    return Inference.create(this.#device, { ...request, state: this.state });
  }

  /** See {@linkcode Backend.idle}. */
  idle(): Promise<void> {
    return this.#device.idle();
  }
}

class GpuProgram implements StepProgram<ResidentDataset> {
  readonly #device: GpuDevice;
  readonly #program: Program;
  readonly #dispatches = new WeakMap<ResidentDataset, readonly Dispatch[]>();

  constructor(device: GpuDevice, program: Program) {
    this.#device = device;
    this.#program = program;
  }

  get graph(): Program["graph"] {
    return this.#program.graph;
  }

  get output(): Program["output"] {
    return this.#program.output;
  }

  get batch(): number {
    return this.#program.batch;
  }

  get countsHits(): boolean {
    return this.#program.countsHits;
  }

  describe(): string {
    return this.#program.plan.toString();
  }

  async prepare(data: ResidentDataset): Promise<void> {
    this.#dispatches.set(data, await this.#program.dispatches(data));
  }

  submit(
    data: ResidentDataset,
    steps: readonly StepFields[],
    onSubmitted?: (milliseconds: number) => void,
  ): Promise<Rows> {
    return this.#program.submit(this.#of(data), steps, undefined, onSubmitted);
  }

  async outputs(
    data: ResidentDataset,
    steps: readonly Omit<StepFields, "row">[],
    length: number,
  ): Promise<Outputs> {
    const bytes = sizeOf(this.output.shape.slice(1)) * 4 * length;
    const collected = await this.#device.withinMemory(
      "the outputs",
      () => this.#device.buffer("outputs", bytes, BufferUsage.COPY_DST | BufferUsage.COPY_SRC),
    );
    try {
      const rows = [new Float32Array(steps.length * this.batch), new Float32Array(steps.length * this.batch)];
      for (let at = 0; at < steps.length; at += MAX_STEPS) {
        const part = steps.slice(at, at + MAX_STEPS).map((step, k) => ({ ...step, row: k * this.batch }));
        const { losses, hits } = await this.#program.submit(this.#of(data), part, collected);
        [losses, hits].forEach((read, k) => rows[k].set(read, at * this.batch));
      }
      const [losses, hits] = rows;
      return { outputs: new Float32Array(await this.#device.read(collected)), rows: { losses, hits } };
    } finally {
      this.#device.free(collected);
    }
  }

  async gradients(data: ResidentDataset, step: StepFields): Promise<Map<string, Float32Array>> {
    await this.#program.submit(this.#withoutUpdate(data), [step]);
    return await this.#program.plan.readGradients();
  }

  inspect(data: ResidentDataset, step: StepFields): Promise<string | null> {
    this.#program.writeSteps([step]);
    return findNonFinite(this.#device, this.#withoutUpdate(data), this.#program.stepGroup);
  }

  profile(data: ResidentDataset, step: StepFields, steps: number): Promise<DispatchTime[] | null> {
    this.#program.writeSteps([step]);
    return timeDispatches(this.#device, this.#of(data), this.#program.stepGroup, steps);
  }

  dispose(): void {
    this.#program.dispose();
  }

  #of(data: ResidentDataset): readonly Dispatch[] {
    return this.#dispatches.get(data)!;
  }

  #withoutUpdate(data: ResidentDataset): readonly Dispatch[] {
    const dispatches = this.#of(data);
    return dispatches.slice(0, dispatches.length - this.#program.updates);
  }
}
