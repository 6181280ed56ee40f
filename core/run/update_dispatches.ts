/**
 * The dispatches at the end of a training step: clipping, where it is asked for, and the optimiser's.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { type Bound, type Dispatch, makeDispatch, type Slice, whole } from "./dispatch.ts";
import type { Plan } from "./plan.ts";
import type { FlatState } from "./state.ts";
import {
  BLOCK,
  blockTable,
  factorKernel,
  nothingToTrain,
  numbersOf,
  scratchFloats,
  squaresKernel,
  updateKernel,
  type UpdateRequest,
  wholeBlocks,
} from "./update.ts";
import { BufferUsage } from "./usage.ts";

/** The dispatches, in order, and where the numbers of the steps to come go. */
export interface UpdateDispatches {
  readonly dispatches: readonly Dispatch[];
  /** The buffer of numbers. */
  readonly numbers: GPUBuffer;
}

/** Makes them, for so many steps that go out at once; what they own is added to `owned`. */
export async function makeUpdate(
  device: GpuDevice,
  request: UpdateRequest,
  state: FlatState,
  plan: Plan,
  owned: GPUBuffer[],
  step: Slice,
  mostSteps: number,
): Promise<UpdateDispatches> {
  if (plan.gradientBuffer === null) throw nothingToTrain();
  const keep = (buffer: GPUBuffer): GPUBuffer => {
    owned.push(buffer);
    return buffer;
  };
  const last = state.segments.at(-1)!;
  const blocks = wholeBlocks(last.start + last.size) / BLOCK;
  const { optimizer, rows, clipGradNorm } = request;
  const [numbers, table, scratch] = await device.withinMemory("the update", () => {
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST;
    const floats = scratchFloats(blocks, request);
    return [
      keep(device.buffer("numbers", mostSteps * numbersOf(request) * 4, usage)),
      keep(device.upload("gradient table", blockTable(state.segments, plan.gradientSlices, rows))),
      floats === 0 ? null : keep(device.buffer("sums of gradients", floats * 4, usage)),
    ];
  });
  const read = (buffer: GPUBuffer): Bound => ({ slice: whole(buffer), access: "read" });
  const write = (buffer: GPUBuffer): Bound => ({ slice: whole(buffer), access: "read_write" });
  const own = scratch === null ? [] : [write(scratch)];
  const gradients = [read(table!), read(plan.gradientBuffer), ...own];
  const make = (kernel: ReturnType<typeof updateKernel>, bound: readonly Bound[]): Promise<Dispatch> => {
    const writes = [{ name: "parameters", slice: whole(state.parameters) }];
    return makeDispatch(device, "optimizer", kernel, bound, kernel.name === optimizer.name ? writes : [], step);
  };
  const clip = clipGradNorm === null
    ? []
    : [make(squaresKernel(blocks, request), gradients), make(factorKernel(blocks, request), own)];
  const bound = [...gradients, read(numbers!), write(state.parameters), ...state.moments.map(write)];
  return {
    dispatches: await Promise.all([...clip, make(updateKernel(blocks, request), bound)]),
    numbers: numbers!,
  };
}
