/**
 * From a graph to one module of WebAssembly whose `run` computes steps: where everything lies, and in what order, by
 * which tasks, it is computed. Made once; replay makes nothing.
 *
 * Where the gradients are small, a thread takes a share of the batch through the whole step, in memory of its own that
 * stays in its cache, and the optimiser adds the shares' gradients. Else kernel after kernel is divided among threads.
 * @module
 */
import { storageOf } from "../../graph/fuse.ts";
import { needed, type Value } from "../../graph/graph.ts";
import { sizeOf } from "../../base/shape.ts";
import { assignSlots } from "../slots.ts";
import { type Segment, type UpdateRequest, wholeBlocks } from "../update.ts";
import type { CpuCore } from "./core.ts";
import { lower, type Lowered } from "./lower.ts";
import { assemble, CONTROL, type Phase } from "./schedule.ts";
import { type CpuUpdate, type FlatPlaces, type GradientPlace, squaresBytes, updateTasks } from "./update.ts";
import { BLOCK_SAMPLES, type CpuKernel, type Item, type Placement, SCRATCH_BYTES } from "./writer.ts";

/** What a plan is to make. */
export interface CpuPlanRequest {
  /** Values to be had row by row after a run. */
  readonly wanted: readonly Value[];
  /** Where inputs, targets and parameters lie, row by row. */
  readonly placed: ReadonlyMap<Value, number>;
  /** Values that a kernel of the caller's makes. */
  readonly gathered?: ReadonlyMap<Value, (out: Item) => CpuKernel>;
  /** Where the rows of losses and hits lie, of a loss's outputs that are wanted. */
  readonly rows?: ReadonlyMap<Value, number>;
  /** Gradients by parameter name. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** The update at the end of a step. */
  readonly update?: UpdateRequest & Pick<FlatPlaces, "parameters" | "moments" | "numbers"> & {
    readonly segments: readonly Segment[];
  };
  /** Samples of a step. */
  readonly batch: number;
  /** False: one kernel per node. */
  readonly fusion: boolean;
  /** True: every value stays where it is until the step ends, as looking at them wants. */
  readonly apart?: boolean;
}

/** The most shares of a batch, and bytes of all their gradients. */
const MOST_SHARES = 8;
const MOST_GRADIENT_BYTES = 8 << 20;

/** A module with its memory. */
export class CpuPlan {
  /** The module. */
  readonly module: WebAssembly.Module;
  /** The kernels, in order. */
  readonly kernels: readonly CpuKernel[];
  /** Where wanted values lie, row by row. */
  readonly wanted: ReadonlyMap<Value, number>;
  /** Where gradients lie. */
  readonly gradients: ReadonlyMap<string, GradientPlace & { readonly size: number }>;
  /** Shares of the batch, and blocks in each. */
  readonly shares: readonly [number, number];
  /** The threads' arenas: the first, and the bytes of each. */
  readonly arena: readonly [number, number];
  /** What every kernel writes, with its places, for debugging. */
  readonly places: ReadonlyMap<Item, Placement>;
  /** Where threads meet, for `run`. */
  readonly control: number;
  readonly #device: CpuCore;
  readonly #owned: readonly number[];

  private constructor(
    device: CpuCore,
    owned: readonly number[],
    fields: Omit<CpuPlan, "bytes" | "dispose" | "toString" | "readGradients">,
  ) {
    this.#device = device;
    this.#owned = owned;
    this.module = fields.module;
    this.kernels = fields.kernels;
    this.wanted = fields.wanted;
    this.gradients = fields.gradients;
    this.shares = fields.shares;
    this.arena = fields.arena;
    this.places = fields.places;
    this.control = fields.control;
  }

  /** Plans what makes the wanted values and gradients. */
  static async create(device: CpuCore, request: CpuPlanRequest): Promise<CpuPlan> {
    const owned: number[] = [];
    const take = (what: string, bytes: number): number => {
      const address = device.take(what, bytes);
      owned.push(address);
      return address;
    };
    try {
      const fields = lay(device, request, take);
      const module = await WebAssembly.compile(fields.bytes);
      return new CpuPlan(device, owned, { ...fields, module });
    } catch (error) {
      owned.forEach((address) => device.free(address));
      throw error;
    }
  }

  /** Bytes that this plan owns. */
  get bytes(): number {
    return this.#owned.reduce((sum, address) => sum + this.#device.sizeOf(address), 0);
  }

  /** One line a kernel: name, node, what it writes. */
  toString(): string {
    const lines = this.kernels.map(({ name, node, writes, walk, parts }, index) => {
      const names = writes.map(({ value, layout }) => `${value.name} (${layout})`).join(", ");
      return `${String(index).padStart(2)}  ${name.padEnd(48)} ${walk.padEnd(6)} ${
        String(parts).padStart(4)
      } parts  ${node} -> ${names}`;
    });
    const [shares, blocks] = this.shares;
    const last = `${this.kernels.length} kernels, ${shares} shares of ${blocks * BLOCK_SAMPLES} samples, ` +
      `${(this.bytes / 1024).toFixed(1)} KiB`;
    return [...lines, last].join("\n");
  }

