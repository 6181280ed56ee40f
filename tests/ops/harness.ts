/**
 * Runs small graphs on the GPU through the engine, with every value in the
 * test's hands: what goes in, what comes out, and the gradients.
 * @module
 */
import assert from "node:assert/strict";
import { GpuDevice } from "../../core/run/device.ts";
import { encode, stepLayout, whole } from "../../core/run/dispatch.ts";
import { differentiate } from "../../core/graph/grad.ts";
import { Graph, type Value } from "../../core/graph/graph.ts";
import type { OpCase, OpDefinition, Profile } from "../../core/graph/op.ts";
import { Plan } from "../../core/run/plan.ts";
import { Generator } from "../../core/base/random.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import { perSample } from "../../core/graph/per_sample.ts";

/** A shape with its elements, row-major. */
export interface Tensor {
  /** Sizes of its dimensions. */
  readonly shape: Shape;
  /** Its elements. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** The tunables that the tests run with: those of a processor and those of a GPU, whatever the adapter is. */
export const PROFILES: Readonly<Record<"cpu" | "gpu", Partial<Profile>>> = {
  cpu: { kind: "cpu", unroll: true },
  gpu: { kind: "gpu", unroll: false },
};

/** One adapter's device under both profiles. */
export class Devices implements Disposable {
  /** Kernels as for a processor. */
  readonly cpu: GpuDevice;
  /** Kernels as for a GPU. */
  readonly gpu: GpuDevice;

  private constructor(cpu: GpuDevice) {
    this.cpu = cpu;
    this.gpu = GpuDevice.wrap(cpu.gpu, cpu.info, PROFILES.gpu);
  }

  /** Asks for the device; throws a `NoAdapterError` where there is none. */
  static async request(): Promise<Devices> {
    Deno.env.set("XDG_RUNTIME_DIR", "/tmp");
    return new Devices(await GpuDevice.request({ profile: PROFILES.cpu }));
  }

  /** Destroys the device. */
  [Symbol.dispose](): void {
    this.gpu[Symbol.dispose]();
    this.cpu[Symbol.dispose]();
  }
}

/**
 * `loss[n] = sum over k of y[n, k] * c[n, k]`, so that the gradient of y is c,
 * to the bit. Not scaled by the batch: what training lowers is its sum.
 */
export const WeightedSumOp: OpDefinition<null> = {
  name: "WeightedSum",
  loss: { hits: null, gradient: 1 },
  shapes: ([y]) => [[y[0]], y],
  kernel: (call) => {
    const size = sizeOf(call.inputs[0].slice(1));
    const body = `  var sum = 0.0;
  for (var k = 0u; k < ${size}u; k++) {
    sum += y(k) * c(k);
    set_gradient(k, c(k));
  }
  set_losses(0u, sum);`;
    const inputs = [{ name: "y", type: "f32" }, { name: "c", type: "f32" }] as const;
    return perSample({ name: "WeightedSum", inputs, outputs: [{ name: "losses" }, { name: "gradient" }], body }, call);
  },
};

/** A graph that ends in a {@linkcode WeightedSumOp}, with data for all that comes from outside. */
export interface Weighed {
  /** The inputs as parameters, named `input0`, `input1`... */
  readonly inputs: readonly Value[];
  /** What was built from them. */
  readonly output: Value;
  /** The losses of the samples. */
  readonly loss: Value;
  /** What the output's elements are weighed with. */
  readonly coefficients: Float32Array<ArrayBuffer>;
  /** The gradients of the inputs, by name. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** The data. */
  readonly given: ReadonlyMap<Value, Float32Array<ArrayBuffer>>;
}

/** Builds a graph on parameters that hold `tensors`, weighs its output and differentiates it, but for whole and flat inputs. */
export function weigh(
  tensors: readonly Tensor[],
  build: (inputs: readonly Value[]) => Value,
  { whole = {}, flat = [] }: Pick<OpCase<unknown>, "whole" | "flat"> = {},
): Weighed {
  const graph = new Graph();
  const inputs = tensors.map(({ shape }, index) => graph.source(`input${index}`, shape, "parameter"));
  const output = build(inputs);
  const target = graph.source("coefficients", output.shape, "target");
  const coefficients = uniform(output.shape, 99).data;
  const [loss] = graph.apply(WeightedSumOp, [output, target], null);
  const found = differentiate(loss, inputs.filter((_, k) => whole[k] === undefined && !flat.includes(k)));
  const gradients = new Map([...found].map(([input, gradient]) => [input.name, gradient]));
  const given = new Map(inputs.map((input, index) => [input, tensors[index].data]));
  given.set(target, coefficients);
  return { inputs, output, loss, coefficients, gradients, given };
}

/** What an {@linkcode Execution} is made from. */
export interface ExecutionRequest {
  /** The data of all that comes from outside; each value gets a buffer of its own. */
  readonly given: ReadonlyMap<Value, Float32Array<ArrayBuffer>>;
  /** What is to be read afterwards. */
  readonly wanted: readonly Value[];
  /** Gradients by name. */
  readonly gradients?: ReadonlyMap<string, Value>;
  /** False: one kernel per node; default true. */
  readonly fusion?: boolean;
}

/** A plan with its surroundings, ready to run as often as one likes. */
export class Execution implements Disposable {
  /** The plan. */
  readonly plan: Plan;
  readonly #device: GpuDevice;
  readonly #buffers: ReadonlyMap<Value, GPUBuffer>;
  readonly #step: GPUBuffer;

