/**
 * Looking at a step kernel by kernel, on the caller's own thread: how long each takes, and where numbers stop being
 * numbers.
 * @module
 */
import type { DispatchTime } from "../profile.ts";
import type { CpuCore } from "./core.ts";
import type { CpuPlan } from "./plan.ts";
import { BLOCK_SAMPLES, type CpuKernel, ELEMENT_BYTES } from "./writer.ts";

type Exports = Readonly<Record<string, (...given: readonly number[]) => void>>;

function instance(device: CpuCore, plan: CpuPlan, step: number): Exports {
  const { exports } = new WebAssembly.Instance(plan.module, { env: { memory: device.memory } });
  const functions = exports as unknown as Exports;
  functions.aim(step);
  return functions;
}

/** Runs one kernel over the whole batch; `told` is given the time of it. */
function runKernel(
  { shares: [shares, blocks], arena: [arena] }: CpuPlan,
  exports: Exports,
  kernel: CpuKernel,
  index: number,
): void {
  const run = exports[`kernel${index}`];
  let left = kernel.blocks;
  for (let share = 0; share < shares; share++, left -= blocks) {
    const own = Math.min(blocks, left);
    if (kernel.walk === "share" || shares === 1) run(arena, 0, own, 0, kernel.parts, share, 1);
    else for (let b = 0; b < own; b++) run(arena, b, b + 1, 0, kernel.parts, share, b === 0 ? 1 : 0);
  }
}

/** The median time of each kernel over `steps` steps, in milliseconds, all of it on one thread. */
export function timeKernels(device: CpuCore, plan: CpuPlan, step: number, steps: number): DispatchTime[] {
  const exports = instance(device, plan, step);
  const times = plan.kernels.map((): number[] => []);
  for (let k = 0; k < steps; k++) {
    plan.kernels.forEach((kernel, index) => {
      const began = performance.now();
      runKernel(plan, exports, kernel, index);
      times[index].push(performance.now() - began);
    });
  }
  return plan.kernels.map(({ name, node }, index) => {
    const sorted = times[index].sort((a, b) => a - b);
    return { name, node, milliseconds: sorted[sorted.length >> 1] };
  });
}

/** The first node whose result is not finite, in words, or null; the plan keeps all results apart. */
export function findNonFiniteItem(device: CpuCore, plan: CpuPlan, step: number, samples: number): string | null {
  const exports = instance(device, plan, step);
  for (const [index, kernel] of plan.kernels.entries()) {
    runKernel(plan, exports, kernel, index);
    for (const item of kernel.writes) {
      if (item.value.dtype !== "f32") continue;
      const { offset, kind, stride } = plan.places.get(item)!;
      const base = offset + (kind === "arena" ? plan.arena[0] : 0);
      const lanes = item.layout === "blocked" && item.bytes % ELEMENT_BYTES === 0 ? BLOCK_SAMPLES : 1;
      for (let b = 0; b < item.blocks; b++) {
        const values = device.floats(base + b * stride, item.bytes / 4);
        const real = (k: number): boolean => lanes === 1 || b * BLOCK_SAMPLES + k % BLOCK_SAMPLES < samples;
        const at = values.findIndex((value, k) => !Number.isFinite(value) && real(k));
        if (at === -1) continue;
        const element = lanes === 1
          ? at
          : (b * lanes + at % lanes) * (item.bytes / ELEMENT_BYTES) + Math.floor(at / lanes);
        return `${kernel.node} (${kernel.name}): element ${element} of ${item.value.name} is ${values[at]}`;
      }
    }
  }
  return null;
}