  /** The gradients of the last run by parameter name, their partial sums added up in order. */
  readGradients(): Map<string, Float32Array> {
    return new Map([...this.gradients].map(([name, { address, stride, partials, size }]) => {
      const sum = this.#device.floats(address, size).slice();
      for (let k = 1; k < partials; k++) {
        const term = this.#device.floats(address + k * stride, size);
        for (let i = 0; i < size; i++) sum[i] += term[i];
      }
      return [name, sum];
    }));
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#owned.forEach((address) => this.#device.free(address));
  }
}

/** The kernels that depend on nothing but what is there before the step, such as parameters. */
function kernelsAhead({ kernels }: Lowered): Set<CpuKernel> {
  const made = new Set(kernels.flatMap(({ writes }) => writes));
  return new Set(kernels.filter(({ walk, reads }) => walk === "plain" && !reads.some((item) => made.has(item))));
}

/** Whether shares can go through the step on their own: all is in blocks, and nobody reads what all of them make. */
function sharable({ kernels }: Lowered, ahead: ReadonlySet<CpuKernel>, blocks: number): boolean {
  const shared = kernels.filter((kernel) => !ahead.has(kernel));
  const common = new Set(shared.flatMap(({ writes }) => writes).filter(({ layout }) => layout === "plain"));
  return shared.every((kernel) =>
    kernel.walk !== "plain" && kernel.blocks === blocks && kernel.reads.every((item) => !common.has(item))
  );
}

/** The constants that values depend on, with their numbers. */
function constantsOf(wanted: readonly Value[]): Map<Value, Float32Array<ArrayBuffer>> {
  const read = [...wanted, ...needed(wanted).flatMap((node) => node.inputs)].map(storageOf);
  return new Map(read.flatMap((value) => {
    const data = value.graph.constants.get(value);
    return data === undefined ? [] : [[value, data]];
  }));
}

function lay(device: CpuCore, request: CpuPlanRequest, take: (what: string, bytes: number) => number) {
  const { placed, gathered = new Map(), rows = new Map(), gradients, update, batch, fusion, apart = false } = request;
  const constants = constantsOf([...request.wanted, ...gradients.values()]);
  const lowered = lower({
    wanted: request.wanted,
    gradients: [...gradients.values()],
    given: new Set([...placed.keys(), ...constants.keys()]),
    gathered,
    fusion,
  });
  const { kernels } = lowered;
  const ahead = kernelsAhead(lowered);
  const blocks = Math.ceil(batch / BLOCK_SAMPLES);
  const roots = new Map([...gradients].map(([name, value]) => [name, storageOf(value)]));
  const gradientItems = new Set([...roots.values()].map((root) => lowered.plain.get(root)!));
  const gradientBytes = [...gradientItems].reduce((sum, { bytes }) => sum + bytes, 0);
  let shares = Math.min(MOST_SHARES, blocks);
  while (shares > 1 && shares * gradientBytes > MOST_GRADIENT_BYTES) shares >>= 1;
  const divided = !apart && shares >= Math.min(4, blocks) && gradientBytes <= MOST_GRADIENT_BYTES &&
    sharable(lowered, ahead, blocks);
  const shareBlocks = divided
    ? Math.ceil(blocks / shares)
    : Math.max(blocks, ...kernels.map((kernel) => kernel.blocks));
  shares = divided ? Math.ceil(blocks / shareBlocks) : 1;

  const places = new Map<Item, Placement>();
  for (const [value, offset] of placed) {
    const item = lowered.plain.get(value);
    if (item !== undefined) places.set(item, { kind: "fixed", offset, stride: 0 });
  }
  for (const [value, data] of constants) {
    const item = lowered.plain.get(value)!;
    const offset = take(value.name, item.bytes);
    device.floats(offset, data.length).set(data);
    places.set(item, { kind: "fixed", offset, stride: 0 });
  }
  for (const item of lowered.rows) {
    const offset = rows.get(item.value) ?? take("rows", item.bytes * item.blocks);
    places.set(item, { kind: "batch", offset, stride: item.bytes });
  }
  const summed = new Set(kernels.filter((kernel) => kernel.gradients).flatMap(({ writes }) => writes));
  const gradientBase = gradientBytes === 0 ? 0 : take("the gradients", gradientBytes * shares);
  let at = gradientBase;
  for (const item of gradientItems) {
    if (places.has(item)) continue;
    places.set(item, { kind: summed.has(item) ? "share" : "fixed", offset: at, stride: gradientBytes });
    at += item.bytes;
  }
  const wanted = new Map<Value, number>();
  for (const value of request.wanted) {
    const root = storageOf(value);
    const item = lowered.plain.get(root) ?? [...lowered.rows].find((row) => row.value === root)!;
    if (!places.has(item)) places.set(item, { kind: "fixed", offset: take(root.name, item.bytes), stride: 0 });
    wanted.set(root, places.get(item)!.offset);
  }
  // What is plain and nobody's yet lies still too: its values may be read by any share.
  for (const { writes } of kernels) {
    for (const item of writes) {
      if (item.layout === "plain" && !places.has(item)) {
        places.set(item, { kind: "fixed", offset: take(item.value.name, item.bytes), stride: 0 });
      }
    }
  }
  const arenaBytes = layArena(kernels, places, divided ? shareBlocks : null, apart, shareBlocks);
  const threads = divided ? device.threads : 1;
  const arena = [take("activations", arenaBytes * threads), divided ? arenaBytes : 0] as const;
  const control = take("control", CONTROL.bytes);
  const scratchBytes = Math.max(SCRATCH_BYTES, ...kernels.map(({ scratch = 0 }) => scratch));
  const scratch = take("scratch", device.threads * scratchBytes);

  const gradientPlaces = new Map([...roots].map(([name, root]) => {
    const { offset, kind } = places.get(lowered.plain.get(root)!)!;
    const size = sizeOf(root.shape);
    return [name, { address: offset, stride: gradientBytes, partials: kind === "share" ? shares : 1, size }];
  }));
  const bytes = assemble({
    memory: device.memoryType,
    kernels,
    ahead,
    places,
    divided,
    shares,
    shareBlocks,
    blocks,
    control,
    scratch,
    scratchBytes,
    constant: (values) => {
      const address = take("tables", values.byteLength);
      device.integers(address, values.length).set(values);
      return address;
    },
    update: update === undefined ? null : placeUpdate(update, gradientPlaces, take),
  });
  return {
    bytes,
    kernels,
    wanted,
    gradients: gradientPlaces,
    shares: [shares, shareBlocks] as const,
    arena,
    places,
    control,
  };
}

