/**
 * A step node by node, to find where numbers stop being numbers.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { type Dispatch, encode } from "./dispatch.ts";

/**
 * Runs the dispatches one at a time and looks at what each wrote; returns the
 * first node with a value that is not finite, with its place, or null.
 */
export async function findNonFinite(
  device: GpuDevice,
  dispatches: readonly Dispatch[],
  stepGroup: GPUBindGroup,
): Promise<string | null> {
  for (const dispatch of dispatches) {
    const encoder = device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass, dispatch, stepGroup, 0);
    pass.end();
    device.gpu.queue.submit([encoder.finish()]);
    for (const { name, slice } of dispatch.writes) {
      const values = new Float32Array(await device.read(slice.buffer, slice.offset, slice.size));
      const at = values.findIndex((value) => !Number.isFinite(value));
      if (at !== -1) return `${dispatch.node} (${dispatch.name}): element ${at} of ${name} is ${values[at]}`;
    }
  }
  return null;
}
