/**
 * From graph to dispatches: fusion, kernels, buffers, pipelines, bind groups; all
 * made once, so that replay makes nothing.
 * @module
 */
import { compileAll, type Compiling, type Job } from "./compile.ts";
import type { GpuDevice } from "./device.ts";
import { type Dispatch, makeDispatch, type Slice, whole } from "./dispatch.ts";
import { storageOf } from "../graph/fuse.ts";
import type { Value } from "../graph/graph.ts";
import { showShape, sizeOf } from "../base/shape.ts";
import { lower } from "./lower.ts";
import { assignSlots } from "./slots.ts";
import type { Together } from "./together.ts";
import { type GradientSlice, wholeBlocks } from "./update.ts";
import { BufferUsage } from "./usage.ts";

/** What a plan is to make. */
export interface PlanRequest extends Compiling {
  /** Values that must lie in memory after a run; each keeps a buffer of its own. */
  readonly wanted: readonly Value[];
  /** Where inputs, targets, parameters (and a loss's rows) lie. */
  readonly placed: ReadonlyMap<Value, Slice>;
  /** Gradients by parameter name; they go to one flat buffer, as partial sums. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** The uniform of steps. */
  readonly step: Slice;
  /** False: one kernel per node, for debugging. */
  readonly fusion: boolean;
}

/** Dispatches with their buffers; made once, run many times. */
export class Plan {
  /** The kernels, in order. */
  readonly dispatches: readonly Dispatch[];
  /** Where each stored value lies. */
  readonly storage: ReadonlyMap<Value, Slice>;
  /** The flat buffer of gradients, if any were asked for. */
  readonly gradientBuffer: GPUBuffer | null;
  /** Where each parameter's gradient lies in it. */
  readonly gradientSlices: ReadonlyMap<string, GradientSlice>;
  readonly #device: GpuDevice;
  readonly #owned: readonly GPUBuffer[];

  private constructor(device: GpuDevice, owned: readonly GPUBuffer[], fields: PlanFields) {
    this.#device = device;
    this.#owned = owned;
    this.dispatches = fields.dispatches;
    this.storage = fields.storage;
    this.gradientBuffer = fields.gradientBuffer;
    this.gradientSlices = fields.gradientSlices;
  }

  /** Plans the kernels that make what is wanted. */
  static async create(device: GpuDevice, request: PlanRequest): Promise<Plan> {
    const { gradients, kernels: lowered } = lower(request, device.profile, device.gpu.limits);
    const owned: GPUBuffer[] = [];
    try {
      const fields = await device.withinMemory(
        "a plan's buffers",
        () => place(device, { ...request, gradients }, lowered, owned),
      );
      const jobs = lowered.map((entry): Job => {
        const bound = entry.bindings.map(({ value, access }) => ({
          name: value.name,
          slice: fields.storage.get(storageOf(value))!,
          access,
        }));
        const writes = bound.filter(({ access }) => access === "read_write");
        const step = entry.kernels.some(({ group }) => group.anchor.op.stepwise) ? request.step : null;
        const node = entry.kernels.map(({ group }) => group.anchor.name).join(", ");
        const make = () => makeDispatch(device, node, entry.text, bound, writes, step);
        return { name: entry.text.name, buffers: bound.map(({ slice }) => slice.buffer), make };
      });
      const dispatches = await compileAll(device, jobs, request.step, request);
      return new Plan(device, owned, { ...fields, dispatches });
    } catch (error) {
      owned.forEach((buffer) => device.free(buffer));
      throw error;
    }
  }

