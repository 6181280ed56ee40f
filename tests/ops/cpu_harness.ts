/**
 * Runs small graphs on the CPU back end, as `harness.ts` does on the GPU.
 * @module
 */
import type { CpuCore } from "../../core/run/cpu/core.ts";
import { coreOf, type CpuDevice } from "../../core/run/cpu/device.ts";
import { CpuPlan } from "../../core/run/cpu/plan.ts";
import { STEP } from "../../core/run/cpu/writer.ts";
import { storageOf } from "../../core/graph/fuse.ts";
import type { Value } from "../../core/graph/graph.ts";
import { sizeOf } from "../../core/base/shape.ts";
import type { ExecutionRequest, Weighed } from "./harness.ts";

type Run = (arena: number, threads: number, step: number, steps: number) => void;

/** A plan with its surroundings, ready to run as often as one likes. */
export class CpuExecution implements Disposable {
  /** The plan. */
  readonly plan: CpuPlan;
  readonly #device: CpuCore;
  readonly #placed: ReadonlyMap<Value, number>;
  readonly #step: number;
  readonly #run: Run;

  private constructor(device: CpuCore, plan: CpuPlan, placed: ReadonlyMap<Value, number>, step: number) {
    this.plan = plan;
    this.#device = device;
    this.#placed = placed;
    this.#step = step;
    const instance = new WebAssembly.Instance(plan.module, { env: { memory: device.memory } });
    this.#run = instance.exports.run as unknown as Run;
  }

  /** Plans and compiles, and writes the data. */
  static async create(on: CpuDevice, request: ExecutionRequest & { apart?: boolean }): Promise<CpuExecution> {
    const device = coreOf(on);
    const { given, wanted, gradients = new Map(), fusion = true, apart = false } = request;
    const placed = new Map<Value, number>();
    for (const [value, data] of given) {
      const address = device.take(value.name, Math.ceil(data.length / 8) * 32);
      device.floats(address, data.length).set(data);
      placed.set(value, address);
    }
    const batch = wanted[0].shape[0];
    const step = device.take("step", STEP.bytes);
    device.integers(step, 8)[STEP.count / 4] = batch;
    device.floats(step, 8)[STEP.scale / 4] = 1 / batch;
    const plan = await CpuPlan.create(device, { wanted, placed, gradients, fusion, batch, apart });
    return new CpuExecution(device, plan, placed, step);
  }

  /** Replaces the data of a value that was given. */
  write(value: Value, data: Float32Array<ArrayBuffer>): void {
    this.#device.floats(this.#placed.get(value)!, data.length).set(data);
  }

  /** Runs all kernels once. */
  run(): void {
    this.#run(this.plan.arena[0], 1, this.#step, 1);
  }

  /** The elements that a wanted value has after the runs so far. */
  read(value: Value): Float32Array<ArrayBuffer> {
    const address = this.plan.wanted.get(storageOf(value))!;
    return Float32Array.from(this.#device.floats(address, sizeOf(value.shape)));
  }

  /** Frees everything. */
  [Symbol.dispose](): void {
    this.plan.dispose();
    [...this.#placed.values(), this.#step].forEach((address) => this.#device.free(address));
  }
}

/** Output and gradients of a graph, run once with memory of its own. */
export async function evaluateOnCpu(
  device: CpuDevice,
  { given, output, loss, gradients }: Weighed,
  fusion: boolean = true,
  apart: boolean = false,
): Promise<{ readonly output: Float32Array; readonly gradients: ReadonlyMap<string, Float32Array> }> {
  using execution = await CpuExecution.create(device, { given, wanted: [output, loss], gradients, fusion, apart });
  execution.run();
  return { output: execution.read(output), gradients: execution.plan.readGradients() };
}
