/**
 * One way of running a model forwards at one batch size: no targets, no loss, no data
 * set on the GPU; the inputs are written to where the first kernel reads them.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { encode, type Slice, stepLayout, whole } from "./dispatch.ts";
import { storageOf } from "../graph/fuse.ts";
import type { Value } from "../graph/graph.ts";
import { type WholeInput, wholeInputs } from "../graph/whole.ts";
import { type AnyModule, trace } from "../graph/module.ts";
import { outputsTogether } from "../graph/parts.ts";
import { Plan } from "./plan.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import type { FlatState } from "./state.ts";
import { packSteps, STEP_BYTES } from "./step.ts";
import { BufferUsage } from "./usage.ts";

/** What an inference is made from. */
export interface InferenceRequest {
  /** The network. */
  readonly model: AnyModule;
  /** Its parameters on the GPU. */
  readonly state: FlatState;
  /** The shapes of the inputs, without the batch. */
  readonly samples: readonly Shape[];
  /** Samples that go through at once. */
  readonly batch: number;
  /** False: one kernel per node. */
  readonly fusion: boolean;
}

/** Batches whose outputs are read back at once: each reading waits for the GPU. */
const BATCHES = 16;

/** A forward plan with its input, and a place to read its outputs back from. */
export class Inference {
  /** The shapes of the outputs, without the batch. */
  readonly outputShapes: readonly Shape[];
  /** Samples that go through at once. */
  readonly batch: number;
  /** What its inputs have to hold. */
  readonly whole: readonly WholeInput[];
  readonly #device: GpuDevice;
  readonly #plan: Plan;
  readonly #input: GPUBuffer;
  readonly #output: Slice;
  readonly #staging: GPUBuffer;
  readonly #owned: readonly GPUBuffer[];
  readonly #stepGroup: GPUBindGroup;
  /** Numbers that a sample comes to. */
  readonly #size: number;

  private constructor(
    device: GpuDevice,
    batch: number,
    output: Value,
    outputShapes: readonly Shape[],
    plan: Plan,
    owned: readonly GPUBuffer[],
  ) {
    this.#device = device;
    this.#plan = plan;
    this.#owned = owned;
    this.batch = batch;
    this.whole = wholeInputs(output.graph);
    this.outputShapes = outputShapes;
    this.#size = sizeOf(output.shape.slice(1));
    this.#output = plan.storage.get(storageOf(output))!;
    let step: GPUBuffer;
    [this.#input, this.#staging, step] = owned;
    const resource = { buffer: step, offset: 0, size: STEP_BYTES };
    this.#stepGroup = device.bindGroup(stepLayout(device), [{ binding: 0, resource }]);
  }

  /** Traces, plans and compiles. */
  static async create(device: GpuDevice, request: InferenceRequest): Promise<Inference> {
    const { model, state, samples, batch, fusion } = request;
    const traced = trace(model, samples.map((sample) => [batch, ...sample]), { packed: true });
    const { given: input, outputs, state: tensors } = traced;
    const output = outputsTogether(outputs, batch);
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST;
    const owned = await device.withinMemory("a batch", () => [
      device.buffer("inputs", sizeOf(input.shape) * 4, usage),
      device.buffer("outputs", sizeOf(output.shape) * 4 * BATCHES, BufferUsage.MAP_READ | BufferUsage.COPY_DST),
      device.buffer("step", STEP_BYTES, BufferUsage.UNIFORM | BufferUsage.COPY_DST),
    ]);
    try {
      const placed = new Map<Value, Slice>([[input, whole(owned[0])]]);
      for (const [name, value] of tensors) placed.set(value, state.slice(name));
      const step = { buffer: owned[2], offset: 0, size: STEP_BYTES };
      const plan = await Plan.create(device, { wanted: [output], placed, gradients: new Map(), step, fusion });
      const shapes = outputs.map(({ shape }) => shape.slice(1));
      return new Inference(device, batch, output, shapes, plan, owned);
    } catch (error) {
      owned.forEach((buffer) => device.free(buffer));
      throw error;
    }
  }

  /** The outputs of `count` samples, which `fill` writes batch by batch into the array that it is given. */
  async run(
    count: number,
    fill: (into: Float32Array, first: number, count: number) => void,
  ): Promise<Float32Array<ArrayBuffer>> {
    const size = this.#size;
    const outputs = new Float32Array(count * size);
    const inputs = new Float32Array(this.#input.size / 4);
    for (let at = 0; at < count; at += BATCHES * this.batch) {
      const end = Math.min(count, at + BATCHES * this.batch);
      for (let first = at; first < end; first += this.batch) {
        const part = Math.min(this.batch, end - first);
        fill(inputs, first, part);
        this.#submit(inputs, part, first - at, part * size * 4);
      }
      const bytes = (end - at) * size * 4;
      await this.#device.map(this.#staging, bytes);
      outputs.set(new Float32Array(this.#staging.getMappedRange(0, bytes)), at * size);
      this.#staging.unmap();
    }
    return outputs;
  }

  /** Frees the buffers. */
  dispose(): void {
    this.#plan.dispose();
    this.#owned.forEach((buffer) => this.#device.free(buffer));
  }

  #submit(inputs: Float32Array, count: number, first: number, bytes: number): void {
    this.#device.checkAlive(this.#input);
    this.#device.write(this.#input, 0, inputs);
    const step = packSteps([{ start: 0, count, row: 0 }]);
    this.#device.gpu.queue.writeBuffer(this.#owned[2], 0, step, 0, STEP_BYTES);
    const encoder = this.#device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const dispatch of this.#plan.dispatches) encode(pass, dispatch, this.#stepGroup, 0);
    pass.end();
    const { buffer, offset } = this.#output;
    encoder.copyBufferToBuffer(buffer, offset, this.#staging, first * this.#size * 4, bytes);
    this.#device.gpu.queue.submit([encoder.finish()]);
  }
}