  /** Bytes of the buffers that this plan owns. */
  get bytes(): number {
    return this.#owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** One line a dispatch: name, node, workgroups, bytes bound, what it writes. */
  toString(): string {
    const lines = this.dispatches.map((dispatch, index) => {
      const size = dispatch.workgroups.join("x");
      const writes = dispatch.writes.map(({ name }) => name).join(", ");
      const bytes = dispatch.bound.reduce((sum, { slice }) => sum + slice.size, 0);
      return `${String(index).padStart(2)}  ${dispatch.name.padEnd(48)} ${size.padEnd(12)} ` +
        `${(bytes / 1024).toFixed(1).padStart(9)} KiB  ${dispatch.node} -> ${writes}`;
    });
    return [...lines, `${this.dispatches.length} dispatches, ${(this.bytes / 1024).toFixed(1)} KiB`].join("\n");
  }

  /** The gradients of the last run by parameter name, their partial sums added up. */
  async readGradients(): Promise<Map<string, Float32Array>> {
    if (this.gradientBuffer === null) return new Map();
    const flat = new Float32Array(await this.#device.read(this.gradientBuffer));
    return new Map([...this.gradientSlices].map(([name, { start, partials, size }]) => {
      const sum = new Float32Array(size);
      for (let k = 0; k < partials * size; k++) sum[k % size] += flat[start + k];
      return [name, sum];
    }));
  }

  /** Frees the buffers. */
  dispose(): void {
    this.#owned.forEach((buffer) => this.#device.free(buffer));
  }
}

type PlanFields = Pick<Plan, "dispatches" | "storage" | "gradientBuffer" | "gradientSlices">;

/** Finds a place for every value that the kernels bind. */
function place(
  device: GpuDevice,
  request: PlanRequest,
  lowered: readonly Together[],
  owned: GPUBuffer[],
): Omit<PlanFields, "dispatches"> {
  const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
  const make = (label: string, bytes: number): GPUBuffer => {
    const buffer = device.buffer(label, bytes, usage);
    owned.push(buffer);
    return buffer;
  };
  const storage = new Map<Value, Slice>(request.placed);
  for (const value of new Set(lowered.flatMap(({ bindings }) => bindings.map((binding) => storageOf(binding.value))))) {
    const data = value.graph.constants.get(value);
    if (data === undefined) continue;
    const buffer = make(value.name, data.byteLength);
    device.write(buffer, 0, data);
    storage.set(value, whole(buffer));
  }
  for (const value of request.wanted) {
    const root = storageOf(value);
    if (!storage.has(root)) storage.set(root, whole(make(value.name, sizeOf(root.shape) * 4)));
  }
  const partials = new Map<Value, number>();
  for (const { text, group } of lowered.flatMap(({ kernels }) => kernels)) {
    for (const value of group.anchor.outputs) partials.set(value, text.partials ?? 1);
  }
  const gradientSlices = new Map<string, GradientSlice>();
  let floats = 0;
  const places = new Map<Value, number>();
  for (const [name, value] of request.gradients) {
    const root = storageOf(value);
    const count = partials.get(root) ?? 1;
    if (!places.has(root)) {
      places.set(root, floats);
      floats += wholeBlocks(count * sizeOf(root.shape));
    }
    gradientSlices.set(name, { start: places.get(root)!, partials: count, size: sizeOf(root.shape) });
  }
  const gradientBuffer = floats === 0 ? null : make("gradients", floats * 4);
  for (const [root, start] of places) {
    const size = (partials.get(root) ?? 1) * sizeOf(root.shape) * 4;
    storage.set(root, { buffer: gradientBuffer!, offset: start * 4, size });
  }
  const free = (value: Value) => !storage.has(storageOf(value));
  const accesses = lowered.map(({ bindings }) => ({
    reads: bindings.filter((b) => b.access === "read" && free(b.value)).map((b) => storageOf(b.value)),
    writes: bindings.filter((b) => b.access === "read_write" && free(b.value)).map((b) => storageOf(b.value)),
  }));
  const table = assignSlots(accesses, (value) => sizeOf(value.shape) * 4);
  const slots = table.sizes.map((bytes, index) => {
    const [largest] = [...table.slot].find(([value, slot]) => slot === index && sizeOf(value.shape) * 4 === bytes)!;
    return make(`slot ${index}, for ${largest.name} ${showShape(largest.shape)},`, bytes);
  });
  for (const [value, slot] of table.slot) {
    storage.set(value, { buffer: slots[slot], offset: 0, size: sizeOf(value.shape) * 4 });
  }
  for (const { bindings, kernels: [{ group }] } of lowered) {
    const lost = bindings.find(({ value }) => !storage.has(storageOf(value)));
    if (lost !== undefined) {
      throw new Error(
        `${group.anchor.name} reads ${lost.value.name} ${showShape(lost.value.shape)}, which nobody makes`,
      );
    }
  }
  return { storage, gradientBuffer, gradientSlices };
}
