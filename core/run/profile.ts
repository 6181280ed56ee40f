/**
 * How long each kernel of a step takes, by the GPU's own clock.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { type Dispatch, encode } from "./dispatch.ts";
import { type Traffic, trafficOf } from "./traffic.ts";
import { BufferUsage } from "./usage.ts";

/** The time of one kernel. */
export interface DispatchTime {
  /** The kernel, with the stages that ride on it. */
  readonly name: string;
  /** The graph's node; several with commas between where their kernels go out together. */
  readonly node: string;
  /** The median over the steps, in milliseconds. */
  readonly milliseconds: number;
  /** On WebGPU, what it asks of memory. */
  readonly traffic?: Traffic;
}

/** Runs the dispatches `steps` times, each in a pass of its own; null where the adapter has no timestamps. */
export async function timeDispatches(
  device: GpuDevice,
  dispatches: readonly Dispatch[],
  stepGroup: GPUBindGroup,
  steps: number,
): Promise<DispatchTime[] | null> {
  if (!device.gpu.features.has("timestamp-query")) return null;
  const count = dispatches.length * 2;
  const query = device.gpu.createQuerySet({ type: "timestamp", count });
  const resolved = device.buffer("timestamps", count * 8, BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC);
  const times = dispatches.map((): number[] => []);
  try {
    for (let step = 0; step < steps; step++) {
      const encoder = device.gpu.createCommandEncoder();
      for (const [index, dispatch] of dispatches.entries()) {
        const pass = encoder.beginComputePass({
          timestampWrites: {
            querySet: query,
            beginningOfPassWriteIndex: index * 2,
            endOfPassWriteIndex: index * 2 + 1,
          },
        });
        encode(pass, dispatch, stepGroup, 0);
        pass.end();
      }
      encoder.resolveQuerySet(query, 0, count, resolved, 0);
      device.gpu.queue.submit([encoder.finish()]);
      const stamps = new BigUint64Array(await device.read(resolved));
      times.forEach((list, index) => list.push(Number(stamps[index * 2 + 1] - stamps[index * 2]) / 1e6));
    }
  } finally {
    device.free(resolved);
    query.destroy();
  }
  const traffic = trafficOf(dispatches);
  return dispatches.map(({ name, node }, index) => {
    const sorted = times[index].sort((a, b) => a - b);
    return { name, node, milliseconds: sorted[sorted.length >> 1], traffic: traffic[index] };
  });
}
