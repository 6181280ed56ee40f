/**
 * Compiling a plan's kernels, one after another where the driver does that on
 * this machine's processor: seconds, during which somebody may want to know how
 * far it is, or to stop.
 * @module
 */
import type { GpuDevice } from "./device.ts";
import { type Dispatch, encode, type Slice, stepLayout } from "./dispatch.ts";

/** How far compiling has come. */
export interface CompileProgress {
  /** Kernels compiled. */
  readonly done: number;
  /** Kernels in all. */
  readonly total: number;
  /** The one that comes next, or that was the last. */
  readonly kernel: string;
}

/** Who is told of compiling, and what may stop it. */
export interface Compiling {
  /** Called before each kernel, and after the last. */
  readonly onCompile?: (progress: CompileProgress) => void;
  /** Stops after the kernel under way; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A kernel to be compiled. */
export interface Job {
  /** Its name. */
  readonly name: string;
  /** The buffers that it binds. */
  readonly buffers: readonly GPUBuffer[];
  /** Makes its pipeline. */
  make(): Promise<Dispatch>;
}

/** Compiles kernels, in order; tells of them and heeds the signal in between. `step` is the uniform of steps. */
export async function compileAll(
  device: GpuDevice,
  jobs: readonly Job[],
  step: Slice,
  { onCompile, signal }: Compiling,
): Promise<Dispatch[]> {
  let done = 0;
  const tell = (kernel: string): void => onCompile?.({ done, total: jobs.length, kernel });
  if (!device.compilesLate) {
    // A GPU's driver, and a browser, compile side by side.
    signal?.throwIfAborted();
    if (jobs.length > 0) tell(jobs[0].name);
    return await Promise.all(jobs.map(async ({ name, make }) => {
      const dispatch = await make();
      signal?.throwIfAborted();
      done++;
      tell(name);
      return dispatch;
    }));
  }
  const dispatches: Dispatch[] = [];
  for (const { name, buffers, make } of jobs) {
    await turn();
    signal?.throwIfAborted();
    tell(name);
    const dispatch = await make();
    [...buffers, step.buffer].forEach((buffer) => device.checkAlive(buffer));
    await warm(device, dispatch, step);
    dispatches.push(dispatch);
    done++;
  }
  await turn();
  signal?.throwIfAborted();
  if (jobs.length > 0) tell(jobs[jobs.length - 1].name);
  return dispatches;
}

/** Pipelines that the driver has made code for. */
const warmed = new WeakSet<GPUComputePipeline>();

/** Has the driver make the code now, which it does at the first dispatch, be it one of no workgroups. */
async function warm(device: GpuDevice, dispatch: Dispatch, step: Slice): Promise<void> {
  if (warmed.has(dispatch.pipeline)) return;
  warmed.add(dispatch.pipeline);
  const group = device.bindGroup(stepLayout(device), [{ binding: 0, resource: { ...step } }]);
  const encoder = device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  encode(pass, { ...dispatch, workgroups: [0, 0, 0] }, group, 0);
  pass.end();
  device.gpu.queue.submit([encoder.finish()]);
  await device.idle();
}

/** A turn of the event loop: timers and signals come in. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