  private constructor(device: GpuDevice, plan: Plan, buffers: ReadonlyMap<Value, GPUBuffer>, step: GPUBuffer) {
    this.plan = plan;
    this.#device = device;
    this.#buffers = buffers;
    this.#step = step;
  }

  /** Plans and compiles, and uploads the data. */
  static async create(device: GpuDevice, request: ExecutionRequest): Promise<Execution> {
    const { given, wanted, gradients = new Map(), fusion = true } = request;
    const buffers = new Map([...given].map(([value, data]) => [value, device.upload(value.name, data)]));
    const placed = new Map([...buffers].map(([value, buffer]) => [value, whole(buffer)]));
    const step = device.buffer("step", 32, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    // All samples count.
    device.write(step, 4, Uint32Array.of(wanted[0].shape[0] ?? 1));
    try {
      const plan = await Plan.create(device, { wanted, placed, gradients, step: whole(step), fusion });
      return new Execution(device, plan, buffers, step);
    } catch (error) {
      [...buffers.values(), step].forEach((buffer) => device.free(buffer));
      throw error;
    }
  }

  /** Replaces the data of a value that was given. */
  write(value: Value, data: Float32Array<ArrayBuffer>): void {
    this.#device.write(this.#buffers.get(value)!, 0, data);
  }

  /** Runs all kernels once. */
  run(): void {
    const group = this.#device.bindGroup(stepLayout(this.#device), [
      { binding: 0, resource: { buffer: this.#step, offset: 0, size: 32 } },
    ]);
    const encoder = this.#device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const dispatch of this.plan.dispatches) encode(pass, dispatch, group, 0);
    pass.end();
    this.#device.gpu.queue.submit([encoder.finish()]);
  }

  /** The elements that a wanted value has after the runs so far; the copy is under way when this returns. */
  async read(value: Value): Promise<Float32Array<ArrayBuffer>> {
    let root = value;
    while (root.node !== null && root.node.op.kernel === undefined) root = root.node.inputs[0];
    const { buffer, offset, size } = this.plan.storage.get(root)!;
    return new Float32Array(await this.#device.read(buffer, offset, size));
  }

  /** The gradients by name, their partial sums added; empty where none were asked for. */
  async gradients(): Promise<Map<string, Float32Array>> {
    const { gradientBuffer, gradientSlices } = this.plan;
    if (gradientBuffer === null) return new Map();
    const flat = new Float32Array(await this.#device.read(gradientBuffer));
    const sizes = new Map([...this.#buffers].map(([{ name, shape }]) => [name, sizeOf(shape)]));
    return new Map([...gradientSlices].map(([name, { start, partials }]) => {
      const data = new Float32Array(sizes.get(name)!);
      for (let k = 0; k < partials * data.length; k++) data[k % data.length] += flat[start + k];
      return [name, data];
    }));
  }

  /** Frees every buffer. */
  [Symbol.dispose](): void {
    this.plan.dispose();
    [...this.#buffers.values(), this.#step].forEach((buffer) => this.#device.free(buffer));
  }
}

/** Output and gradients of a graph, run once with buffers of its own. */
export async function evaluate(
  device: GpuDevice,
  { given, output, loss, gradients }: Weighed,
  fusion: boolean = true,
): Promise<{ readonly output: Float32Array; readonly gradients: ReadonlyMap<string, Float32Array> }> {
  using execution = await Execution.create(device, { given, wanted: [output, loss], gradients, fusion });
  execution.run();
  const results = await Promise.all([execution.read(output), execution.gradients()]);
  return { output: results[0], gradients: results[1] };
}

/** Numbers from (-bound, bound), the same for the same seed. */
export function uniform(shape: Shape, seed: number, bound = 1): Tensor {
  return { shape, data: new Generator(seed).fillUniform(new Float32Array(sizeOf(shape)), -bound, bound) };
}

/** Numbers from a range, the same for the same seed. */
export function between(shape: Shape, seed: number, [low, high]: readonly [number, number]): Tensor {
  return { shape, data: new Generator(seed).fillUniform(new Float32Array(sizeOf(shape)), low, high) };
}

/** Whole numbers from 0 on, below a bound. */
export function wholeNumbers(shape: Shape, seed: number, bound: number): Tensor {
  return { shape, data: between(shape, seed, [0, bound]).data.map((value) => Math.min(bound - 1, Math.floor(value))) };
}

/** Numbers at least 0.05 apart and 0.025 from zero, in random order: no kink and no tie is near. */
export function apart(shape: Shape, seed: number): Tensor {
  const size = sizeOf(shape);
  const order = new Generator(seed).permutation(size);
  return { shape, data: Float32Array.from(order, (place) => (place - Math.floor(size / 2) + 0.5) * 0.05) };
}

/** Asserts that two lists differ by at most `tolerance` times the norm of what is expected. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: number of elements`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < actual.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  const distance = Math.sqrt(difference / (norm || 1));
  assert.ok(distance <= tolerance, `${what}: ${distance} from what is expected, relative to its norm`);
}