/** Divides an update into tasks, and finds places for what only clipping and accumulation need. */
function placeUpdate(
  update: NonNullable<CpuPlanRequest["update"]>,
  gradients: ReadonlyMap<string, GradientPlace>,
  take: (what: string, bytes: number) => number,
): CpuUpdate {
  const tasks = updateTasks(update.segments, gradients, update.rows);
  const last = update.segments.at(-1)!;
  return {
    ...update,
    tasks,
    sums: update.accumulates ? take("sums of gradients", wholeBlocks(last.start + last.size) * 4) : 0,
    squares: update.clipGradNorm === null ? 0 : take("squares of gradients", squaresBytes(tasks.length)),
  };
}

/** Gives what is left a place in the arena, which is used again where that is read no more; returns its bytes. */
function layArena(
  kernels: readonly CpuKernel[],
  places: Map<Item, Placement>,
  dividedBlocks: number | null,
  apart: boolean,
  blocks: number,
): number {
  const ofShare = new Set(kernels.filter(({ walk }) => walk === "share").flatMap(({ reads }) => reads));
  // Block by block, then what takes the share as a whole.
  const ordered = dividedBlocks === null
    ? kernels
    : [...kernels.filter(({ walk }) => walk !== "share"), ...kernels.filter(({ walk }) => walk === "share")];
  let bytes = 0;
  for (const whole of [false, true]) {
    const mine = (item: Item): boolean => !places.has(item) && (dividedBlocks === null || ofShare.has(item)) === whole;
    const made = new Set<Item>();
    // What is written a second time, in place, has its slot.
    const anew = (item: Item): boolean => mine(item) && !made.has(item) && made.add(item) !== undefined;
    const accesses = ordered.map(({ reads, writes }) => ({
      reads: [...reads, ...writes.filter((item) => made.has(item))].filter(mine),
      writes: writes.filter(anew),
    }));
    if (apart) accesses.push({ reads: [...new Set(accesses.flatMap(({ writes }) => writes))], writes: [] });
    const { slot, sizes } = assignSlots(accesses, (item) => item.bytes);
    const repeat = whole ? dividedBlocks ?? blocks : 1;
    // Blocks do not begin a power of two apart, which would put them into the same sets of the cache.
    const strides = sizes.map((size) => size % 1024 === 0 ? size + 192 : size);
    // Slots begin in different sets of the cache.
    const starts = sizes.map((size, index) => {
      const start = bytes + (index * 5 % 16) * 64;
      bytes = Math.ceil((start + (whole ? strides[index] : size) * repeat) / 64) * 64;
      return start;
    });
    for (const [item, index] of slot) {
      places.set(item, { kind: "arena", offset: starts[index], stride: whole ? strides[index] : 0 });
    }
  }
  return Math.ceil(Math.max(bytes, 64) / 4096) * 4096 + 64;
}

export type { Phase };
