/**
 * One way of running a model forwards at one batch size on the CPU: no targets, no loss; the inputs are written to
 * where a data set would lie.
 * @module
 */
import { type Shape, sizeOf } from "../../base/shape.ts";
import { outputsTogether } from "../../graph/parts.ts";
import type { Value } from "../../graph/graph.ts";
import { storageOf } from "../../graph/fuse.ts";
import { trace } from "../../graph/module.ts";
import { type WholeInput, wholeInputs } from "../../graph/whole.ts";
import type { Fill, ForwardProgram, ForwardRequest } from "../backend.ts";
import type { CpuCore } from "./core.ts";
import { BINDING, gatherKernel } from "./moving.ts";
import { CpuPlan } from "./plan.ts";
import type { Runnable } from "./pool.ts";
import type { CpuState } from "./state.ts";
import { STEP } from "./writer.ts";

/** A forward plan with its input. */
export class CpuForward implements ForwardProgram {
  /** See {@linkcode ForwardProgram.whole}. */
  readonly whole: readonly WholeInput[];
  /** The shapes of the outputs, without the batch. */
  readonly outputShapes: readonly Shape[];
  readonly #device: CpuCore;
  readonly #plan: CpuPlan;
  readonly #runnable: Runnable;
  readonly #batch: number;
  readonly #output: Value;
  readonly #input: readonly [number, number];
  readonly #step: number;
  readonly #owned: readonly number[];

  private constructor(
    device: CpuCore,
    plan: CpuPlan,
    output: Value,
    outputShapes: readonly Shape[],
    batch: number,
    input: readonly [number, number],
    step: number,
    owned: readonly number[],
  ) {
    this.#device = device;
    this.#plan = plan;
    this.#runnable = device.pool.add(plan);
    this.#batch = batch;
    this.#output = output;
    this.whole = wholeInputs(output.graph);
    this.outputShapes = outputShapes;
    this.#input = input;
    this.#step = step;
    this.#owned = owned;
  }

  /** Traces, plans and compiles. */
  static async create(device: CpuCore, state: CpuState, request: ForwardRequest): Promise<CpuForward> {
    const { model, samples, batch, fusion } = request;
    const owned: number[] = [];
    const take = (what: string, bytes: number): number => {
      owned.push(device.take(what, bytes));
      return owned.at(-1)!;
    };
    try {
      const traced = trace(model, samples.map((sample) => [batch, ...sample]), { packed: true });
      const { given: input, outputs, state: tensors } = traced;
      const output = outputsTogether(outputs, batch);
      const size = sizeOf(input.shape.slice(1));
      const inputs = take("the inputs", batch * size * 4);
      const bindings = take("bindings", BINDING.bytes);
      const order = take("the order", batch * 4);
      device.integers(order, batch).set(Array.from({ length: batch }, (_, k) => k));
      const fields = device.integers(bindings, BINDING.bytes / 4);
      fields[BINDING.order / 4] = order;
      fields[BINDING.inputs / 4] = inputs;
      const step = take("the step", STEP.bytes);
      const placed = new Map([...tensors].map(([name, value]) => [value, state.address(name)]));
      const gathered = new Map([
        [
          input,
          (out: Parameters<typeof gatherKernel>[4]) =>
            gatherKernel("Batch", bindings, "inputs", { size, kind: "f32" }, out),
        ],
      ]);
      const plan = await CpuPlan.create(device, {
        ...{ wanted: [output], placed, gathered, gradients: new Map(), batch, fusion },
      });
      const shapes = outputs.map(({ shape }) => shape.slice(1));
      return new CpuForward(device, plan, output, shapes, batch, [inputs, size], step, owned);
    } catch (error) {
      owned.forEach((address) => device.free(address));
      throw error;
    }
  }

  /** See {@linkcode ForwardProgram.run}. */
  run(count: number, fill: Fill): Promise<Float32Array<ArrayBuffer>> {
    return this.#device.pool.inTurn(() => this.#run(count, fill));
  }

  async #run(count: number, fill: Fill): Promise<Float32Array<ArrayBuffer>> {
    const features = sizeOf(this.#output.shape.slice(1));
    const outputs = new Float32Array(count * features);
    const [address, size] = this.#input;
    for (let first = 0; first < count; first += this.#batch) {
      const part = Math.min(this.#batch, count - first);
      this.#device.checkAlive(address);
      fill(this.#device.floats(address, this.#batch * size), first, part);
      const step = this.#device.integers(this.#step, STEP.bytes / 4);
      step.set([0, part, 0]);
      await this.#device.pool.run(this.#runnable, this.#step, 1);
      this.#device.checkAlive(address);
      const from = this.#plan.wanted.get(storageOf(this.#output))!;
      outputs.set(this.#device.floats(from, part * features), first * features);
    }
    return outputs;
  }

  /** See {@linkcode ForwardProgram.dispose}. */
  dispose(): void {
    this.#device.pool.remove(this.#runnable);
    this.#plan.dispose();
    this.#owned.forEach((address) => this.#device.free(address));
  }
}
